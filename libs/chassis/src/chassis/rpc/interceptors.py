"""What happens around every RPC that is served, outermost first.

trace → log → errors → measure → timing → credential → deadline → tenant → actor → ending, if it streams → the method

Health and reflection have only errors and ending around them. `server.py` puts the concerns in order.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from inspect import isasyncgenfunction
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from chassis.actor import Actor, actor_scope, current_actor
from chassis.deadline import SHORTEST, deadline_scope
from chassis.errors import (
    CallerNotAllowed,
    DeadlineTooShort,
    DomainError,
    MalformedRequest,
    MalformedTenant,
    ServerStopping,
)
from chassis.logs import bind_contextvars, bound_contextvars, get_logger
from chassis.metrics import RpcMetrics
from chassis.rpc.callers import OPERATOR, callers_of
from chassis.rpc.credentials import ServiceCredentials
from chassis.rpc.metadata import ACTOR, AUTHORIZATION, CALL, ORGANIZATION, is_sendable, text_of
from chassis.rpc.status import CODES, status_of
from chassis.rpc.timing import SERVER_TIMING, ServerTiming
from chassis.spending import spending
from chassis.tenant import establish, tenant_scope
from chassis.traces import CALL_ID, ORGANIZATION_ID, SERVER, carried, traced

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Method: TypeAlias = Callable[[Any, Context], Awaitable[Any]]
Continuation: TypeAlias = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]

_NOT_OURS = ("/grpc.health.v1.", "/grpc.reflection.")
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method by its full path. One that streams has sent its messages when the call ends."""

    name: str
    streams: bool
    call: Method


class Concern(ABC):
    """One thing that is done around every RPC."""

    @abstractmethod
    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        """Call `rpc` with whatever this concern adds around it."""


class Surround(grpc.aio.ServerInterceptor):
    """Wraps methods in concerns, outermost first.

    One interceptor for all concerns, each method wrapped once: what is done anew for every call is only the concerns'
    own work.
    """

    def __init__(self, *concerns: Concern, not_ours: Sequence[Concern] = ()) -> None:
        """`concerns` go around our own services, `not_ours` around health and reflection."""
        self._concerns = concerns
        self._not_ours = not_ours
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        name = handler_call_details.method
        if (known := self._wrapped.get(name)) is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        concerns = self._not_ours if name.startswith(_NOT_OURS) else self._concerns
        self._wrapped[name] = wrapped = _wrap(name, handler, concerns)
        return wrapped


def _wrap(name: str, handler: Any, concerns: Sequence[Concern]) -> Handler:
    streams = handler.response_streaming
    method = _sending(handler.unary_stream or handler.stream_stream) if streams else handler.unary_unary
    deserialize = handler.request_deserializer
    if handler.request_streaming:  # reflection; RpcServer refuses it of ours
        wrap = grpc.stream_stream_rpc_method_handler
    else:
        wrap = grpc.unary_stream_rpc_method_handler if streams else grpc.unary_unary_rpc_method_handler
        # The request stays bytes until the caller is known.
        method, deserialize = _reading(method, deserialize), None
    for concern in reversed(concerns):
        method = partial(concern.around, Rpc(name, streams, method))
    wrapped: Handler = wrap(method, deserialize, handler.response_serializer)
    return wrapped


def _reading(method: Method, deserialize: Callable[[bytes], Any] | None) -> Method:
    """The method on the request's bytes. gRPC itself would parse them for anybody, and tell what it could not read."""

    async def read(request: bytes, context: Context) -> Any:
        try:
            parsed = deserialize(request) if deserialize else request
        except DecodeError:
            raise MalformedRequest from None
        return await method(parsed, context)

    return read


def _sending(method: Any) -> Method:
    """A method that yields its messages as one that sends them, so that all it does is inside of the concerns."""
    if not isasyncgenfunction(method):  # health's Watch sends by itself
        sends_itself: Method = method
        return sends_itself

    async def send(request: Any, context: Context) -> None:
        async with aclosing(method(request, context)) as messages:
            async for message in messages:
                await context.write(message)

    return send


class TraceCalls(Concern):
    """A span for each RPC that is answered at once, in the trace that its caller began."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        if rpc.streams:  # open for as long as a process lives
            return await rpc.call(request, context)
        metadata = context.invocation_metadata()
        parent = carried({name: value for name, value in metadata or () if isinstance(value, str)})
        ids = {CALL_ID: text_of(metadata, CALL), ORGANIZATION_ID: text_of(metadata, ORGANIZATION)}
        attributes = {name: value for name, value in ids.items() if value is not None and is_sendable(value)}
        with traced(rpc.name, SERVER, attributes=attributes, parent=parent):
            return await rpc.call(request, context)


class LogCalls(Concern):
    """One line for each RPC: what, for whom, how it ended, how long it took."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        started = time.perf_counter()
        call_id = text_of(context.invocation_metadata(), CALL)
        with bound_contextvars(method=rpc.name, **({"call_id": call_id} if call_id else {})):
            cancelled = False
            try:
                return await rpc.call(request, context)
            except asyncio.CancelledError:  # the client is gone, or its deadline has passed
                cancelled = True
                raise
            finally:
                milliseconds = round((time.perf_counter() - started) * 1000, 2)
                _log.info("rpc", code="CANCELLED" if cancelled else _code_name(context), duration_ms=milliseconds)


class MeasureCalls(Concern):
    """Counts and times RPCs: within MapErrors, where the state that one ends in still has its name."""

    def __init__(self, metrics: RpcMetrics) -> None:
        self._metrics = metrics

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        started = time.perf_counter()
        code, reason = grpc.StatusCode.INTERNAL.name, ""
        try:
            answer = await rpc.call(request, context)
            code = _code_name(context)
        except DomainError as error:
            code, reason = CODES[error.kind].name, error.reason
            raise
        except grpc.aio.AbortError:
            code = _code_name(context)
            raise
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED.name
            raise
        finally:
            self._metrics.count(rpc.name, code, reason)
            if not rpc.streams:
                self._metrics.time(rpc.name, time.perf_counter() - started)
        return answer


class TellTiming(Concern):
    """Tell the caller, with the answer, how long it took."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        if rpc.streams:
            return await rpc.call(request, context)
        started = time.perf_counter()
        with spending() as spent:
            answer = await rpc.call(request, context)
        timing = ServerTiming((time.perf_counter() - started) * 1000, spent.on_database * 1000)
        context.set_trailing_metadata(((SERVER_TIMING, str(timing)),))
        return answer


class RequireCredential(Concern):
    """Refuse callers that cannot prove who they are, and those whom the method's proto does not name.

    Without credentials (loopback only) everybody is admitted to whatever the operator may call.
    """

    def __init__(self, credentials: ServiceCredentials | None) -> None:
        self._credentials = credentials

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        caller = await self._caller(context)
        allowed = callers_of(rpc.name)
        if allowed and (caller or OPERATOR) not in allowed:
            raise CallerNotAllowed
        if caller is None:
            return await rpc.call(request, context)
        with actor_scope(Actor(name=caller, caller=caller)):
            return await rpc.call(request, context)

    async def _caller(self, context: Context) -> str | None:
        if self._credentials is None:
            return None
        caller = self._credentials.caller_of(text_of(context.invocation_metadata(), AUTHORIZATION))
        if caller is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "A service credential is needed.")
        # Not unbound: an RPC is a task of its own, and the line that LogCalls writes at its end names the caller too.
        bind_contextvars(caller=caller)
        return caller


class KeepDeadline(Concern):
    """Open the caller's deadline as a scope; refuse to begin what cannot be finished."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        left = context.time_remaining()
        if left is None:
            return await rpc.call(request, context)
        if left < SHORTEST:
            raise DeadlineTooShort
        with deadline_scope(left):
            return await rpc.call(request, context)


class OpenTenant(Concern):
    """Open the organization named in the metadata as the tenant of the work."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        organization = text_of(context.invocation_metadata(), ORGANIZATION)
        if organization is None:
            return await rpc.call(request, context)
        try:
            tenant = establish(organization)
        except ValueError:
            raise MalformedTenant from None
        bind_contextvars(organization_id=str(tenant))  # for LogCalls, as the caller is
        with tenant_scope(tenant):
            return await rpc.call(request, context)


class OpenActor(Concern):
    """Open the actor named in the metadata, on its caller's word, as who has the work done."""

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        name = text_of(context.invocation_metadata(), ACTOR)
        if name is None or not is_sendable(name):
            return await rpc.call(request, context)
        with actor_scope(replace(current_actor(), name=name)):
            return await rpc.call(request, context)


class EndStreams(Concern):
    """Can end all streams that are open: gRPC, told to stop, would wait its whole grace for them."""

    def __init__(self) -> None:
        self._open: set[asyncio.Timeout] = set()
        self._ended = False

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        if not rpc.streams:
            return await rpc.call(request, context)
        if self._ended:
            raise ServerStopping
        # At once: a status cannot follow them while a first message still takes them along.
        await context.send_initial_metadata(())
        ending = asyncio.timeout(None)
        self._open.add(ending)
        try:
            async with ending:
                return await rpc.call(request, context)
        except TimeoutError:
            if ending.expired():
                raise ServerStopping from None
            raise
        finally:
            self._open.discard(ending)

    def end(self) -> None:
        """End those that are open, and from now on each that is opened, with ServerStopping."""
        self._ended = True
        for ending in self._open:
            if not ending.expired():
                ending.reschedule(0)


class MapErrors(Concern):
    """The one place where what went wrong becomes a gRPC status.

    grpc.aio would otherwise send an uncaught exception's own text to the client.
    """

    def __init__(self, domain: str) -> None:
        self._domain = domain

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        try:
            return await rpc.call(request, context)
        except DomainError as error:
            await context.abort_with_status(status_of(error, self._domain))
        except grpc.aio.AbortError:  # the status is set already
            raise
        except Exception:  # noqa: BLE001  # whatever it is, its text must not leave the process
            _log.exception("an RPC failed unexpectedly")
            await context.abort(grpc.StatusCode.INTERNAL, "Something went wrong on our side.")


def _code_name(context: Context) -> str:
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return code.name
    return next((known.name for known in grpc.StatusCode if known.value[0] == code), "OK")
