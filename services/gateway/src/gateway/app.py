"""The composition of the gateway: what is built at the start, and never again."""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from chassis.clock import system_clock
from chassis.errors import DomainError
from chassis.lifetime import told_to_stop
from chassis.live_secrets import live_secrets
from chassis.logs import get_logger
from chassis.outside.carrier import Carrier
from chassis.settings import SettingsIncomplete
from chassis.tools import load_catalogue
from gateway.answer.answers import Answers
from gateway.answer.records.flight_recorder import FlightRecorder
from gateway.answer.records.quarantine import Quarantine, Redrive
from gateway.answer.records.recording import CallRecorder
from gateway.answer.requests.assistant_request import AssistantRequest
from gateway.answer.requests.callers import Callers
from gateway.answer.requests.departments import Departments
from gateway.answer.requests.destination_requests import DestinationRequest, handoff_destination, transfer_destination
from gateway.answer.requests.inbound_assistants import InboundAssistants
from gateway.answer.requests.knowledge import KnowledgeBase, NoKnowledge
from gateway.answer.tools.dispatch import Dispatcher
from gateway.answer.tools.effects import Effects
from gateway.answer.tools.tool_calls import FunctionCall, ToolCalls, ToolUses
from gateway.backends import Backends
from gateway.http.connection import BoundedProtocol, Bounds
from gateway.http.door import Door
from gateway.http.intake import Intake
from gateway.http.middleware import AnswerUnexpected, SecurityHeaders, TraceRequests
from gateway.http.principals import Principals
from gateway.http.problems import Refused, answer_domain_error, answer_http_exception, answer_refused
from gateway.lifecycle import Lifecycle, Phase
from gateway.limits.load import Load, LoopLag
from gateway.limits.rate_limits import RateLimits
from gateway.metrics import Metrics, WorkerName
from gateway.outside.hosts import Hosts
from gateway.outside.live_calls import LiveCalls
from gateway.routes.administration import administration
from gateway.routes.description import DescriptionRoutes
from gateway.routes.feeds import FeedRoutes
from gateway.routes.health import HealthRoutes
from gateway.routes.metrics import MetricsRoutes
from gateway.routes.vapi import VapiRoutes
from gateway.sender.admission import Admission
from gateway.sender.credential_uses import CredentialUses
from gateway.sender.memories import Memories
from gateway.sender.tenants import Tenants
from gateway.sender.verification import PlatformSecrets
from gateway.settings import GatewaySettings
from gateway.workers import Worker, keep_running

GRACE = 8
"""Seconds that running requests may take to end when the gateway is told to stop."""

KEEP_ALIVE = 75
"""Seconds for which a connection stays open between requests: longer than clients and load balancers use one again (up
to 60), or they would now and then send a message into a connection that is just being closed, and it would be lost."""

_log = get_logger()


def build(
    settings: GatewaySettings,
    backends: Backends,
    lifecycle: Lifecycle,
    intake: Intake | None = None,
    memories: Memories | None = None,
) -> Starlette:
    """The ASGI application. It closes nothing: the backends belong to whoever opened them."""
    intake = intake or Intake()
    metrics = Metrics()
    memories = memories or Memories.of(backends.tenancy, system_clock)
    metrics.watch(memories)
    watch = memories.watch
    limits = RateLimits(settings.rate_limit_per_minute, gateways=lambda: watch.gateways, count=metrics.count_limited)
    lag = LoopLag()
    load = Load(
        most_in_flight=settings.most_messages_in_flight, most_lag=settings.most_lag_seconds, lag=lambda: lag.seconds
    )
    metrics.watch_load(load)
    uses = CredentialUses(backends.tenancy, system_clock)
    catalogue = load_catalogue()
    recorder = CallRecorder(backends.booking, frozenset(catalogue), metrics)
    flight = FlightRecorder(backends.booking, metrics)
    redrive = Redrive(backends.tenancy, recorder, flight)
    memories.watch.when_changed(redrive.wake)
    live_calls = LiveCalls(Hosts.of(settings.vapi_control_hosts), Carrier())
    dispatcher = Dispatcher(catalogue, backends.by_package(), Effects(live_calls, metrics), flight, metrics)
    vapi = VapiRoutes(
        intake=intake,
        admission=Admission(
            platform=PlatformSecrets(live_secrets(settings.vapi_webhook_secret.get_secret_value())),
            tenants=Tenants(memories.routes, metrics),
            senders=memories.senders,
            uses=uses,
            metrics=metrics,
        ),
        limits=limits,
        load=load,
        answers=_answers(backends, ToolUses(dispatcher, limits), metrics),
        quarantine=Quarantine(backends.tenancy, metrics),
        recorder=recorder,
        flight=flight,
        lifecycle=lifecycle,
        metrics=metrics,
        clock=system_clock,
        public_url=settings.backend_url,
    )
    workers: dict[WorkerName, Worker] = {
        WorkerName.ROUTE_WATCH: watch,
        WorkerName.CREDENTIAL_USES: uses,
        WorkerName.REDRIVE: redrive,
        WorkerName.CALL_RECORDER: recorder,
        WorkerName.FLIGHT_RECORDER: flight,
        WorkerName.LOOP_LAG: lag,
    }
    resources = [
        *vapi.resources(),  # first, since Starlette looks through them one after the other
        *HealthRoutes(lifecycle, backends, memories.watch).resources(),
        *MetricsRoutes(metrics).resources(),
        *FeedRoutes(backends.booking).resources(),
        *administration(backends, settings),
    ]
    resources += DescriptionRoutes(resources).resources()
    administrator_key = settings.switchboard_admin_key.get_secret_value()
    door = Door(Principals(backends.tenancy, administrator_key, limits), intake)
    app = Starlette(
        routes=[door.route(resource) for resource in resources],
        middleware=[Middleware(TraceRequests), Middleware(SecurityHeaders), Middleware(AnswerUnexpected)],
        exception_handlers={
            Refused: answer_refused,
            DomainError: answer_domain_error,
            HTTPException: answer_http_exception,
        },
        lifespan=_lifespan(
            backends,
            lifecycle,
            [partial(keep_running, name, worker, metrics) for name, worker in workers.items()],
            [uses.report, recorder.drain, flight.drain],
        ),
    )
    # A redirect would turn a POST with a stray slash into a GET.
    app.router.redirect_slashes = False
    return app


def _answers(backends: Backends, tool_uses: ToolUses, metrics: Metrics) -> Answers:
    inbound_assistants = InboundAssistants(backends.assistant_sync, metrics)
    departments = Departments(backends.assistant_sync)
    return Answers(
        {
            "transfer-destination-request": DestinationRequest(departments, transfer_destination),
            "handoff-destination-request": DestinationRequest(departments, handoff_destination),
            "tool-calls": ToolCalls(tool_uses),
            "function-call": FunctionCall(tool_uses),
            "assistant-request": AssistantRequest(inbound_assistants, Callers(backends.booking), system_clock),
            "knowledge-base-request": KnowledgeBase(NoKnowledge()),
        }
    )


def http_server(app: Starlette, bounds: Bounds | None = None) -> uvicorn.Config:
    """How the application is served: fast parser within bounds, our own logs, nothing told about the software."""
    protocol = partial(BoundedProtocol, bounds=bounds or Bounds(), idle=OrderedDict())
    return uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]  # uvicorn calls it, no more
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
    )


async def serve(settings: GatewaySettings) -> None:
    """Serve until told to stop. Raises SettingsIncomplete if the address cannot be listened on."""
    listener = listen(settings.listen_addr)
    backends = Backends.open(settings)
    lifecycle = Lifecycle()
    server = _Server(http_server(build(settings, backends, lifecycle)))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stop = asyncio.create_task(told_to_stop())
    try:
        await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
        lifecycle.phase = Phase.STOPPING
        _log.info("stopping")
        server.should_exit = True
        await serving
    finally:
        stop.cancel()
        await backends.close()


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, which ends with code 0 as the other services do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port, *_ = listener.getsockname()
            _log.info("serving", address=host, port=port)


def listen(address: str) -> socket.socket:
    """A listening socket on host:port. Raises SettingsIncomplete with a sentence if there can be none."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise SettingsIncomplete(f"LISTEN_ADDR: {address} cannot be listened on ({error}).") from None
    # Connections inherit it; without it an answer in two writes waits for an acknowledgement, about 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _lifespan(
    backends: Backends,
    lifecycle: Lifecycle,
    workers: Sequence[Callable[[], Coroutine[None, None, None]]],
    at_the_end: Sequence[Callable[[], Awaitable[None]]],
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Ready while it lasts; `workers` run beside the requests."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await backends.connected()
        running = [asyncio.create_task(work()) for work in workers]
        lifecycle.phase = Phase.READY
        try:
            yield
        finally:
            lifecycle.phase = Phase.STOPPING
            for task in running:
                task.cancel()
            await asyncio.wait(running)
            for finish in at_the_end:
                await finish()

    return lifespan
