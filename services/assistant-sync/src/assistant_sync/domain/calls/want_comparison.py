"""Wanting Vapi's calls compared now, and what was compared before once more: somebody has a number since."""

from dataclasses import dataclass
from datetime import datetime

from assistant_sync.domain.ports import Comparisons, WorkQueue
from assistant_sync.domain.reconciling.work import Work, WorkKind


@dataclass(frozen=True, slots=True)
class WantComparison:
    comparisons: Comparisons
    queue: WorkQueue

    async def __call__(self, since: datetime | None) -> None:
        if since is not None:
            await self.comparisons.rewind(since)
        await self.queue.want(Work(WorkKind.CALLS))
