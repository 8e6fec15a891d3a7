"""What a service does again and again by itself, beside its requests."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chassis.logs import get_logger

_log = get_logger()


async def repeat(
    work: Callable[[], Awaitable[object]], *, every: float, failed: str, woken: asyncio.Event | None = None
) -> None:
    """Do the work until it is cancelled, `every` so many seconds, or sooner where it is woken.

    What goes wrong is logged as `failed`, and does not keep the work from being done the next time.
    """
    woken = woken or asyncio.Event()
    while True:
        woken.clear()
        try:
            await work()
        except Exception:  # noqa: BLE001  # the database is away, or something is worse than we thought: later
            _log.warning(failed, exc_info=True)
        await rest(every, woken)


async def rest(seconds: float, woken: asyncio.Event) -> None:
    """Wait for so long, or until it is woken."""
    # Not wait_for, which in Python 3.11 may miss that it is cancelled.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
