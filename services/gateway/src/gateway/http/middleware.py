"""What happens around every request, as plain ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.logs import get_logger
from chassis.traces import SERVER, traced, traces_are_made
from gateway.http.problems import UNEXPECTED, response_of

_log = get_logger()

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"cache-control", b"no-store"),
]
_NAMES = frozenset(name for name, _ in SECURITY_HEADERS)


class TraceRequests:
    """A trace for each request, by its route. One that the other side claims to have begun is not gone on with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not traces_are_made():
            await self._app(scope, receive, send)
            return
        with traced(scope["method"], SERVER) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.update_name(f"{scope['method']} {getattr(scope.get('route'), 'path', '')}".rstrip())
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self._app(scope, receive, send_and_note)


class SecurityHeaders:
    """Adds them to every answer that does not say otherwise. CORS stays off: no origin is ever allowed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}
                added = SECURITY_HEADERS
                if not told.isdisjoint(_NAMES):
                    added = [header for header in SECURITY_HEADERS if header[0] not in told]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class AnswerUnexpected:
    """Answers an uncaught exception with a fixed text; its own text stays inside, its place is logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            if started or scope["type"] != "http":
                raise
            _log.exception("a request failed unexpectedly")
            await response_of(UNEXPECTED, UNEXPECTED.code)(scope, receive, send)
