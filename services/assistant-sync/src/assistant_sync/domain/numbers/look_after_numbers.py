"""The phone numbers' work: that of an organization, and that of finding the organizations."""

from dataclasses import dataclass

from assistant_sync.domain.numbers.point_numbers import PointNumbers
from assistant_sync.domain.ports import Organizations, WorkQueue
from assistant_sync.domain.reconciling.work import Next, Rest, Work, WorkKind


@dataclass(frozen=True, slots=True)
class LookAfterNumbers:
    point: PointNumbers
    organizations: Organizations
    queue: WorkQueue

    async def __call__(self, work: Work) -> Next:
        if work.tenant is not None:
            await self.point(work.tenant)
        else:
            await self.queue.begin(WorkKind.NUMBERS, [tenant async for tenant in self.organizations.all()])
        return Rest()
