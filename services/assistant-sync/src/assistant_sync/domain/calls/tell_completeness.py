"""Telling an organization of how many of its calls the report is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant_sync.domain.calls.comparison import DayOfCalls
from assistant_sync.domain.errors import MalformedPeriod
from assistant_sync.domain.ports import ListedCalls
from chassis.clock import Clock
from chassis.tenant import TenantId

_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TellCompleteness:
    listed: ListedCalls
    clock: Clock

    async def __call__(self, tenant: TenantId, since: datetime | None, until: datetime | None) -> Sequence[DayOfCalls]:
        """Of calls that began since then and before `until`: days in UTC, the latest first. Raises MalformedPeriod."""
        try:
            until = until or self.clock()
            since = since or until - _USUAL
        except OverflowError:
            raise MalformedPeriod from None
        if not timedelta() <= until - since <= _LONGEST:
            raise MalformedPeriod
        return await self.listed.days(tenant, since, until)
