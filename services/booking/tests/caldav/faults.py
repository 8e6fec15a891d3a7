"""What goes wrong between us and a calendar outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

Carry = Callable[[httpx.Request], Awaitable[httpx.Response]]
Fault = Callable[[httpx.Request, Carry], Awaitable[httpx.Response]]


@dataclass
class Line:
    """What carries requests, and the faults that the next of them meet."""

    carrier: Callable[[], httpx.AsyncBaseTransport]
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    """By method, in order."""
    asked: list[str] = field(default_factory=list)
    lasting: list[tuple[str, bytes, Fault]] = field(default_factory=list)
    """By method, and by what is in the request."""

    def __call__(self) -> httpx.AsyncBaseTransport:
        return _Faulty(self, self.carrier())

    def next(self, method: str, *faults: Fault) -> None:
        self.faults.setdefault(method, []).extend(faults)

    def always(self, method: str, body: str, fault: Fault) -> None:
        self.lasting.append((method, body.encode(), fault))

    def hide_tags(self) -> None:
        """As a server that does not know them."""
        self.always("PROPFIND", "getctag", hides_the_tag)

    def count(self, method: str) -> int:
        return self.asked.count(method)


class _Faulty(httpx.AsyncBaseTransport):
    def __init__(self, line: Line, carrier: httpx.AsyncBaseTransport) -> None:
        self._line = line
        self._carrier = carrier

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._line.asked.append(request.method)
        waiting = self._line.faults.get(request.method)
        if waiting:
            return await waiting.pop(0)(request, self._carrier.handle_async_request)
        for method, body, fault in self._line.lasting:
            if method == request.method and body in await request.aread():
                return await fault(request, self._carrier.handle_async_request)
        return await self._carrier.handle_async_request(request)

    async def aclose(self) -> None:
        await self._carrier.aclose()


def answers(status: int, **headers: str) -> Fault:
    """Without asking the server."""

    async def fault(_request: httpx.Request, _carry: Carry) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b""))

    return fault


async def loses_the_request(_request: httpx.Request, _carry: Carry) -> httpx.Response:
    raise httpx.ConnectTimeout("lost")


async def loses_the_answer(request: httpx.Request, carry: Carry) -> httpx.Response:
    """The server has done it, and nobody hears of it."""
    await (await carry(request)).aread()
    raise httpx.ReadTimeout("lost")


async def keeps_the_etag(request: httpx.Request, carry: Carry) -> httpx.Response:
    """As servers do that store something else than what they were sent."""
    answer = await carry(request)
    del answer.headers["ETag"]
    return answer


async def hides_the_tag(request: httpx.Request, carry: Carry) -> httpx.Response:
    answer = await carry(request)
    hidden = (await answer.aread()).replace(b"getctag", b"hidden")
    return httpx.Response(answer.status_code, stream=httpx.ByteStream(hidden))


class Killed(BaseException):
    """As a process that ends here: nothing after it happens."""


async def is_killed_before_the_answer(request: httpx.Request, carry: Carry) -> httpx.Response:
    await (await carry(request)).aread()
    raise Killed


async def is_killed_before_the_request(_request: httpx.Request, _carry: Carry) -> httpx.Response:
    raise Killed
