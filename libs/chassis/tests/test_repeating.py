"""What is repeated is done again whatever became of it, when it is time or when it is woken."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from chassis.repeating import repeat, rest

NEVER = 3600.0


class Work:
    """Tells when it is done; the first times it fails."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.times: asyncio.Queue[int] = asyncio.Queue()
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1
        self.times.put_nowait(self.count)
        await asyncio.sleep(0)  # others have their turn, whatever is repeated too soon
        if self.count <= self.failures:
            raise ValueError("a mistake of ours")

    async def is_done(self) -> int:
        """How many times it was begun, once it is begun again."""
        async with asyncio.timeout(5):
            return await self.times.get()


async def stop(repeating: "asyncio.Task[None]") -> None:
    repeating.cancel()
    with suppress(asyncio.CancelledError):
        await repeating


async def test_work_is_repeated_when_its_time_has_come() -> None:
    work = Work()
    repeating = asyncio.create_task(repeat(work, every=0, failed="it failed"))

    assert [await work.is_done() for _ in range(3)] == [1, 2, 3]
    await stop(repeating)


async def test_work_that_failed_is_repeated_and_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    work = Work(failures=1)
    repeating = asyncio.create_task(repeat(work, every=0, failed="it failed"))

    assert [await work.is_done() for _ in range(2)] == [1, 2]
    await stop(repeating)
    assert capsys.readouterr().out.count("it failed") == 1


async def test_work_is_repeated_sooner_where_it_is_woken() -> None:
    work, woken = Work(), asyncio.Event()
    repeating = asyncio.create_task(repeat(work, every=NEVER, failed="it failed", woken=woken))
    await work.is_done()
    woken.set()

    assert await work.is_done() == 2
    await stop(repeating)


async def test_who_is_woken_while_working_works_again() -> None:
    """What came meanwhile may have come too late for the work under way."""
    work, woken = Work(), asyncio.Event()

    async def woken_meanwhile() -> None:
        await work()
        if work.count == 1:
            woken.set()

    repeating = asyncio.create_task(repeat(woken_meanwhile, every=NEVER, failed="it failed", woken=woken))

    assert [await work.is_done() for _ in range(2)] == [1, 2]
    await stop(repeating)


async def test_work_is_not_repeated_for_what_woke_it_before() -> None:
    work, woken = Work(), asyncio.Event()
    woken.set()
    repeating = asyncio.create_task(repeat(work, every=NEVER, failed="it failed", woken=woken))
    await work.is_done()
    for _ in range(5):
        await asyncio.sleep(0)

    assert work.times.empty()
    await stop(repeating)


@pytest.mark.parametrize("wake", [asyncio.Event.set, lambda _: None], ids=["woken", "in time"])
async def test_a_rest_ends_when_it_is_woken_or_over(wake: Callable[[asyncio.Event], None]) -> None:
    woken = asyncio.Event()
    wake(woken)

    async with asyncio.timeout(5):
        await rest(NEVER if woken.is_set() else 0.001, woken)
