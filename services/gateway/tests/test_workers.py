"""What runs beside the requests goes on, whatever befalls it."""

import asyncio
import re

from structlog.testing import capture_logs

from gateway import workers
from gateway.limits.load import LoopLag
from gateway.metrics import Metrics, WorkerName
from gateway.workers import keep_running
from services.gateway.tests.conftest import PATIENCE


class Mortal:
    """Ends by itself the first times, and then works."""

    def __init__(self, *ends: Exception | None) -> None:
        self._ends = list(ends)
        self.works = asyncio.Event()
        self.was_cancelled = False

    async def run(self) -> None:
        if self._ends:
            if end := self._ends.pop(0):
                raise end
            return
        self.works.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.was_cancelled = True


async def test_a_worker_that_dies_or_ends_is_begun_again_and_told_of(monkeypatch):
    monkeypatch.setattr(workers, "BEGUN_AGAIN_AFTER", 0)
    worker, metrics = Mortal(ValueError("odd"), None), Metrics()
    with capture_logs() as told:
        running = asyncio.create_task(keep_running(WorkerName.REDRIVE, worker, metrics))
        async with asyncio.timeout(PATIENCE):
            await worker.works.wait()
    assert [(line["log_level"], line["kind"]) for line in told] == [("error", "redrive"), ("error", "redrive")]
    assert 'switchboard_gateway_worker_restarts_total{worker="redrive"} 2.0' in metrics.exposition().decode()
    running.cancel()
    await asyncio.wait([running])
    assert worker.was_cancelled
    assert running.cancelled()


async def test_a_worker_of_the_gateway_that_dies_is_begun_again_and_counted(another_gateway, monkeypatch):
    monkeypatch.setattr(workers, "BEGUN_AGAIN_AFTER", 0)
    worker = Mortal(ValueError("odd"))
    monkeypatch.setattr(LoopLag, "run", lambda _lag: worker.run())
    async with another_gateway() as room:
        async with asyncio.timeout(PATIENCE):
            await worker.works.wait()
        told = (await room.http.get("/metrics")).text
    assert re.findall(r'worker_restarts_total\{worker="(\w+)"\} [^0]', told) == ["loop_lag"]
    assert worker.was_cancelled
