"""Calendars outside whose busy times nobody is booked into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from booking.domain.errors import MalformedBusySource
from booking.domain.schedule.local_time import Period

MOST_SOURCES = 10
"""Of one calendar."""

READ_EVERY = timedelta(minutes=15)
LOOKED_BACK = timedelta(days=1)
LOOKED_AHEAD = timedelta(days=740)
"""Farther than any service's horizon."""
READ_WHOLE_EVERY = timedelta(hours=12)
"""What is unchanged outside is read again all the same: what repeats goes on, and our view moves."""

_LONGEST_URL = 2_000
_HTTPS = {"https", "webcal", "webcals"}
"""Apple's and others' way to say that it is a calendar."""


class Failure(StrEnum):
    """Why a calendar outside could not be read."""

    UNREACHABLE = "unreachable"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    REDIRECTED_ELSEWHERE = "redirected_elsewhere"
    DENIED = "denied"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_MANY_EVENTS = "too_many_events"
    ADDRESS_LOST = "address_lost"


class CannotRead(Exception):
    """A calendar outside could not be read. Says nothing of its address."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class BusySource:
    """A calendar outside, as staff see it: of its address the host alone."""

    id: UUID
    calendar_id: UUID
    name: str
    host: str
    created_at: datetime
    read_at: datetime | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A calendar outside that is ours to read, until then."""

    source_id: UUID
    url: str | None
    """None if its seal cannot be opened."""
    timezone: str
    etag: str | None
    read_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """What was read outside."""

    periods: Sequence[Period]
    etag: str | None


@dataclass(frozen=True, slots=True)
class BusyTime:
    source_id: UUID
    period: Period


@dataclass(frozen=True, slots=True)
class Conflict:
    """An appointment to come, at a time that is busy outside."""

    appointment_id: UUID
    calendar_id: UUID
    starts_at: datetime
    ends_at: datetime
    busy_times: Sequence[BusyTime]


def secure_url(text: str) -> str:
    """The address as it is asked: https, and without a user. Raises MalformedBusySource."""
    try:
        parts = urlsplit(text.strip())
        usable = _is_usable(parts)
    except ValueError:  # no port, no address in brackets
        usable = False
    if not usable or len(text) > _LONGEST_URL:
        raise MalformedBusySource("url")
    return parts._replace(scheme="https", fragment="").geturl()


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_usable(parts: SplitResult) -> bool:
    plain = parts.geturl().isprintable() and " " not in parts.geturl()
    named = bool(parts.hostname) and parts.port != 0
    return plain and named and parts.scheme.lower() in _HTTPS and "@" not in parts.netloc
