"""All services that keep organizations' rows, served in this process, each on a database of its own."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import httpx

import assistant_sync.app
import booking.app
import tenancy.app
from assistant_sync.settings import AssistantSyncSettings
from booking.domain.outside.busy_sources import BusyTimes
from booking.domain.outside.connections import Account, Changes, OurEvent, SeenEvent, Trouble, Troubled
from booking.domain.outside.keep_in_step import KeepInStep
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.domain.schedule.local_time import Period
from booking.store.analytics import AnalyticsStore
from booking.store.busy_sources import BusySourceStore
from booking.store.connections import ConnectionStore
from booking.store.feeds import FeedStore
from booking.store.mirrors import MirrorStore
from booking.store.postgres import PostgresStore
from chassis.clock import system_clock
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.rpc.callers import CALLERS
from chassis.rpc.client import RpcClient
from chassis.rpc.credentials import token_digest
from chassis.rpc.server import RpcServer
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.row_security.promise import Promise
from chassis.testing.servers import TestServerSettings
from switchboard_cli.vapi_simulator.app import create_simulator
from switchboard_cli.vapi_simulator.store import Store
from tests.isolation.promises import PROMISES

VAPI_KEY = "a-private-key"

TENANCY = "switchboard.tenancy.v1"
BOOKING = "switchboard.booking.v1"
ASSISTANTS = "switchboard.assistants.v1"


@dataclass(frozen=True, slots=True)
class House:
    databases: dict[str, ServiceDatabase]
    """By schema."""

    clients: dict[tuple[str, str], RpcClient]
    """By the proto package that is served, and who calls."""

    refresh: RefreshBusyTimes
    """Reads calendars outside when it is told to."""

    keeper: KeepInStep
    """Keeps them in step when it is told to."""

    agents: assistant_sync.app.UseCases
    """Look at Vapi when they are told to."""

    vapi: Store
    """What Vapi has."""

    def client(self, package: str, caller: str = "gateway") -> RpcClient:
        return self.clients[package, caller]

    @asynccontextmanager
    async def superuser(self, promise: Promise) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.databases[promise.schema].superuser_url)
        try:
            yield connection
        finally:
            await connection.close()


class BusyWhereBooked:
    """A calendar outside whose URL ends with when it is busy, for a quarter of an hour."""

    async def busy_times(self, url: str, etag: str | None, within: Period, timezone: str) -> BusyTimes:
        start = datetime.fromisoformat(url.rpartition("/")[2]).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
        return BusyTimes([Period(start, start + timedelta(minutes=15))], etag)


LOCKED_OUT = "somebody-locked-out"
"""Of a calendar outside that lets nobody in."""


class Forgetful:
    """Calendars outside that take every event, and have lost it when somebody looks."""

    @asynccontextmanager
    async def open(self, account: Account) -> AsyncIterator["Forgetful"]:
        if account.username == LOCKED_OUT:
            raise Troubled(Trouble.DENIED)
        yield self

    async def put(self, _name: str, _event: OurEvent, _etag: str | None) -> str:
        return '"1"'

    async def delete(self, _name: str, _etag: str | None) -> None: ...

    async def find(self, _names: Sequence[str]) -> Mapping[str, SeenEvent]:
        return {}

    async def changes(self, _seen: str | None) -> Changes:
        return Changes({}, (), complete=True, seen=None)

    async def busy_times(
        self, _ours: Collection[str], _uid_ending: str, within: Period, _timezone: str
    ) -> Sequence[Period]:
        return [Period(within.start, within.start + timedelta(minutes=15))]


@contextmanager
def provided(provide_database: ProvideDatabase) -> Iterator[dict[str, ServiceDatabase]]:
    with ExitStack() as stack:
        yield {promise.schema: stack.enter_context(provide_database(promise.schema)) for promise in PROMISES}


@asynccontextmanager
async def opened(databases: dict[str, ServiceDatabase], tokens: Path) -> AsyncIterator[House]:
    """Everything served; `tokens` is a folder for the callers' credentials."""
    for caller in CALLERS:
        (tokens / caller).write_text(_token(caller))
    (tokens / "all").write_text("\n".join(f"{caller} {token_digest(_token(caller))}" for caller in CALLERS))
    async with AsyncExitStack() as stack:

        async def pool(schema: str) -> Database:
            database = Database(databases[schema].app_url)
            stack.push_async_callback(database.close)
            return database

        async def serve(domain: str, add_services: Callable[[RpcServer], object]) -> str:
            settings = TestServerSettings(
                allow_unauthenticated_grpc=False, service_credentials_file=str(tokens / "all")
            )
            server = RpcServer(settings, domain=domain)
            add_services(server)
            await server.start()
            stack.push_async_callback(server.stop, 0.5)
            return f"127.0.0.1:{server.port}"

        of_tenancy, of_booking = await pool("tenancy"), await pool("booking")
        sealer = Sealer([bytes(32)])
        sources = BusySourceStore(of_booking, sealer)
        refresh = RefreshBusyTimes(sources, BusyWhereBooked(), system_clock)
        keeper = KeepInStep(MirrorStore(of_booking, sealer), Forgetful(), system_clock)

        def add_booking(server: RpcServer) -> None:
            booking.app.add_services(server, PostgresStore(of_booking, sealer))
            booking.app.add_analytics(server, AnalyticsStore(of_booking))
            booking.app.add_calendars_outside(server, FeedStore(of_booking), sources, refresh)
            booking.app.add_connections(server, ConnectionStore(of_booking, sealer), keeper, system_clock)

        at = {
            TENANCY: await serve(
                tenancy.app.DOMAIN, lambda server: tenancy.app.add_services(server, of_tenancy, sealer)
            ),
            BOOKING: await serve(booking.app.DOMAIN, add_booking),
        }
        settings = _assistant_sync_settings(databases["assistant_sync"], at[TENANCY], at[BOOKING], tokens)
        simulator = create_simulator(api_key=VAPI_KEY)
        vapi = httpx.ASGITransport(simulator.app)
        agents = await stack.enter_async_context(assistant_sync.app.put_together(settings, vapi_transport=vapi))
        at[ASSISTANTS] = await serve(
            assistant_sync.app.DOMAIN, lambda server: assistant_sync.app.add_services(server, agents)
        )
        clients = {
            (package, caller): RpcClient(address, token_file=str(tokens / caller))
            for package, address in at.items()
            for caller in CALLERS
        }
        for client in clients.values():
            stack.push_async_callback(client.close)
        await _count_a_gateway(databases["tenancy"].superuser_url)
        yield House(databases, clients, refresh, keeper, agents, simulator.store)


async def _count_a_gateway(superuser_url: str) -> None:
    """One that is never gone, and not noted again and again: what changes by itself looks as if somebody changed it."""
    connection = await asyncpg.connect(superuser_url)
    await connection.execute("INSERT INTO tenancy.live_gateways VALUES (gen_random_uuid(), 'infinity')")
    await connection.close()


def _token(caller: str) -> str:
    return f"token of {caller}"


def _assistant_sync_settings(
    database: ServiceDatabase, tenancy_at: str, booking_at: str, tokens: Path
) -> AssistantSyncSettings:
    return AssistantSyncSettings.model_validate(
        {
            "listen_addr": "127.0.0.1:0",
            "service_credentials_file": str(tokens / "all"),
            "service_token_file": str(tokens / "assistant-sync"),
            "database_url": database.app_url,
            "tenancy_addr": tenancy_at,
            "booking_addr": booking_at,
            "vapi_private_key": VAPI_KEY,
            "vapi_requests_per_second": 10_000,
            "vapi_webhook_secret": "the-webhook-secret",
            "backend_url": "https://switchboard.example",
        }
    )
