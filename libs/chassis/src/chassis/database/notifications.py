"""NOTIFY, heard on a connection that does nothing else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from chassis.database.faults import DatabaseUnavailable

SILENCE = 1.0
"""Seconds without a notification after which the connection has to prove, within as many, that it is not lost."""

_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # TimeoutError is an OSError

_LOST = None


@asynccontextmanager
async def heard_on(connection: asyncpg.Connection, channel: str) -> AsyncIterator[AsyncGenerator[str, None]]:
    """The payloads of a channel, from now on; closes the connection at the end.

    The iterator raises DatabaseUnavailable when the connection is lost: what is sent from then on is not heard.
    """
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    connection.add_termination_listener(lambda _connection: heard.put_nowait(_LOST))
    try:
        with _lost():
            await connection.add_listener(channel, lambda _connection, _pid, _channel, text: heard.put_nowait(text))
        yield _payloads(connection, heard)
    finally:
        with suppress(*_FAULTS):
            await connection.close(timeout=SILENCE)


async def _payloads(connection: asyncpg.Connection, heard: "asyncio.Queue[str | None]") -> AsyncGenerator[str, None]:
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                payload = await heard.get()
        except TimeoutError:
            with _lost():
                await connection.execute("SELECT 1", timeout=SILENCE)
            continue
        if payload is _LOST:
            raise DatabaseUnavailable
        yield payload


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        raise DatabaseUnavailable from error
