"""Instants as people type them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from switchboard_cli.administration.errors import Unreadable

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_instant(text: str | None, now: datetime | None = None) -> str | None:
    """RFC 3339 of `2h`, counted from now, or of an instant with its offset. Raises Unreadable."""
    if text is None:
        return None
    if match := re.fullmatch(r"(\d{1,4})([mhd])", text):
        span = timedelta(**{_UNITS[match[2]]: int(match[1])})
        return ((now or datetime.now(UTC)) + span).isoformat(timespec="seconds")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Unreadable(f"{text!r} is no instant.\nWrite 30m, 2h or 7d from now, or 2027-01-31T12:00:00Z.")
    return instant.isoformat()


def read_local(text: str, timezone: str) -> str:
    """RFC 3339 of a time on a zone's clock, or of an instant with its offset. Raises Unreadable."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{text!r} is no time.\nWrite 2027-03-09T10:00, or 2027-03-09T10:00+01:00.") from None
    if time.tzinfo is None:
        local = time.replace(tzinfo=ZoneInfo(timezone))
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            raise Unreadable(
                f"The clocks change in {timezone}: {text!r} is there twice or not at all.\nWrite it with its offset."
            )
        time = local
    return time.isoformat()
