"""Reading calendars outside when their time has come, each by one process at a time."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from booking.domain.outside.busy_sources import (
    LOOKED_AHEAD,
    LOOKED_BACK,
    READ_EVERY,
    READ_WHOLE_EVERY,
    BusyTimes,
    CannotRead,
    Failure,
    Lease,
)
from booking.domain.ports import BusySources, CalendarsOutside
from booking.domain.schedule.local_time import Period
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.repeating import repeat
from chassis.tenant import TenantId

_LEASE_LASTS = timedelta(minutes=5)
"""Longer than reading takes at most: how long nobody reads a source whose reader was killed."""
_READERS = 4
_LOOK_EVERY = 10.0
"""Seconds between two looks for sources whose time has come, where nobody was woken."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class RefreshBusyTimes:
    sources: BusySources
    outside: CalendarsOutside
    clock: Clock
    _added: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is something to read."""
        self._added.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        failed = "calendars outside could not be refreshed"
        await repeat(self._read_together, every=_LOOK_EVERY, failed=failed, woken=self._added)

    async def _read_together(self) -> None:
        await asyncio.gather(*(self.read_all_due() for _ in range(_READERS)))

    async def read_all_due(self) -> None:
        until = self.clock() + _LEASE_LASTS
        while (claimed := await self.sources.claim(self.clock(), until)) is not None:
            await self._read(*claimed, until)
            until = self.clock() + _LEASE_LASTS

    async def _read(self, tenant: TenantId, source_id: UUID, until: datetime) -> None:
        lease = await self.sources.leased(tenant, source_id, until)
        if lease is None:  # removed a moment ago
            return
        now = self.clock()
        due_at = now + READ_EVERY
        try:
            read = await self._asked(lease, now)
        except CannotRead as error:
            _log.info("a calendar outside could not be read", organization_id=str(tenant), reason=error.failure.value)
            await self.sources.fail(tenant, lease, error.failure, due_at)
            return
        if read is None:
            await self.sources.keep(tenant, lease, due_at)
        else:
            await self.sources.replace(tenant, lease, read, now, due_at)

    async def _asked(self, lease: Lease, now: datetime) -> BusyTimes | None:
        """None if nothing has changed. Raises CannotRead."""
        if lease.url is None:
            raise CannotRead(Failure.ADDRESS_LOST)
        within = Period(now - LOOKED_BACK, now + LOOKED_AHEAD)
        return await self.outside.busy_times(lease.url, _known(lease, now), within, lease.timezone)


def _known(lease: Lease, now: datetime) -> str | None:
    """The version that need not be read again, if there is one."""
    return lease.etag if lease.read_at is not None and now - lease.read_at < READ_WHOLE_EVERY else None
