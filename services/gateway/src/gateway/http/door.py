"""The way in: a request is let in, read, handled and answered as its operation declares."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.answers import response_of
from gateway.http.bodies import Body, read_body
from gateway.http.intake import Intake
from gateway.http.operations import Operation, Resource, Who
from gateway.http.parameters import Path, Query, read_path, read_query
from gateway.http.principals import Principals

Answer = Callable[[Request], Awaitable[Response]]


class Door:
    def __init__(self, principals: Principals, intake: Intake) -> None:
        self._principals = principals
        self._intake = intake

    def route(self, resource: Resource) -> Route:
        """One route for all methods, so that a 405 names in `Allow` what the path does know."""
        answers = {method: self._answer(operation) for method, operation in resource.operations.items()}

        async def answer(request: Request) -> Response:
            # Starlette lets HEAD in where there is a GET.
            return await answers["GET" if request.method == "HEAD" else request.method](request)

        return Route(resource.path, answer, methods=list(answers))

    def _answer(self, operation: Operation) -> Answer:
        if operation.who in (Who.ANYONE, Who.VAPI) and [*operation.takes.values()] == [Request]:
            return operation.handler
        has_body = operation.one(Body) is not None

        async def answer(request: Request) -> Response:
            body = await self._intake.body_of(request) if has_body else b""
            async with self._opened(operation, request):
                answered = await operation.handler(**_read(operation, request, body))
            return response_of(answered)

        return answer

    def _opened(self, operation: Operation, request: Request) -> AbstractAsyncContextManager[Any]:
        match operation.who:
            case Who.ANYONE | Who.VAPI:
                return nullcontext()
            case Who.ORGANIZATION:
                return self._principals.organization(request, seconds=operation.seconds)
            case Who.ORGANIZATIONS_ADMINISTRATOR:
                return self._principals.organization(
                    request, administrators_only=True, is_own=operation.is_own, seconds=operation.seconds
                )
            case Who.ADMINISTRATOR:
                return self._principals.platform(request, seconds=operation.seconds)
            case Who.ANY_ORGANIZATION:
                return self._principals.any_organization(request)


def _read(operation: Operation, request: Request, body: bytes) -> dict[str, Any]:
    """What the handler takes. Raises Refused."""
    return {name: _taken(kind, request, body) for name, kind in operation.takes.items()}


def _taken(kind: type, request: Request, body: bytes) -> Any:
    if issubclass(kind, Path):
        return read_path(request, kind)
    if issubclass(kind, Query):
        return read_query(request, kind)
    return read_body(request, body, kind) if issubclass(kind, Body) else request
