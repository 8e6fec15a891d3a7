"""The composition of the gateway: what is built at the start, and never again."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from chassis.clock import system_clock
from chassis.errors import DomainError
from chassis.lifetime import told_to_stop
from chassis.logs import get_logger
from chassis.settings import SettingsIncomplete
from chassis.tools import load_catalogue
from gateway.backends import Backends
from gateway.dispatch import Dispatcher
from gateway.intake import Intake
from gateway.lifecycle import Lifecycle, Phase
from gateway.middleware import AnswerUnexpected, SecurityHeaders
from gateway.problems import Refused, answer_domain_error, answer_http_exception, answer_refused
from gateway.routes.administration import administration
from gateway.routes.health import HealthRoutes
from gateway.routes.vapi import VapiRoutes
from gateway.settings import GatewaySettings
from gateway.tenants import Tenants
from gateway.verification import SharedSecret

GRACE = 8
"""Seconds that running requests may take to end when the gateway is told to stop."""

_log = get_logger()


def build(
    settings: GatewaySettings, backends: Backends, lifecycle: Lifecycle, intake: Intake | None = None
) -> Starlette:
    """The ASGI application. It closes nothing: the backends belong to whoever opened them."""
    intake = intake or Intake()
    vapi = VapiRoutes(
        intake=intake,
        secret=SharedSecret(settings.vapi_webhook_secret.get_secret_value()),
        tenants=Tenants(backends.tenancy),
        dispatcher=Dispatcher(load_catalogue(), backends.by_package()),
        lifecycle=lifecycle,
        clock=system_clock,
    )
    behind_a_key = administration(settings.switchboard_admin_key.get_secret_value(), intake, backends)
    app = Starlette(
        routes=[*HealthRoutes(lifecycle, backends).routes(), *vapi.routes(), *behind_a_key],
        middleware=[Middleware(SecurityHeaders), Middleware(AnswerUnexpected)],
        exception_handlers={
            Refused: answer_refused,
            DomainError: answer_domain_error,
            HTTPException: answer_http_exception,
        },
        lifespan=_lifespan(backends, lifecycle),
    )
    # A redirect would turn a POST with a stray slash into a GET.
    app.router.redirect_slashes = False
    return app


def http_server(app: Starlette) -> uvicorn.Config:
    """How the application is served: fast parser, our own logs, nothing told about the software."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
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


def _lifespan(backends: Backends, lifecycle: Lifecycle) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await backends.connected()
        lifecycle.phase = Phase.READY
        yield
        lifecycle.phase = Phase.STOPPING

    return lifespan
