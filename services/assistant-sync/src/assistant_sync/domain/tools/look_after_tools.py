"""The catalogue's work: looked after at the start, now and then, and when an administrator asks."""

from dataclasses import dataclass

from assistant_sync.domain.ports import WorkQueue
from assistant_sync.domain.reconciling.work import Again, Next, Rest, Work, WorkKind
from assistant_sync.domain.tools.publish_tools import PublishTools


@dataclass(frozen=True, slots=True)
class LookAfterTools:
    publish: PublishTools
    queue: WorkQueue

    async def __call__(self, _work: Work) -> Next:
        published = await self.publish()
        if published.ids_changed:
            await self.queue.want_all([WorkKind.AGENT])
        return Again(published.look_again_in) if published.look_again_in else Rest()
