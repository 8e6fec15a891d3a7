"""A gRPC server as every service runs it: health, reflection if asked for, graceful stop."""

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias, TypeVar

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.lifetime import told_to_stop
from chassis.logs import get_logger
from chassis.metrics import RpcMetrics
from chassis.rpc import MESSAGE_LIMIT
from chassis.rpc.credentials import CredentialsUnreadable, ServiceCredentials
from chassis.rpc.interceptors import (
    EndStreams,
    KeepDeadline,
    LogCalls,
    MapErrors,
    MeasureCalls,
    OpenActor,
    OpenTenant,
    RequireCredential,
    Surround,
    TellTiming,
    TraceCalls,
)
from chassis.settings import ServerSettings, SettingsIncomplete

GRACE = 8.0
"""Seconds that running RPCs may take to end when the server is told to stop."""

_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    # Clients read DNS anew when a connection ends, and so learn of new pods.
    ("grpc.max_connection_age_ms", 120_000),
    ("grpc.max_connection_age_grace_ms", 20_000),
    # Two processes on one port would each get half of the calls without anybody having asked for it.
    ("grpc.so_reuseport", 0),
]

Servicer = TypeVar("Servicer")
Work: TypeAlias = Callable[[], Coroutine[None, None, None]]

_log = get_logger()


class RpcServer:
    """One server on one loop in one process; scale by processes."""

    def __init__(self, settings: ServerSettings, *, domain: str) -> None:
        """`domain` names the service in ErrorInfo, e.g. `booking.switchboard`. Raises SettingsIncomplete."""
        self._address = settings.listen_addr
        self._metrics_address = settings.metrics_listen_addr
        self._reflection = settings.grpc_reflection
        self._services: list[str] = [health_pb2.DESCRIPTOR.services_by_name["Health"].full_name]
        self._health = health.aio.HealthServicer()
        self._streams = EndStreams()
        self._work: list[Work] = []
        self._working: list[asyncio.Task[None]] = []
        self.metrics = RpcMetrics()
        self._exposed = ExitStack()
        map_errors = MapErrors(domain)
        self._server = grpc.aio.server(
            interceptors=[
                Surround(
                    TraceCalls(),
                    LogCalls(),
                    map_errors,
                    MeasureCalls(self.metrics),
                    TellTiming(),
                    RequireCredential(_credentials(settings)),
                    KeepDeadline(),
                    OpenTenant(),
                    OpenActor(),
                    self._streams,
                    not_ours=(map_errors, self._streams),
                )
            ],
            options=_OPTIONS,
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = 0

    def add(self, full_name: str, servicer: Servicer, register: Callable[[Servicer, grpc.aio.Server], None]) -> None:
        """Serve one gRPC service: its full proto name, its implementation, the generated `add_…_to_server`.

        A method that streams is an async generator of its messages. TypeError for one that takes a stream: the
        credential would be asked for after the first message was read.
        """
        if taking := [method.full_name for method in _methods(full_name) if method.client_streaming]:
            raise TypeError(f"{', '.join(taking)}: a request is one message; a stream of them is not served")
        register(servicer, self._server)
        self._services.append(full_name)

    def do_beside(self, work: Work) -> None:
        """Have something done for as long as the server serves; it is cancelled at the end and must not end before."""
        self._work.append(work)

    async def start(self) -> None:
        """Listen; `port` then holds the port, also where 0 was asked for. Raises RuntimeError if it is taken."""
        if self._reflection:
            reflection.enable_server_reflection([*self._services, reflection.SERVICE_NAME], self._server)
        self.port = self._server.add_insecure_port(self._address)
        self._exposed.enter_context(self.metrics.exposed(self._metrics_address))
        self._working = [asyncio.create_task(work()) for work in self._work]
        await self._server.start()
        await self._health.set("", health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving", address=self._address, port=self.port)

    async def stop(self, grace: float = GRACE) -> None:
        """Say NOT_SERVING, end open streams, let running RPCs end, then stop."""
        await self._health.enter_graceful_shutdown()
        self._streams.end()
        await self._server.stop(grace)
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        self._exposed.close()

    async def serve_until_told_to_stop(self) -> None:
        await self.start()
        await told_to_stop()
        _log.info("stopping")
        await self.stop()


def _methods(full_name: str) -> Sequence[MethodDescriptor]:
    return descriptor_pool.Default().FindServiceByName(full_name).methods


def _credentials(settings: ServerSettings) -> ServiceCredentials | None:
    if settings.service_credentials_file is not None:
        try:
            return ServiceCredentials(Path(settings.service_credentials_file))
        except OSError as error:
            raise SettingsIncomplete(f"SERVICE_CREDENTIALS_FILE cannot be read: {error.strerror}") from None
        except CredentialsUnreadable as error:
            raise SettingsIncomplete(f"SERVICE_CREDENTIALS_FILE cannot be used: {error}") from None
    if not settings.allow_unauthenticated_grpc:
        raise SettingsIncomplete(
            "SERVICE_CREDENTIALS_FILE is missing: it names who may call this service. "
            "To serve without credentials on loopback, set ALLOW_UNAUTHENTICATED_GRPC=true."
        )
    if not _is_loopback(settings.listen_addr):
        raise SettingsIncomplete(
            "ALLOW_UNAUTHENTICATED_GRPC=true needs LISTEN_ADDR on loopback (127.0.0.1:port): "
            "anybody who reaches another address could read patient data."
        )
    return None


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
