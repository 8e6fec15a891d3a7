"""Forgetting what happened in calls: first what was said, then that there was anything."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from booking.domain.calls.events import DETAILS_KEPT_FOR, EVENTS_KEPT_FOR
from booking.domain.people.dossiers import TOLD_LATE_FOR
from booking.domain.ports import PastEvents
from chassis.clock import Clock
from chassis.logs import get_logger

_AT_ONCE = 1_000
_EVERY = 3600.0
"""Seconds."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class ForgetCallEvents:
    events: PastEvents
    clock: Clock

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.forget_old()
            except Exception:  # noqa: BLE001  # the database is away: later
                _log.warning("old events could not be forgotten", exc_info=True)
            await asyncio.sleep(_EVERY)

    async def forget_old(self) -> None:
        now = self.clock()
        await _all(self.events.forget_details, now - DETAILS_KEPT_FOR)
        await _all(self.events.forget, now - EVENTS_KEPT_FOR)
        await _all(self.events.forget_erased_numbers, now - TOLD_LATE_FOR)


async def _all(forget: Callable[[datetime, int], Awaitable[int]], before: datetime) -> None:
    while await forget(before, _AT_ONCE) == _AT_ONCE:
        """There may be more."""
