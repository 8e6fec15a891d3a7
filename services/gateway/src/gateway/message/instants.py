"""Instants as Vapi writes them: in text, and in figures."""

from datetime import UTC, datetime, timedelta

from msgspec import ValidationError, convert

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MILLISECONDS = 1e11
"""Figures below are seconds: as milliseconds they would be of before 1974."""


def instant_in_text(value: object) -> datetime | None:
    """An RFC 3339 instant; Vapi writes UTC, which is also assumed where no offset is written."""
    if not isinstance(value, str):
        return None
    try:
        instant = convert(value, datetime)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValidationError, OverflowError):
        return None


def instant_of(value: object) -> datetime | None:
    """Likewise, or milliseconds since 1970, with fractions or without."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return instant_in_text(value)
    try:
        return _EPOCH + timedelta(milliseconds=value if value >= _LEAST_MILLISECONDS else value * 1000)
    except (OverflowError, ValueError):
        return None
