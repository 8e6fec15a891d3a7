"""Telling how many reports are missing, and for how long, whoever's they are: for whoever is woken by it."""

import asyncio
from collections.abc import Callable

from assistant_sync.domain.ports import ListedCalls
from chassis.clock import Clock
from chassis.errors import DomainError
from chassis.logs import get_logger

_EVERY = 30.0

_log = get_logger()


async def keep_telling_of_missing_calls(listed: ListedCalls, clock: Clock, tell: Callable[[int, float], None]) -> None:
    """Until it is cancelled: `tell` their number, and the seconds since the first of them was found, 0 without one."""
    while True:
        try:
            missing = await listed.summary()
            tell(missing.count, (clock() - missing.since).total_seconds() if missing.since else 0.0)
        except DomainError as error:
            _log.warning("missing calls could not be counted", reason=error.reason)
        await asyncio.sleep(_EVERY)
