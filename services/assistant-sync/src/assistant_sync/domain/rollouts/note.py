"""Tell the roll-out that is under way what became of a piece of work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assistant_sync.domain.ports import Rollouts
from assistant_sync.domain.reconciling.work import Next, Work


@dataclass(frozen=True, slots=True)
class NoteTargets:
    """Around the handler of a kind of work."""

    rollouts: Rollouts
    handler: Callable[[Work], Awaitable[Next]]

    async def __call__(self, work: Work) -> Next:
        # What was begun before the handler was called has been looked at by its end, at where it is to be pointed.
        begun = await self.rollouts.begun(work)
        after = await self.handler(work)
        if begun:
            await self.rollouts.note(begun)
        return after
