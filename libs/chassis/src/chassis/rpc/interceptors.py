"""What happens around every RPC that is served, outermost first.

log → credentials → errors → deadline → tenant → the method

Health and reflection pass untouched. `server.py` puts the concerns in order.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from chassis.deadline import SHORTEST, deadline_scope
from chassis.errors import DeadlineTooShort, DomainError, MalformedRequest, MalformedTenant
from chassis.logs import bind_contextvars, bound_contextvars, get_logger
from chassis.rpc.credentials import ServiceCredentials
from chassis.rpc.metadata import AUTHORIZATION, CALL, ORGANIZATION, text_of
from chassis.rpc.status import status_of
from chassis.tenant import establish, tenant_scope

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Method: TypeAlias = Callable[[Any, Context], Awaitable[Any]]
Continuation: TypeAlias = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]

_UNTOUCHED = ("/grpc.health.v1.", "/grpc.reflection.")
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method of ours, by its full path."""

    name: str
    call: Method


class Concern(ABC):
    """One thing that is done around every RPC."""

    @abstractmethod
    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        """Call `rpc` with whatever this concern adds around it."""


class Surround(grpc.aio.ServerInterceptor):
    """Wraps the methods of our own services, which are all unary, in the concerns, outermost first.

    One interceptor for all concerns, each method wrapped once: what is done anew for every call is only the concerns'
    own work.
    """

    def __init__(self, *concerns: Concern) -> None:
        self._concerns = concerns
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        name = handler_call_details.method
        if (known := self._wrapped.get(name)) is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None or name.startswith(_UNTOUCHED):
            return handler
        read = _reading(handler.unary_unary, handler.request_deserializer)  # type: ignore[arg-type]  # the stubs know synchronous methods only
        wrapped: Handler = grpc.unary_unary_rpc_method_handler(
            self._around(name, read),
            None,  # the request stays bytes until the caller is known
            handler.response_serializer,
        )
        self._wrapped[name] = wrapped
        return wrapped

    def _around(self, name: str, method: Method) -> Method:
        for concern in reversed(self._concerns):
            method = partial(concern.around, Rpc(name, method))
        return method


def _reading(method: Method, deserialize: Callable[[bytes], Any] | None) -> Method:
    """The method on the request's bytes. gRPC itself would parse them for anybody, and tell what it could not read."""

    async def read(request: bytes, context: Context) -> Any:
        try:
            parsed = deserialize(request) if deserialize else request
        except DecodeError:
            raise MalformedRequest from None
        return await method(parsed, context)

    return read


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


class RequireCredential(Concern):
    """Refuse callers that cannot prove who they are; without credentials (loopback only) admit everybody."""

    def __init__(self, credentials: ServiceCredentials | None) -> None:
        self._credentials = credentials

    async def around(self, rpc: Rpc, request: Any, context: Context) -> Any:
        if self._credentials is None:
            return await rpc.call(request, context)
        caller = self._credentials.caller_of(text_of(context.invocation_metadata(), AUTHORIZATION))
        if caller is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "A service credential is needed.")
        # Not unbound: an RPC is a task of its own, and the line that LogCalls writes at its end names the caller too.
        bind_contextvars(caller=caller)
        return await rpc.call(request, context)


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
        except Exception:  # noqa: BLE001  # whatever it is, its text must not leave the process
            _log.exception("an RPC failed unexpectedly")
            await context.abort(grpc.StatusCode.INTERNAL, "Something went wrong on our side.")


def _code_name(context: Context) -> str:
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return code.name
    return next((known.name for known in grpc.StatusCode if known.value[0] == code), "OK")
