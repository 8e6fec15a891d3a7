"""Connections within bounds: who sends slowly, at length, or comes in numbers, is cut off, and holds up nobody.

uvicorn itself waits for a request for ever, however slowly it comes, and takes headers of any length.
"""

import asyncio
import resource
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.http.middleware import SECURITY_HEADERS
from gateway.http.problems import (
    BODY_TOO_SLOW,
    HEADERS_TOO_LARGE,
    HEADERS_TOO_SLOW,
    NOT_HTTP,
    TOO_MANY_CONNECTIONS,
    NamedProblem,
    response_of,
)

_Part: TypeAlias = Literal["headers", "body"]

_FILES_BESIDE = 64
"""Files and connections that the process needs for itself."""


def _most_connections() -> int:
    """As many as may be open at once without running out of file descriptors."""
    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2000 if soft_limit == resource.RLIM_INFINITY else max(1, min(2000, soft_limit - _FILES_BESIDE))


@dataclass(frozen=True, slots=True)
class Bounds:
    header_bytes: int = 16 * 1024
    """Of the request line and all headers together."""
    header_seconds: float = 5.0
    """From a connection's beginning, or a later request's, until its headers are there."""
    body_seconds: float = 10.0
    """From then until its body is."""
    parting_seconds: float = 2.0
    """For which one who is refused may go on sending, and so come to read why."""
    reading_seconds: float = 30.0
    """For which an answer may lie unread."""
    connections: int = _most_connections()
    """Open at once; beyond it each new one ends the one that has been idle longest, or is refused where none is."""


class _HeadersTooLarge(Exception):
    """Raised into the parser, which then reads no further; uvicorn answers as to a request that it cannot read."""


IdleConnections: TypeAlias = "OrderedDict[BoundedProtocol, None]"
"""Those that wait between two requests, the longest idle first."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection. Its one timer looks, when it is due, whether what it was set for is still awaited."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
        idle: IdleConnections,
    ) -> None:
        """`idle` is shared by all connections of a server."""
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = bounds
        self._idle = idle
        self._requests = 0
        self._awaited: _Part | None = "headers"
        self._awaited_before: tuple[int, _Part | None] = (1, "headers")
        """What was awaited, of which request, when something came last; at first, of the one that is to come."""
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._reading_timer: asyncio.TimerHandle | None = None
        self._unparsed_bytes = 0
        """That came since what is awaited is."""
        self._problem = NOT_HTTP
        self._is_parting = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn says
        super().connection_made(transport)
        if len(self.connections) > self._bounds.connections and not self._make_room():
            self._write(TOO_MANY_CONNECTIONS, {"Retry-After": "1"})
            transport.close()
            return
        self._await_for(self._bounds.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in filter(None, (self._timer, self._reading_timer)):
            timer.cancel()
        self._timer = self._reading_timer = None
        self._idle.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_parting or self.transport.is_closing():
            return
        if self in self._idle:  # what comes begins a request, be it an empty line, of which the parser does not tell
            del self._idle[self]
            self._awaited = "headers"
        super().data_received(data)
        if self._is_parting or self.transport.is_closing():
            return
        awaited = (self._requests, self._awaited)
        if awaited != self._awaited_before:
            self._awaited_before = awaited
            self._unparsed_bytes = 0
            if self._awaited is not None:
                bounds = self._bounds
                self._await_for(bounds.header_seconds if self._awaited == "headers" else bounds.body_seconds)
        self._unparsed_bytes += len(data)
        if self._awaited == "headers" and self._unparsed_bytes > self._bounds.header_bytes:
            self._part(HEADERS_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._requests += 1
        self._awaited = "headers"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._awaited = "body"
        self._require_few_header_bytes()
        super().on_headers_complete()
        self.headers = []  # for what comes behind a body: it proves nothing of it, and uvicorn would believe it

    def on_message_complete(self) -> None:
        self._awaited = None
        super().on_message_complete()
        self._note_if_idle()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note_if_idle()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words; ours are a problem's
        """Called where the parser gives up."""
        self._part(self._problem)

    def timeout_keep_alive_handler(self) -> None:
        """Called when nothing comes after an answer; whoever has not read that by now never will."""
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_timer = self.loop.call_later(self._bounds.reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reading_timer is not None:
            self._reading_timer.cancel()
            self._reading_timer = None

    def _note_if_idle(self) -> None:
        if self._awaited is None and self.cycle.response_complete and not self.transport.is_closing():
            self._idle[self] = None

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest; False if none is idle."""
        if not self._idle:
            return False
        longest, _ = self._idle.popitem(last=False)
        longest.transport.close()
        return True

    def _require_few_header_bytes(self) -> None:
        """They can all have come at once."""
        length = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if length > self._bounds.header_bytes:
            self._problem = HEADERS_TOO_LARGE
            raise _HeadersTooLarge

    def _await_for(self, seconds: float) -> None:
        self._due = self.loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._awaited is None or self.transport.is_closing():
            return
        if self.flow.read_paused:  # what does not come is kept by ourselves
            self._due = self.loop.time() + self._bounds.header_seconds
        if self.loop.time() < self._due:
            self._timer = self.loop.call_at(self._due, self._look)
        elif self._requests == 0 or self._is_answered():
            self.transport.abort()
        else:
            self._part(HEADERS_TOO_SLOW if self._awaited == "headers" else BODY_TOO_SLOW)

    def _is_answered(self) -> bool:
        """Whether what is not wholly here has its answer already, or the beginning of it."""
        return self._awaited == "body" and self.cycle is not None and self.cycle.response_started

    def _part(self, problem: NamedProblem) -> None:
        """Say what is wrong, and end the connection when that was read: at once, it would hardly ever be."""
        self._is_parting = True
        if not self._is_answering():
            self._write(problem)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(self._bounds.parting_seconds, self.transport.abort)

    def _is_answering(self) -> bool:
        return self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete

    def _write(self, problem: NamedProblem, headers: Mapping[str, str] | None = None) -> None:
        response = response_of(problem, problem.code, {"Connection": "close", **(headers or {})})
        lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode()]
        lines += [b": ".join(header) for header in (*response.raw_headers, *SECURITY_HEADERS)]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
