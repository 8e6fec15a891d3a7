"""Publish the catalogue for somebody who waits for it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from assistant_sync.domain.errors import VapiKeyRefused, VapiUnreachable
from assistant_sync.domain.ports import PublishedTools
from assistant_sync.domain.reconciling.turns import Turns, patience
from assistant_sync.domain.reconciling.work import Next, Retry, Work, WorkKind
from assistant_sync.domain.tools.published import PublishedTool
from assistant_sync.domain.tools.tool import Tool
from assistant_sync.domain.trouble import VapiAway, VapiUnauthorised

_WORK = Work(WorkKind.TOOLS)


@dataclass(frozen=True, slots=True)
class PublishNow:
    catalogue: Sequence[Tool]
    tools: PublishedTools
    handler: Callable[[Work], Awaitable[Next]]
    turns: Turns

    async def __call__(self) -> Sequence[PublishedTool]:
        """The tools as they are then. If somebody else is publishing for long, that will do.

        Raises VapiUnreachable, VapiKeyRefused; the rest follows by itself then.
        """
        async with self.turns.taken_within(patience(), _WORK) as turn:
            if turn is not None:
                turn.after = Retry()
                try:
                    turn.after = await self.handler(_WORK)
                except VapiAway as away:
                    turn.after = Retry(away.retry_after or 0)
                    raise VapiUnreachable from None
                except VapiUnauthorised:
                    raise VapiKeyRefused from None
        return await self.published()

    async def published(self) -> Sequence[PublishedTool]:
        """Those of this catalogue, in the order of their names."""
        names = {tool.name for tool in self.catalogue}
        return [tool for tool in await self.tools.all() if tool.name in names]
