"""One path with what each method does to it."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


def resource(path: str, **handlers: Handler) -> Route:
    """A route by method (`GET=…`). One for all of them, so that a 405 names in `Allow` what the path does know."""

    async def answer(request: Request) -> Response:
        # Starlette lets HEAD in where there is a GET.
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, answer, methods=list(handlers))
