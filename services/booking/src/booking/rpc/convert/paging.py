"""Page tokens: where a list goes on, opaque to those who carry them."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from booking.domain.errors import MalformedPageToken
from booking.domain.schedule.appointments import Position


def position(token: str) -> Position | None:
    """Where the page before ended; None for the first page. Raises MalformedPageToken."""
    if not token:
        return None
    try:
        starts_at, separator, appointment_id = base64.urlsafe_b64decode(token).decode("ascii").partition("|")
        start = datetime.fromisoformat(starts_at)
        if not separator or start.tzinfo is None:
            raise MalformedPageToken
        return Position(start.astimezone(UTC), UUID(appointment_id))
    except (binascii.Error, ValueError, OverflowError):
        raise MalformedPageToken from None


def page_token(given: Position | None) -> str:
    if given is None:
        return ""
    return base64.urlsafe_b64encode(f"{given.starts_at.isoformat()}|{given.id}".encode()).decode("ascii")


def id_in(token: str) -> UUID | None:
    """After which id the page begins; None for the first page. Raises MalformedPageToken."""
    if not token:
        return None
    try:
        return UUID(bytes=base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise MalformedPageToken from None


def id_token(after: UUID) -> str:
    return base64.urlsafe_b64encode(after.bytes).decode("ascii")


def count_in(token: str) -> int:
    """After how many the part begins; 0 for the first. Raises MalformedPageToken."""
    if not token:
        return 0
    if not (token.isascii() and token.isdecimal() and len(token) <= _LONGEST_COUNT):
        raise MalformedPageToken
    return int(token)


def count_token(after: int) -> str:
    return str(after)


_LONGEST_COUNT = 9
