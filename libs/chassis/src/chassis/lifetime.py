"""When a process ends: on request."""

import asyncio
import signal
from collections.abc import Sequence


async def told_to_stop(signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> None:
    """Return when the process is asked to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
