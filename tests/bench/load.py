"""The load generator: callers on connections that stay open, each sending its next request when it has its answer.

It runs in a process of its own and does little more than write bytes and look for the end of an answer, so that the
contestants' work is measured and not the client's. What it costs all the same shows in the contestant `bare`.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import httptools
import uvloop

from tests.bench.bodies import WEBHOOK, Fills, fill

PATIENCE_SECONDS = 60.0
"""How long after its time a run may wait for the answers that are still missing."""

_OK = 200
_APPOINTMENT = re.compile(rb'"appointmentId":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Job:
    """One run against one contestant."""

    port: int
    secret: str
    template: bytes
    fills: Sequence[Fills]
    """One for each request, in order."""
    again: bool
    """Whether to begin anew when all are used; otherwise the run ends then."""
    expected: bytes
    """What every right answer contains."""
    callers: int
    seconds: float


@dataclass(slots=True)
class Sample:
    """What came of it."""

    seconds: float = 0.0
    """From the first request to the last answer."""
    latencies: list[float] = field(default_factory=list)
    """Seconds, of right answers."""
    sent: int = 0
    wrong: int = 0
    a_wrong_answer: bytes = b""
    appointment_ids: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def measure(job: Job) -> Sample:
    """Carry the job out. Raises OSError (TimeoutError, ConnectionError) if an answer stays away."""
    return uvloop.run(_run(job))


async def _run(job: Job) -> Sample:
    loop = asyncio.get_running_loop()
    load = _Load(job, loop.create_future())
    callers = []
    for _ in range(job.callers):
        _, caller = await loop.create_connection(lambda: _Caller(load), "127.0.0.1", job.port)
        callers.append(caller)
    load.begin(callers)
    async with asyncio.timeout(job.seconds + PATIENCE_SECONDS):
        await load.ended
    for caller in callers:
        caller.close()
    return load.sample


class _Load:
    """Hands out requests until the time is over, and gathers the answers."""

    def __init__(self, job: Job, ended: "asyncio.Future[None]") -> None:
        self.sample = Sample()
        self.ended = ended
        self._job = job
        self._bodies: Iterator[Fills] = iter(cycle(job.fills) if job.again else job.fills)
        self._head = (
            f"POST {WEBHOOK} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Vapi-Secret: {job.secret}\r\nContent-Length: "
        ).encode()
        self._waiting = 0
        self._begun = 0.0

    def begin(self, callers: Sequence["_Caller"]) -> None:
        self._begun = time.perf_counter()
        self._waiting = len(callers)
        for caller in callers:
            caller.go_on()

    def next_request(self) -> bytes | None:
        """None if there is nothing more to send."""
        if time.perf_counter() - self._begun >= self._job.seconds:
            return None
        fills = next(self._bodies, None)
        if fills is None:
            return None
        self.sample.sent += 1
        body = fill(self._job.template, fills)
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)

    def take(self, status: int, body: bytes, latency: float) -> None:
        if status != _OK or self._job.expected not in body:
            self.sample.wrong += 1
            self.sample.a_wrong_answer = body[:500]
            return
        self.sample.latencies.append(latency)
        if found := _APPOINTMENT.search(body):
            self.sample.appointment_ids.append(found[1].decode())

    def caller_is_done(self) -> None:
        self._waiting -= 1
        if not self._waiting and not self.ended.done():
            self.sample.seconds = time.perf_counter() - self._begun
            self.ended.set_result(None)

    def broken(self, error: Exception | None) -> None:
        if not self.ended.done():
            reason = f": {type(error).__name__}: {error}" if error else " by the other side"
            self.ended.set_exception(ConnectionError(f"a connection was closed in the middle of a run{reason}"))


class _Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._body = b""
        self._sent_at = 0.0

    def go_on(self) -> None:
        request = self._load.next_request()
        if request is None or self._transport is None:
            self._load.caller_is_done()
            return
        self._body = b""
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport

    def connection_lost(self, error: Exception | None) -> None:
        self._load.broken(error)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        latency = time.perf_counter() - self._sent_at
        self._load.take(self._parser.get_status_code(), self._body, latency)
        self.go_on()
