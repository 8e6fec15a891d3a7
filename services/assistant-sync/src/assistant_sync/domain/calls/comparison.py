"""Comparing Vapi's calls with what is here: how far it has come, and what came of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class Comparison:
    """The one under way, else the last one."""

    compared_until: datetime
    """Everything that changed in Vapi before then was compared."""
    version: int = 0
    """How often somebody has asked for an earlier time to be compared again."""
    began_at: datetime | None = None
    """None if none is under way."""
    created_until: datetime | None = None
    """Calls are compared from the newest to the oldest: those created since have been."""
    listed: int = 0
    """Ended calls that Vapi has listed in it."""
    nobodys: int = 0
    """Of these, those of which nobody knows whose they are."""
    ended_at: datetime | None = None
    """Of the last one that came to its end."""

    def begun(self, now: datetime) -> Self:
        """The same if it is under way: it goes on where it was left."""
        return self if self.began_at else replace(self, began_at=now, created_until=None, listed=0, nobodys=0)

    def over(self, now: datetime) -> Self:
        """What changed since it began is the next one's."""
        until = max(self.compared_until, self.began_at or self.compared_until)
        return replace(self, compared_until=until, began_at=None, created_until=None, ended_at=now)


@dataclass(frozen=True, slots=True)
class Listed:
    """A call of an organization that Vapi lists as ended."""

    vapi_call_id: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class MissingCall:
    """A call whose report is not here."""

    tenant: TenantId
    vapi_call_id: str
    fetched_at: datetime | None
    """When it was last fetched and handed on to be recorded."""


@dataclass(frozen=True, slots=True)
class Missing:
    """All of them together."""

    count: int
    since: datetime | None
    """When the first was found; None if there is none."""


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """An organization's calls that began on a day, in UTC."""

    day: date
    in_vapi: int
    reported: int
    fetched: int
    """Among the reported: those whose report had been lost."""

    @property
    def missing(self) -> int:
        return self.in_vapi - self.reported
