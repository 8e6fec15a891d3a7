"""Telling what an alarm is about: how many reports are missing, for how long, and whether anybody still looks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from assistant_sync.domain.ports import Comparisons, ListedCalls
from chassis.clock import Clock
from chassis.errors import DomainError
from chassis.logs import get_logger

_EVERY = 30.0

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told, each by calling it with a number."""

    missing: Callable[[float], None]
    missing_seconds: Callable[[float], None]
    """Since the first of the missing was found, 0 without one."""
    compared_seconds: Callable[[float], None]
    """Since a comparison came to its end; where none ever did, since it was first looked."""


async def keep_telling_of_missing_calls(
    listed: ListedCalls, comparisons: Comparisons, clock: Clock, figures: Figures
) -> None:
    """Until it is cancelled."""
    compared_at = clock()
    while True:
        try:
            missing, last = await listed.summary(), await comparisons.get()
            figures.missing(missing.count)
            figures.missing_seconds((clock() - missing.since).total_seconds() if missing.since else 0.0)
            compared_at = (last and last.ended_at) or compared_at
        except DomainError as error:
            _log.warning("missing calls could not be counted", reason=error.reason)
        figures.compared_seconds((clock() - compared_at).total_seconds())
        await asyncio.sleep(_EVERY)
