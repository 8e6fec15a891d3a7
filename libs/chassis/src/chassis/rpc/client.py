"""A gRPC client as every service uses it: a deadline on each call, retries where they are safe, all replicas used."""

import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.descriptor_pb2 import MethodOptions

from chassis.actor import actor_in_scope
from chassis.deadline import SHORTEST, remaining_for_next_hop
from chassis.errors import DeadlineTooShort
from chassis.protos import services
from chassis.rpc import MESSAGE_LIMIT
from chassis.rpc.credentials import ServiceToken
from chassis.rpc.metadata import ACTOR, AUTHORIZATION, CALL, ORGANIZATION, is_sendable
from chassis.rpc.status import state_of
from chassis.rpc.timing import ServerTiming, timing_in
from chassis.tenant import tenant_in_scope
from chassis.traces import CALL_ID, CLIENT, to_be_carried, traced

_RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
_REPEATABLE = (MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT)


def _service_config() -> str:
    """All replicas in turn; a second try only of methods whose protos say that they can be repeated.

    UNAVAILABLE does not tell whether the work was done: a server may have died between its commit and its answer.
    """
    repeatable = [
        {"service": service.full_name, "method": method.name}
        for service in services()
        for method in service.methods
        if method.GetOptions().idempotency_level in _REPEATABLE
    ]
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": repeatable, "retryPolicy": _RETRY}],
            "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.5},
        }
    )


_OPTIONS = [
    ("grpc.service_config", _service_config()),
    ("grpc.enable_retries", 1),
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    # A backend that comes back is looked for more often than the retries of one call last (about 0.35 s), so that the
    # call itself finds it; gRPC's default is two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    # Two channels to one address stay two connections, so that a pool of them spreads the load.
    ("grpc.use_local_subchannel_pool", 1),
]


Stub = TypeVar("Stub")


class RpcClient:
    """A connection to one service, for the life of the process.

    Every call carries the service credential, the tenant and the actor in scope, and a deadline: the caller's
    `timeout`, or what is left of the deadline in scope, whichever ends first. A failed call raises RemoteError.
    """

    def __init__(self, address: str, *, token_file: str | None = None) -> None:
        """`address` is host:port (resolved by DNS, all addresses used) or any gRPC target."""
        self._token = ServiceToken(Path(token_file)) if token_file else None
        self._channel = grpc.aio.insecure_channel(_target(address), options=_OPTIONS)

    def method(self, path: str, serialize: Callable[[Any], bytes], deserialize: Callable[[bytes], Any]) -> "RpcMethod":
        """One method by its full path, for callers that know it from a descriptor."""
        call = self._channel.unary_unary(path, request_serializer=serialize, response_deserializer=deserialize)
        return RpcMethod(path, call, self._token)

    def streaming_method(
        self, path: str, serialize: Callable[[Any], bytes], deserialize: Callable[[bytes], Any]
    ) -> "RpcStreamingMethod":
        """One method that answers with a stream, likewise."""
        call = self._channel.unary_stream(path, request_serializer=serialize, response_deserializer=deserialize)
        return RpcStreamingMethod(call, self._token)

    def stub(self, stub_class: Callable[[grpc.aio.Channel], Stub]) -> Stub:
        """A generated stub whose methods behave as described above; each takes `timeout=` in seconds."""
        return stub_class(_Bound(self))  # type: ignore[arg-type]  # a channel as far as stubs use one

    async def is_connected(self) -> bool:
        """Whether a replica is reachable now; begins to connect if none is."""
        return self._channel.get_state(try_to_connect=True) == grpc.ChannelConnectivity.READY

    async def close(self) -> None:
        await self._channel.close()


class RpcMethod:
    """One remote method with credential, tenant and deadline."""

    def __init__(
        self, path: str, call: "grpc.aio.UnaryUnaryMultiCallable[Any, Any]", token: ServiceToken | None
    ) -> None:
        self._path = path
        self._call = call
        self._token = token

    async def __call__(self, request: Any, *, timeout: float | None = None, call_id: str | None = None) -> Any:
        """Raises RemoteError, or DeadlineTooShort if too little time is left to ask at all.

        TypeError without any deadline: a call that may hang for ever is a mistake of the program.
        """
        with traced(self._path, CLIENT, attributes={CALL_ID: call_id} if call_id else None):
            try:
                return await self._begin(request, timeout, call_id)
            except grpc.aio.AioRpcError as error:
                raise state_of(error) from error

    async def timed(
        self, request: Any, *, timeout: float | None = None, call_id: str | None = None
    ) -> tuple[Any, ServerTiming | None]:
        """Likewise, with how long the service took to answer, if it tells."""
        with traced(self._path, CLIENT, attributes={CALL_ID: call_id} if call_id else None):
            try:
                call = self._begin(request, timeout, call_id)
                return await call, timing_in(await call.trailing_metadata())
            except grpc.aio.AioRpcError as error:
                raise state_of(error) from error

    def _begin(self, request: Any, timeout: float | None, call_id: str | None) -> "grpc.aio.UnaryUnaryCall[Any, Any]":
        seconds = _seconds(timeout)
        if seconds is None:
            raise TypeError("an RPC needs a deadline: pass timeout= or open a deadline_scope")
        return self._call(request, timeout=seconds, metadata=_metadata(self._token, call_id))


class RpcStreamingMethod:
    """One remote method that answers with a stream, with credential, tenant and, if there is one, deadline."""

    def __init__(self, call: "grpc.aio.UnaryStreamMultiCallable[Any, Any]", token: ServiceToken | None) -> None:
        self._call = call
        self._token = token

    def __call__(
        self, request: Any, *, timeout: float | None = None, call_id: str | None = None
    ) -> AsyncGenerator[Any, None]:
        """The messages as they arrive. Ask for them in `contextlib.aclosing`, which ends the stream with its block.

        Without a deadline the stream stays open until either side ends it. Raises DeadlineTooShort; the iterator
        raises RemoteError, also after messages have arrived.
        """
        call = self._call(request, timeout=_seconds(timeout), metadata=_metadata(self._token, call_id))
        return _messages(call)


async def _messages(call: "grpc.aio.UnaryStreamCall[Any, Any]") -> AsyncGenerator[Any, None]:
    try:
        async for message in call:
            yield message
    except grpc.aio.AioRpcError as error:
        raise state_of(error) from error
    finally:
        call.cancel()


class _Bound:
    """What a generated stub needs of a channel."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client

    def unary_unary(
        self,
        path: str,
        request_serializer: Callable[[Any], bytes],
        response_deserializer: Callable[[bytes], Any],
        _registered_method: bool = False,  # noqa: FBT001, FBT002  # generated stubs say so
    ) -> RpcMethod:
        return self._client.method(path, request_serializer, response_deserializer)

    def unary_stream(
        self,
        path: str,
        request_serializer: Callable[[Any], bytes],
        response_deserializer: Callable[[bytes], Any],
        _registered_method: bool = False,  # noqa: FBT001, FBT002  # generated stubs say so
    ) -> RpcStreamingMethod:
        return self._client.streaming_method(path, request_serializer, response_deserializer)

    def stream_unary(self, path: str, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{path} takes a stream: a request is one message; a stream of them is not sent")

    stream_stream = stream_unary


def _seconds(timeout: float | None) -> float | None:
    left = remaining_for_next_hop()
    offered = [seconds for seconds in (timeout, left) if seconds is not None]
    if offered and min(offered) < SHORTEST:
        raise DeadlineTooShort
    return min(offered, default=None)


def _metadata(token: ServiceToken | None, call_id: str | None) -> tuple[tuple[str, str], ...]:
    metadata: list[tuple[str, str]] = []
    if token is not None:
        metadata.append((AUTHORIZATION, token.header()))
    if (tenant := tenant_in_scope()) is not None:
        metadata.append((ORGANIZATION, str(tenant)))
    if (actor := actor_in_scope()) is not None and is_sendable(actor.name):
        metadata.append((ACTOR, actor.name))
    if call_id and is_sendable(call_id):
        metadata.append((CALL, call_id))
    return (*metadata, *to_be_carried())


def _target(address: str) -> str:
    return address if address.startswith(("dns:", "ipv4:", "ipv6:", "unix:")) else f"dns:///{address}"
