"""An organization of which reports are asked over gRPC, and a way to write its past by hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from booking.app import DOMAIN, add_analytics, add_services
from booking.store.analytics import AnalyticsStore
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.analytics.past import Past
from switchboard.booking.v1 import analytics_service_pb2 as analytics_pb2
from switchboard.booking.v1.analytics_service_pb2_grpc import AnalyticsServiceStub

SECONDS = 20


@dataclass(frozen=True, slots=True)
class Analyst:
    """Asks for an organization's reports."""

    client: RpcClient
    tenant: TenantId

    async def summary(self, begins: str = "", ends: str = "", timezone: str = "UTC") -> analytics_pb2.Summary:
        request = analytics_pb2.GetSummaryRequest(period=_period(begins, ends, timezone))
        return (await self._ask("GetSummary", request)).summary

    async def calls(self, *period: str) -> list[analytics_pb2.CountedCall]:
        return await self._all("ListCountedCalls", analytics_pb2.ListCountedCallsRequest, "calls", period)

    async def changes(self, *period: str) -> list[analytics_pb2.AppointmentChange]:
        request = analytics_pb2.ListAppointmentChangesRequest
        return await self._all("ListAppointmentChanges", request, "changes", period)

    async def tool_uses(self, *period: str) -> list[analytics_pb2.ToolUse]:
        return await self._all("ListToolUses", analytics_pb2.ListToolUsesRequest, "uses", period)

    async def _all(self, method: str, request: Any, field: str, period: tuple[str, ...]) -> list[Any]:
        found: list[Any] = []
        token = ""
        while True:
            page = await self._ask(method, request(period=_period(*period), page_token=token))
            found += getattr(page, field)
            if not (token := page.next_page_token):
                return found

    async def _ask(self, method: str, request: Any) -> Any:
        with tenant_scope(self.tenant):
            return await getattr(self.client.stub(AnalyticsServiceStub), method)(request, timeout=SECONDS)


def _period(begins: str = "", ends: str = "", timezone: str = "UTC") -> analytics_pb2.ReportPeriod:
    return analytics_pb2.ReportPeriod(begins=begins, ends=ends, timezone=timezone)


@pytest.fixture
async def booking(store: PostgresStore, database: Database, clock: StoppedClock) -> AsyncIterator[RpcClient]:
    def add(server: RpcServer) -> None:
        add_services(server, store, clock)
        add_analytics(server, AnalyticsStore(database), clock)

    async with served(add, domain=DOMAIN) as client:
        yield client


@pytest.fixture
def analyst(booking: RpcClient, organization: TenantId) -> Analyst:
    return Analyst(booking, organization)


@pytest.fixture
async def past(service_database: ServiceDatabase, organization: TenantId) -> AsyncIterator[Past]:
    connection = await asyncpg.connect(service_database.superuser_url)
    # What is written by hand is of appointments that never were.
    await connection.execute("SET session_replication_role = replica")
    yield Past(connection, organization)
    await connection.close()
