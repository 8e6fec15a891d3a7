"""Organizations: the tenants themselves. Their administration crosses tenants by nature."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from tenancy.domain.errors import RateLimitOutOfRange, UnknownTimezone
from tenancy.domain.text import label

_NO_PLACE = {"localtime", "Factory"}
"""The machine's own zone, a different one on each, and the one of a machine that was never told."""


MOST_PER_MINUTE = 1_000_000


class OrganizationStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Organization:
    """The timezone is an IANA name."""

    id: UUID
    name: str
    timezone: str
    status: OrganizationStatus
    rate_limit_per_minute: int | None = None
    """What it may ask for, of each class that is limited; None: what the deployment allows all."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another of an organization; None stays as it is."""

    name: str | None = None
    timezone: str | None = None
    status: OrganizationStatus | None = None
    rate_limit_per_minute: int | None = None
    """0: none of its own any more."""


def check_timezone(name: str) -> None:
    """Raises UnknownTimezone, with at most a label's length of the name, if it is not IANA's name of a place's zone."""
    if name not in _timezones():
        raise UnknownTimezone(timezone=label(name))


def check_rate_limit(per_minute: int) -> None:
    """Raises RateLimitOutOfRange; 0, which is no limit, passes."""
    if not 0 <= per_minute <= MOST_PER_MINUTE:
        raise RateLimitOutOfRange


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACE)
