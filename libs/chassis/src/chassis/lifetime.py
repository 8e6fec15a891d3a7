"""How a process settles once it is loaded, and when it ends: on request."""

import asyncio
import gc
import signal
from collections.abc import Sequence

YOUNG = 5_000
"""New objects after which Python looks for garbage among them; by default it does so seven times as often."""


def settle() -> None:
    """Say that all that is loaded by now stays until the end, so that no search for garbage looks at it again.

    Such a search stops everything. Among all that a service loads it takes as long as several tool calls do; among what
    came since, as long as none.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


async def told_to_stop(signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> None:
    """Return when the process is asked to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
