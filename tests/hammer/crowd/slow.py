"""Clients that send a request drop by drop, until they are cut off."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

_HEAD = b"POST /api/vapi/webhook HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
_BEGUN = (_HEAD + b"x-slow: ", _HEAD + b"content-length: 1000000\r\n\r\n{")
"""Headers that never end, and a body that never does."""

_DROP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    seconds: float
    """From the first byte until the connection ended."""
    status: int
    """0: nothing was said."""


async def trickling(host: str, port: int, count: int) -> list[Cut]:
    """Half of them in the headers, half in the body."""
    return await asyncio.gather(*(_trickle(host, port, _BEGUN[number % 2]) for number in range(count)))


async def _trickle(host: str, port: int, begun: bytes) -> Cut:
    reader, writer = await asyncio.open_connection(host, port)
    started = time.perf_counter()
    writer.write(begun)
    ended = asyncio.ensure_future(_rest(reader))
    while not ended.done():
        await asyncio.wait([ended], timeout=_DROP_SECONDS)
        with suppress(OSError):
            writer.write(b"x")
    seconds = time.perf_counter() - started
    writer.close()
    answer = ended.result()
    return Cut(seconds, int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else 0)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    with suppress(ConnectionError):
        return await reader.read()
    return b""
