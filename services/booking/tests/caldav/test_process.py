"""The service as it runs: appointments reach a calendar outside by themselves, whatever is killed on the way."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import asyncpg
import pytest

from booking.domain.outside.keep_in_step import KeepInStep
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.caldav.practice import HALF_AN_HOUR, Practice, open_practice
from services.booking.tests.caldav.radicale import HOST, Radicale


@pytest.fixture
def clock() -> StoppedClock:
    """The processes have their own: it is now."""
    return StoppedClock(datetime.now(UTC))


@asynccontextmanager
async def running(database: ServiceDatabase, server: Radicale, log: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database.app_url,
        "LISTEN_ADDR": "127.0.0.1:0",
        "ALLOW_UNAUTHENTICATED_GRPC": "true",
        "SWITCHBOARD_ENCRYPTION_KEYS": base64.b64encode(bytes(32)).decode(),
        "ALLOW_PRIVATE_CALENDARS_OUTSIDE": "true",
        "SSL_CERT_FILE": str(server.certificates),
    }
    with log.open("ab") as told:
        process = subprocess.Popen([sys.executable, "-m", "booking"], env=environment, stdout=told, stderr=told)
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def test_processes_that_are_killed_leave_every_appointment_there_once(  # fixtures
    client: RpcClient,
    organization: TenantId,
    clock: StoppedClock,
    server: Radicale,
    keeper: KeepInStep,
    service_database: ServiceDatabase,
    tmp_path: Path,
) -> None:
    practice = await open_practice(client, organization, clock, await server.calendar(), keeper)
    await practice.connect(url=practice.theirs.url.replace(HOST, "localhost"))
    first = datetime.combine(clock.now.date() + timedelta(days=2), time(9), tzinfo=UTC)
    starts = [first + HALF_AN_HOUR * number for number in range(12)]
    booked = [await practice.book(start) for start in starts]
    log = tmp_path / "log"

    async with AsyncExitStack() as stack:
        two = [await stack.enter_async_context(running(service_database, server, log)) for _ in range(2)]
        await _until(lambda: _some(practice))
        for process in two:
            process.kill()
    await practice.cancel(booked[0])
    await practice.change(booked[1], time=first)
    await _let_a_minute_pass(service_database)
    async with running(service_database, server, log):
        await _until(lambda: _nothing_waits(practice))

    starts[:2] = [first]
    assert await practice.theirs.events() == [(start, start + HALF_AN_HOUR, "Busy") for start in starts]
    assert await practice.drift() == []
    assert practice.theirs.path not in log.read_text()


async def _some(practice: Practice) -> bool:
    return bool(await practice.theirs.texts())


async def _nothing_waits(practice: Practice) -> bool:
    return (await practice.connected()).waiting == 0


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():
            await asyncio.sleep(0.02)


async def _let_a_minute_pass(database: ServiceDatabase) -> None:
    """For whom nobody works on any more."""
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("UPDATE booking.caldav_connections SET leased_until = now() - interval '1 second'")
    await connection.close()
