"""Turns at some work: one process at a time has it, and says at its end when the work is to be done again."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from assistant_sync.domain.ports import WorkQueue
from assistant_sync.domain.reconciling.schedule import Schedule
from assistant_sync.domain.reconciling.work import Again, Lease, Next, Retry, Work
from chassis.deadline import remaining

_POLL_SECONDS = 0.1

_PATIENCE = 10.0
"""Seconds that somebody who is waited for waits for somebody else's turn to end."""


@dataclass(slots=True)
class Turn:
    after: Next = field(default_factory=lambda: Again(timedelta()))
    """What is not ended for whatever reason is given back, due at once."""


@dataclass(frozen=True, slots=True)
class Turns:
    queue: WorkQueue
    schedule: Schedule

    @asynccontextmanager
    async def taken_within(self, patience: float, work: Work) -> AsyncIterator[Turn | None]:
        """None if somebody else had the work for all of `patience` seconds."""
        if (lease := await self._lease_within(patience, work)) is None:
            yield None
            return
        async with self.of(lease) as turn:
            yield turn

    @asynccontextmanager
    async def of(self, lease: Lease) -> AsyncIterator[Turn]:
        """Raises TimeoutError inside the block when the lease was lost."""
        turn = Turn()
        try:
            async with self.queue.kept(lease):
                yield turn
        finally:
            await _surely(self._end(lease, turn.after))

    async def _end(self, lease: Lease, after: Next) -> None:
        attempts = lease.attempts + 1 if isinstance(after, Retry) else 0
        await self.queue.finish(lease, self.schedule.due_in(after, lease.attempts), attempts)

    async def _lease_within(self, patience: float, work: Work) -> Lease | None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + patience
        while (lease := await self.queue.lease(work)) is None:
            if loop.time() >= ends_at:
                return None
            await asyncio.sleep(_POLL_SECONDS)
        return lease


async def _surely(ending: Coroutine[None, None, None]) -> None:
    """To its end, also if whoever waits for it is cancelled meanwhile."""
    task = asyncio.create_task(ending)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def patience() -> float:
    """Seconds; at most half of what is left of the caller's deadline."""
    left = remaining()
    return _PATIENCE if left is None else min(_PATIENCE, left / 2)
