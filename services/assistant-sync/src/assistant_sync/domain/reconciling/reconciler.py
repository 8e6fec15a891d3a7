"""Does the work that is due, some of it at a time, beside the reconcilers of other replicas.

Level-triggered: work says what to look at, never what to do. So it does not matter who asked for it, how often, or what
was done by somebody who was killed meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from assistant_sync.domain.ports import WorkQueue
from assistant_sync.domain.reconciling.turns import Turns
from assistant_sync.domain.reconciling.work import Lease, Next, Retry, Work, WorkKind
from assistant_sync.domain.trouble import BookingAway, RegistryAway, VapiAway, VapiTrouble
from chassis.logs import get_logger
from chassis.repeating import rest
from chassis.tenant import tenant_scope

Handler = Callable[[Work], Awaitable[Next]]
"""Raises VapiTrouble, RegistryAway, BookingAway where somebody was away; what was done until then stays done."""

_WORK_SECONDS = 300.0
"""Seconds that a piece of work may take at the most."""

_IDLE_SECONDS = 1.0
"""After which an idle reconciler looks for work although nobody told it of any."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Reconciler:
    queue: WorkQueue
    turns: Turns
    handlers: Mapping[WorkKind, Handler]
    at_once: int
    """How many pieces of work it does at a time; each of them waits for the account's next request in turn."""

    async def run(self) -> None:
        """For ever. What is under way when it is cancelled is given back, due at once."""
        free = asyncio.Semaphore(self.at_once)
        async with self._told_of_work() as told, asyncio.TaskGroup() as working:
            while True:
                await free.acquire()
                told.clear()
                if lease := await self._claim():
                    working.create_task(self._work(lease)).add_done_callback(lambda _: free.release())
                    continue
                free.release()
                await rest(_IDLE_SECONDS, told)

    async def until_idle(self) -> None:
        """Everything that is due now, one after the other."""
        while lease := await self._claim():
            await self._work(lease)

    @asynccontextmanager
    async def _told_of_work(self) -> AsyncIterator[asyncio.Event]:
        told = asyncio.Event()
        listening = asyncio.create_task(self._listen(told))
        try:
            yield told
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, told: asyncio.Event) -> None:
        while True:
            try:
                async with self.queue.told_of_work() as wishes:
                    async for _ in wishes:
                        told.set()
            except Exception:  # noqa: BLE001  # it is found without being told, a little later
                _log.warning("nobody tells of work that is due")
            await asyncio.sleep(_IDLE_SECONDS)

    async def _claim(self) -> Lease | None:
        try:
            return await self.queue.claim(list(self.handlers))
        except Exception:  # noqa: BLE001  # the database comes back; work is due until it is done
            _log.exception("no work could be claimed")
            return None

    async def _work(self, lease: Lease) -> None:
        try:
            async with self.turns.of(lease) as turn:
                turn.after = await self._carry_out(lease.work)
        except Exception:  # noqa: BLE001  # the lease runs out, and somebody goes on
            _log.exception("a turn at some work could not be ended", kind=lease.work.kind.value)

    async def _carry_out(self, work: Work) -> Next:
        try:
            with tenant_scope(work.tenant) if work.tenant else nullcontext():
                async with asyncio.timeout(_WORK_SECONDS):
                    return await self.handlers[work.kind](work)
        except VapiAway as away:
            return Retry(away.retry_after or 0)
        except (VapiTrouble, RegistryAway, BookingAway):
            return Retry()
        except Exception:  # noqa: BLE001  # whatever it is, it is not the other work's trouble
            _log.exception("work came to nothing", kind=work.kind.value)
            return Retry()
