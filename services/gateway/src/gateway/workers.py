"""What runs beside the requests for as long as the gateway does."""

import asyncio
from typing import Protocol

from chassis.logs import get_logger
from gateway.metrics import Metrics, WorkerName

BEGUN_AGAIN_AFTER = 1.0
"""Seconds: what dies at once, each time, takes little and is logged all along."""

_log = get_logger()


class Worker(Protocol):
    async def run(self) -> None:
        """Until it is cancelled."""


async def keep_running(name: WorkerName, worker: Worker, metrics: Metrics) -> None:
    """Until it is cancelled. A worker that ends by itself is begun again: no request would tell that it is missing."""
    while True:
        try:
            await worker.run()
        except Exception:  # noqa: BLE001  # whatever it is, its work waits
            _log.exception("a worker died and is begun again", kind=name)
        else:
            _log.error("a worker ended and is begun again", kind=name)
        metrics.count_worker_restart(name)
        await asyncio.sleep(BEGUN_AGAIN_AFTER)
