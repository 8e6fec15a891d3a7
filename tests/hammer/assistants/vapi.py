"""Vapi, played by the simulator, with a network in between on which requests come to grief where they are told to."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import httpx
import uvicorn

from switchboard_cli.vapi_simulator.app import create_simulator
from switchboard_cli.vapi_simulator.validation import validate_request

VAPI_KEY = "a-private-key"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one request."""

    title: str
    status: int | None = None
    """Answered in place of the real answer; None: there is no answer."""
    error: type[httpx.TransportError] = httpx.RemoteProtocolError
    """What the client notices if there is no answer."""
    committed: bool = False
    """Carried out all the same."""
    retry_after: str | None = None


FAULTS = (
    Fault("429", 429),
    Fault("429, Retry-After", 429, retry_after="1"),
    Fault("500", 500),
    Fault("500 after commit", 500, committed=True),
    Fault("time-out before commit", error=httpx.ReadTimeout),
    Fault("time-out after commit", error=httpx.ReadTimeout, committed=True),
    Fault("cut before commit"),
    Fault("cut after commit", committed=True),
    Fault("no connection", error=httpx.ConnectError),
)

PASSING = tuple(fault for fault in FAULTS if fault.error is httpx.RemoteProtocolError and fault.retry_after is None)
"""Those that can happen to a real connection, and do not tell everybody to wait."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it arrived."""

    method: str
    path: str
    body: Json | None
    at: float
    """Seconds of the monotonic clock."""

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


def nothing_fails(_: int) -> Fault | None:
    return None


@dataclass(slots=True)
class Hold:
    """A request that is being kept waiting: for ever, for whoever sent it is killed meanwhile."""

    is_of: Callable[[str, str, bytes], bool]
    """By method, path and body; it keeps one request."""
    committed: bool
    """Carried out before it is kept waiting; else never."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class Vapi(httpx.AsyncBaseTransport):
    """Both the network of a client in this process and, served, that of processes."""

    def __init__(self, plan: Callable[[int], Fault | None] = nothing_fails) -> None:
        self.simulator = create_simulator(api_key=VAPI_KEY)
        self.plan = plan
        """The fault of each request, counted from 0."""
        self.sent: list[Sent] = []
        self.complaints: list[str] = []
        self.holds: list[Hold] = []
        self.over = asyncio.Event()
        self._asgi = httpx.ASGITransport(self.simulator.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fault = self._arrived(request.method, request.url.path, request.content)
        if fault is None:
            return await self._asgi.handle_async_request(request)
        if fault.committed:
            await (await self._asgi.handle_async_request(request)).aread()
        if fault.status is None:
            raise fault.error(fault.title)
        return httpx.Response(fault.status, json={"message": fault.title}, headers=_headers(fault))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The same over a real connection, as an ASGI application."""
        content = b""
        while (message := await receive())["type"] == "http.request":
            content += message["body"]
            if not message["more_body"]:
                break
        path, method = scope["path"], scope["method"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        request = httpx.Request(method, f"http://vapi{path}?{query}", headers=headers, content=content)
        if hold := self._hold(method, path, content):
            await self._keep_waiting(hold, request)
            return
        try:
            answer = await self.handle_async_request(request)
        except httpx.TransportError:
            # Begun and never ended: the server closes the connection, and the client sees it cut.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            return
        body = await answer.aread()
        names = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if retry_after := answer.headers.get("Retry-After"):
            names.append((b"retry-after", retry_after.encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": names})
        await send({"type": "http.response.body", "body": body})

    def hold(self, is_of: Callable[[str, str, bytes], bool], *, committed: bool) -> asyncio.Event:
        """Keep the next such request waiting; answers what tells that it has arrived."""
        self.holds.append(Hold(is_of, committed))
        return self.holds[-1].arrived

    def put(self, kind: str, item: Mapping[str, Any]) -> str:
        """What somebody makes in Vapi's dashboard; answers its id."""
        return str(self.simulator.store.create(kind, dict(item))["id"])

    def edit(self, kind: str, item_id: str, fields: Mapping[str, Any]) -> None:
        """What somebody changes in Vapi's dashboard."""
        self.simulator.store.patch(kind, item_id, fields)

    def one(self, kind: str, item_id: str) -> Json:
        return deepcopy(self.simulator.store.get(kind, item_id))

    def all(self, kind: str) -> list[Json]:
        return deepcopy(self.simulator.store.list(kind, lambda _: True, 1_000_000))

    def writes(self) -> list[Sent]:
        return [one for one in self.sent if one.is_write]

    def _arrived(self, method: str, path: str, content: bytes) -> Fault | None:
        body = json.loads(content) if content else None
        self.complaints += validate_request(method, path, body)
        self.sent.append(Sent(method, path, body, monotonic()))
        return self.plan(len(self.sent) - 1)

    async def _keep_waiting(self, hold: Hold, request: httpx.Request) -> None:
        if hold.committed:
            self._arrived(request.method, request.url.path, request.content)
            await (await self._asgi.handle_async_request(request)).aread()
        hold.arrived.set()
        await self.over.wait()

    def _hold(self, method: str, path: str, content: bytes) -> Hold | None:
        waiting = (hold for hold in self.holds if not hold.arrived.is_set())
        return next((hold for hold in waiting if hold.is_of(method, path, content)), None)


def failing(fault: Fault, first: int, times: int) -> Callable[[int], Fault | None]:
    """A plan by which so many requests from the `first` on come to grief."""
    return lambda index: fault if first <= index < first + times else None


def every(nth: int, faults: tuple[Fault, ...]) -> Callable[[int], Fault | None]:
    """A plan by which each nth request comes to grief, in each way in turn."""
    return lambda index: faults[index // nth % len(faults)] if index % nth == nth - 1 else None


def some_of(faults: tuple[Fault, ...], *, part: float, chance: Random) -> Callable[[int], Fault | None]:
    """A plan by which a part of all requests comes to grief."""
    return lambda _: chance.choice(faults) if chance.random() < part else None


def most_in_a_second(sent: list[Sent]) -> int:
    """The most requests that arrived within any one second."""
    times, first, most = [one.at for one in sent], 0, 0
    for index, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, index - first + 1)
    return most


def patches_of_each(sent: list[Sent]) -> "Counter[str]":
    return Counter(one.path for one in sent if one.method == "PATCH")


def _headers(fault: Fault) -> dict[str, str]:
    return {"Retry-After": fault.retry_after} if fault.retry_after else {}


class Served:
    """A server of it on a port of loopback, in this loop."""

    def __init__(self, vapi: Vapi) -> None:
        self._vapi = vapi
        config = uvicorn.Config(
            vapi, host="127.0.0.1", port=0, log_config=None, log_level="critical", lifespan="off", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> str:
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def __aexit__(self, *_: object) -> None:
        self._vapi.over.set()
        self._server.should_exit = True
        self._server.force_exit = True
        if self._task:
            await self._task
