"""Messages full of canaries, and what a set of its own tells while they come: logs, figures, traces, errors."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import grpc
import httpx
import psutil
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from chassis.protos import services
from chassis.rpc.metadata import ORGANIZATION
from tests.hammer.messages.bodies import bodies_for
from tests.hammer.messages.canaries import Canaries, found_in, new_call
from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.collector import Collector, collecting
from tests.system.administering import Desk
from tests.system.running import PATIENCE_SECONDS, Running, running_set

_AT_ONCE = 16
_SECONDS = 30.0
_HANGS_SECONDS = 3.0
_DEPTH = 3
"""Messages in each other that are filled in."""

_NO_PATIENTS = {"timezone": "UTC"}
"""What errors do name again."""

_SERVED_BY = {"tenancy": "tenancy", "booking": "booking", "assistants": "assistant_sync"}

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Chatter:
    """A set whose every word is listened to: it logs everything, and sends its traces and figures."""

    running: Running
    collector: Collector
    http: httpx.AsyncClient
    desk: Desk

    def logs(self) -> dict[str, bytes]:
        return {path.stem: path.read_bytes() for path in self.running.home.path.glob("logs/*.log")}

    async def figures(self) -> dict[str, bytes]:
        """Of the gateway, and of every process of the other services."""
        stack = self.running.stack
        told = {"gateway": (await self.http.get(f"{stack.gateway_url}/metrics")).content}
        for name in ("tenancy", "booking", "assistant_sync"):
            for pid in stack.pids[name]:
                told[f"{name} {pid}"] = await self._figures_of(pid)
        return told

    async def _figures_of(self, pid: int) -> bytes:
        for port in _listened_on(pid):
            try:
                answer = await self.http.get(f"http://127.0.0.1:{port}/metrics")
            except httpx.TransportError:
                continue  # that is where it serves gRPC
            if b"switchboard_rpc" in answer.content:
                return answer.content
        raise LookupError(pid)

    def traces(self) -> bytes:
        return b"\n".join(self.collector.received)

    async def until_traced(self, call_id: str) -> None:
        """Spans are sent in batches."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while call_id.encode() not in self.traces():
                await asyncio.sleep(0.1)


@asynccontextmanager
async def chatter(home: Path, **environment: str) -> AsyncIterator[Chatter]:
    with (
        collecting() as collector,
        running_set(
            home,
            LOG_LEVEL="debug",
            METRICS_LISTEN_ADDR="127.0.0.1:0",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_BSP_SCHEDULE_DELAY="200",
            RATE_LIMIT_PER_MINUTE="100000000",
            **environment,
        ) as running,
    ):
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as http:
            yield Chatter(running, collector, http, Desk(http, running.stack.gateway_url, running.stack.admin_key))


@dataclass(slots=True)
class Told:
    """Where canaries turned up, by what told of them; and how much was listened to."""

    canaries: dict[str, set[str]] = field(default_factory=dict)
    bytes_heard: dict[str, int] = field(default_factory=dict)
    errors: list[bytes] = field(default_factory=list)
    telling: list[bytes] = field(default_factory=list)
    """Those of the errors that tell."""

    def hear(self, what: str, told: bytes) -> None:
        self.bytes_heard[what] = self.bytes_heard.get(what, 0) + len(told)
        if found := found_in(told):
            self.canaries.setdefault(what, set()).update(found)


async def planted(set_: Chatter, times: int, on_step: OnStep = quietly) -> Told:
    """So many messages; then the database hangs and is killed while more come; then every RPC is asked for nonsense."""
    told, canaries = Told(), Canaries()
    clinic = await Clinic.opened(set_.desk, set_.running.stack.webhook_secret)
    bodies = list(bodies_for(clinic.number, clinic.id).values())
    await _post_all(
        set_, clinic, (canaries.planted(body, new_call()) for body in islice(cycle(bodies), times)), told, on_step
    )
    for damage in (_hung, _killed):
        async with damage(set_.running):
            some = (canaries.planted(body, new_call()) for body in bodies)
            await _post_all(set_, clinic, some, told, quietly)
    await _until_recorded(set_, clinic)
    await _ask_staff_nonsense(set_, clinic, canaries, told)
    await _call_every_rpc(set_, clinic, canaries, told)
    await _listen(set_, clinic, told)
    return told


async def _listen(set_: Chatter, clinic: Clinic, told: Told) -> None:
    last = new_call()
    await clinic.post(set_.http, _message_of(clinic, last))
    await set_.until_traced(last)
    for name, text in set_.logs().items():
        told.hear(f"log of {name}", text)
    for name, text in (await set_.figures()).items():
        told.hear(f"figures of {name.split()[0]}", text)
    told.hear("traces", set_.traces())
    for error in told.errors:
        told.hear("errors", error)
        if found_in(error):
            told.telling.append(error)


async def _post_all(set_: Chatter, clinic: Clinic, bodies: Iterator[bytes], told: Told, on_step: OnStep) -> None:
    async def post_some() -> None:
        for number, body in enumerate(bodies):
            # Every ninth proves nothing, and is refused.
            headers = {"X-Vapi-Secret": "wrong"} if number % 9 == 8 else {}
            answer = await clinic.post(set_.http, body, headers)
            told.errors += _errors_in(answer)
            on_step()

    await asyncio.gather(*(post_some() for _ in range(_AT_ONCE)))


def _errors_in(answer: httpx.Response) -> Iterator[bytes]:
    if answer.is_error:
        yield answer.content
    elif b'"results"' in answer.content:
        yield from (entry["error"].encode() for entry in answer.json()["results"] if "error" in entry)


@asynccontextmanager
async def _hung(running: Running) -> AsyncIterator[None]:
    """Every process of the database, so that nobody is answered any more."""
    server = psutil.Process(running.stack.pids["postgres"][0])
    everything = [server, *server.children(recursive=True)]
    for process in everything:
        process.suspend()

    async def go_on() -> None:
        await asyncio.sleep(_HANGS_SECONDS)
        for process in everything:
            process.resume()

    going_on = asyncio.create_task(go_on())
    try:
        yield
    finally:
        await going_on


@asynccontextmanager
async def _killed(running: Running) -> AsyncIterator[None]:
    os.kill(running.stack.pids["postgres"][0], signal.SIGKILL)
    yield


async def _until_recorded(set_: Chatter, clinic: Clinic) -> None:
    """Until the database is back."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await clinic.post(set_.http, _message_of(clinic, new_call()))).is_error:
            await asyncio.sleep(0.2)


def _message_of(clinic: Clinic, call_id: str) -> bytes:
    return (
        f'{{"message": {{"type": "end-of-call-report", "call": {{"id": "{call_id}"}},'
        f' "phoneNumber": {{"number": "{clinic.number}"}}}}}}'
    ).encode()


async def _ask_staff_nonsense(set_: Chatter, clinic: Clinic, canaries: Canaries, told: Told) -> None:
    """What staff may type into any form, and what is refused of it."""
    for path in ("/api/contacts", "/api/appointments", "/api/calendars", "/api/services", "/api/departments"):
        for body in _nonsense(canaries):
            told.errors += _errors_in(await set_.desk.ask("POST", path, body, key=clinic.key))
        for params in ({"cursor": canaries.word()}, {"search": canaries.word(), "limit": canaries.word()}):
            told.errors += _errors_in(await set_.desk.ask("GET", path, key=clinic.key, **params))
        told.errors += _errors_in(await set_.desk.ask("GET", f"{path}/{canaries.word()}", key=clinic.key))
    told.errors += _errors_in(await set_.desk.ask("GET", "/api/contacts", key=canaries.word()))
    told.errors += _errors_in(await set_.desk.ask("GET", "/api/contacts", organization=canaries.word()))


def _nonsense(canaries: Canaries) -> Iterator[dict[str, Any]]:
    yield {"name": canaries.word(), "phone": canaries.word(), "email": canaries.word()}
    yield {"name": 2 * canaries.word(), "phone": canaries.number() + "0" * 30}
    yield {"name": canaries.word(), "timezone": canaries.word(), "opening_hours": [{"weekday": canaries.word()}]}
    yield {"patient_name": canaries.word(), "starts_at": canaries.word(), "service_id": canaries.word()}
    yield {
        "name": canaries.word(),
        "number": canaries.word(),
        "sip_uri": canaries.word(),
        "description": canaries.word(),
    }


async def _call_every_rpc(set_: Chatter, clinic: Clinic, canaries: Canaries, told: Told) -> None:
    """With a canary in every text, as the gateway: whatever refuses them says so without them."""
    token = set_.running.home.token_file("gateway").read_text().strip()
    metadata = (("authorization", f"Bearer {token}"), (ORGANIZATION, clinic.id))
    for service in services():
        address = set_.running.stack.grpc.get(_SERVED_BY.get(service.full_name.split(".")[1], ""))
        if address is None:
            continue
        async with grpc.aio.insecure_channel(address) as channel:
            for method in service.methods:
                if method.server_streaming:
                    continue
                call: Any = channel.unary_unary(
                    f"/{service.full_name}/{method.name}",
                    request_serializer=lambda request: request.SerializeToString(),
                )
                try:
                    await call(_filled(method.input_type, canaries), metadata=metadata, timeout=5)
                except grpc.aio.AioRpcError as error:
                    told.errors.append(
                        f"{error.details()} {error.trailing_metadata()} {error.debug_error_string()}".encode()
                    )


def _filled(descriptor: Descriptor, canaries: Canaries, depth: int = _DEPTH) -> Message:
    request = message_factory.GetMessageClass(descriptor)()
    for one in descriptor.fields:
        there = getattr(request, one.name)
        if one.name in _NO_PATIENTS:
            setattr(request, one.name, _NO_PATIENTS[one.name])
        elif one.type == FieldDescriptor.TYPE_STRING and one.is_repeated:
            there.append(canaries.word())
        elif one.type == FieldDescriptor.TYPE_STRING:
            setattr(request, one.name, canaries.word())
        elif depth and (inner := _ours(one.message_type)):
            inside = _filled(inner, canaries, depth - 1)
            (there.add() if one.is_repeated else there).CopyFrom(inside)
    return request


def _ours(descriptor: Descriptor | None) -> Descriptor | None:
    """None for a plain value, a map, and what is protobuf's own."""
    if descriptor is None or descriptor.GetOptions().map_entry or descriptor.full_name.startswith("google."):
        return None
    return descriptor


def _listened_on(pid: int) -> Iterator[int]:
    for connection in psutil.Process(pid).net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN:
            yield connection.laddr.port


def plant(folder: Path) -> Mapping[str, str]:
    """An environment in which the gateway tells what it is sent, as soon as a file `now` is in the folder."""
    (folder / "sitecustomize.py").write_text(_LEAK.format(now=str(folder / "now")))
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}


_LEAK = """
import sys
if sys.orig_argv[1:3] == ["-m", "gateway"]:
    from pathlib import Path
    from opentelemetry import trace
    from gateway.http.intake import Intake
    from gateway.metrics import Metrics

    take, tell, last = Intake.body_of, Metrics.exposition, [b""]

    async def body_of(self, request):
        body = await take(self, request)
        if Path({now!r}).exists():
            print(body.decode(), file=sys.stderr, flush=True)
            trace.get_current_span().set_attribute("said", body.decode())
            last[0] = b"# " + body
        return body

    Intake.body_of, Metrics.exposition = body_of, lambda self: tell(self) + last[0]
"""
