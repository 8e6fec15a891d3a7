import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import grpc
import pytest

from assistant_sync.app import DOMAIN, UseCases, add_services, put_together
from assistant_sync.domain.reconciling.work import WorkKind
from assistant_sync.settings import AssistantSyncSettings
from chassis.errors import Kind, RemoteError
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId, current_tenant, tenant_scope
from chassis.testing.clock import StoppedClock
from chassis.testing.servers import TestServerSettings, served
from switchboard.assistants.v1 import agent_service_pb2 as pb
from switchboard.assistants.v1 import drift_service_pb2, tool_service_pb2
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.assistants.v1.drift_service_pb2_grpc import DriftServiceStub
from switchboard.assistants.v1.tool_service_pb2_grpc import ToolServiceStub
from switchboard.assistants.v1.vapi_call_service_pb2_grpc import VapiCallServiceStub
from switchboard.tenancy.v1 import organization_service_pb2, phone_number_service_pb2, tenancy_service_pb2
from switchboard.tenancy.v1.organization_service_pb2 import (
    GetOrganizationResponse,
    ListOrganizationsResponse,
    Organization,
)
from switchboard.tenancy.v1.organization_service_pb2_grpc import (
    OrganizationServiceServicer,
    add_OrganizationServiceServicer_to_server,
)
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersResponse,
    MapPhoneNumberResponse,
    PhoneNumber,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import (
    PhoneNumberServiceServicer,
    add_PhoneNumberServiceServicer_to_server,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer, add_TenancyServiceServicer_to_server


@dataclass
class Tenancy(TenancyServiceServicer, OrganizationServiceServicer, PhoneNumberServiceServicer):
    """The RPCs of tenancy that this service calls, over real gRPC."""

    port: int = 0
    registered: list[tuple[TenantId, str]] = field(default_factory=list)
    refusal: RemoteError | None = None
    unknown: bool = False
    hangs: bool = False
    """Whoever asks for an organization waits."""
    taken: set[str] = field(default_factory=set)
    """Assistants that are registered to somebody."""
    numbers: dict[TenantId, dict[str, str]] = field(default_factory=dict)
    """What each organization holds: Vapi's id by number."""
    organization: Organization = field(
        default_factory=lambda: Organization(name="Lakeside Dental", timezone="America/New_York")
    )

    async def ResolveTenant(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        answer = tenancy_service_pb2.ResolveTenantResponse
        known = request.assistant_id in self.taken if request.assistant_id else not self.unknown
        return answer(outcome=answer.RESOLVED if known else answer.UNKNOWN)

    async def GetOrganization(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        if self.hangs:
            await asyncio.Event().wait()
        if self.organization.name == "":
            raise RemoteError(Kind.UNAVAILABLE, "AWAY")
        return GetOrganizationResponse(organization=self.organization)

    async def ListOrganizations(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        return ListOrganizationsResponse(organizations=[Organization(id=str(tenant)) for tenant in self.numbers])

    async def ListPhoneNumbers(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        held = self.numbers.get(current_tenant(), {})
        return ListPhoneNumbersResponse(
            phone_numbers=[PhoneNumber(number=one, vapi_phone_number_id=vapi_id) for one, vapi_id in held.items()]
        )

    async def MapPhoneNumber(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        self.numbers[current_tenant()][request.number] = request.vapi_phone_number_id
        return MapPhoneNumberResponse()

    async def RegisterAssistant(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        if self.refusal is not None:
            raise self.refusal
        self.registered.append((current_tenant(), request.vapi_assistant_id))
        return tenancy_service_pb2.RegisterAssistantResponse()


@pytest.fixture
async def tenancy() -> AsyncIterator[Tenancy]:
    servicer = Tenancy()
    server = RpcServer(TestServerSettings(), domain="tenancy.switchboard")
    name = tenancy_service_pb2.DESCRIPTOR.services_by_name["TenancyService"].full_name
    server.add(name, servicer, add_TenancyServiceServicer_to_server)
    organizations = organization_service_pb2.DESCRIPTOR.services_by_name["OrganizationService"].full_name
    server.add(organizations, servicer, add_OrganizationServiceServicer_to_server)
    numbers = phone_number_service_pb2.DESCRIPTOR.services_by_name["PhoneNumberService"].full_name
    server.add(numbers, servicer, add_PhoneNumberServiceServicer_to_server)
    await server.start()
    servicer.port = server.port
    yield servicer
    await server.stop(grace=0.5)


@dataclass
class Client:
    """AgentService as a caller sees it, for one organization."""

    use_cases: UseCases
    stub: AgentServiceStub
    drift_stub: DriftServiceStub
    tools: ToolServiceStub
    vapi_calls: VapiCallServiceStub
    tenant: TenantId

    async def save(self, **fields: Any) -> pb.Agent:
        with tenant_scope(self.tenant):
            request = pb.SaveAgentRequest(**{"type": pb.INBOUND, **fields})
            return (await self.stub.SaveAgent(request, timeout=20)).agent

    async def get(self, agent_type: Any = pb.INBOUND) -> pb.Agent:
        with tenant_scope(self.tenant):
            return (await self.stub.GetAgent(pb.GetAgentRequest(type=agent_type), timeout=5)).agent

    async def point(self, assistant_id: str, url: str = "") -> str:
        with tenant_scope(self.tenant):
            request = pb.SetAgentWebhookRequest(vapi_assistant_id=assistant_id, webhook_url=url)
            return (await self.stub.SetAgentWebhook(request, timeout=20)).webhook_url

    async def drift(self) -> drift_service_pb2.FindDriftResponse:
        with tenant_scope(self.tenant):
            return await self.drift_stub.FindDrift(drift_service_pb2.FindDriftRequest(), timeout=20)

    async def publish(self) -> dict[str, tool_service_pb2.PublishedTool]:
        """The tools by their names."""
        answer = await self.tools.PublishTools(tool_service_pb2.PublishToolsRequest(), timeout=20)
        return {tool.name: tool for tool in answer.tools}

    async def published(self) -> dict[str, tool_service_pb2.PublishedTool]:
        answer = await self.tools.ListPublishedTools(tool_service_pb2.ListPublishedToolsRequest(), timeout=5)
        return {tool.name: tool for tool in answer.tools}

    async def catch_up(self) -> None:
        """Everything is due, and done: what the reconciler does by itself, now and then."""
        await self.use_cases.reconciler.queue.want_all(list(WorkKind))
        await self.use_cases.reconciler.until_idle()

    async def list(self) -> list[pb.Agent]:
        with tenant_scope(self.tenant):
            return list((await self.stub.ListAgents(pb.ListAgentsRequest(), timeout=5)).agents)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2027, 3, 1, 12, tzinfo=UTC))


Instance = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
async def _nothing_left_to_do(database) -> None:
    """Nothing of what other tests left behind is due in this one."""
    superuser = await asyncpg.connect(database.superuser_url)
    await superuser.execute("TRUNCATE assistant_sync.agents, assistant_sync.work, assistant_sync.addresses")
    await superuser.execute("TRUNCATE assistant_sync.vapi_accounts, assistant_sync.vapi_numbers")
    await superuser.execute("TRUNCATE assistant_sync.published_tools, assistant_sync.former_tools")
    await superuser.execute("TRUNCATE assistant_sync.listed_calls, assistant_sync.call_comparisons")
    await superuser.close()


@pytest.fixture
def instance(database, vapi, tenancy, clock, tenant: UUID, _nothing_left_to_do) -> Instance:
    """Starts one more instance of the service on the same database and the same Vapi account."""

    @asynccontextmanager
    async def start(webhook_secret: str = "the-webhook-secret") -> AsyncIterator[Client]:
        settings = AssistantSyncSettings(
            database_url=database.app_url,
            tenancy_addr=f"127.0.0.1:{tenancy.port}",
            booking_addr=f"127.0.0.1:{tenancy.port}",
            vapi_private_key="a-private-key",
            vapi_base_url="https://vapi.example",
            vapi_requests_per_second=10_000,
            vapi_webhook_secret=webhook_secret,
            backend_url="https://switchboard.example",
        )
        async with (
            put_together(settings, clock=clock, vapi_transport=vapi) as use_cases,
            served(partial(add_services, use_cases=use_cases), domain=DOMAIN) as client,
        ):
            stubs = [
                client.stub(each) for each in (AgentServiceStub, DriftServiceStub, ToolServiceStub, VapiCallServiceStub)
            ]
            yield Client(use_cases, *stubs, tenant)

    return start


@pytest.fixture
def stranger(service: Client) -> Client:
    """Another organization's."""
    return replace(service, tenant=TenantId(uuid4()))


@pytest.fixture
async def database_as_superuser(database) -> AsyncIterator[asyncpg.Connection]:
    superuser = await asyncpg.connect(database.superuser_url)
    yield superuser
    await superuser.close()


@pytest.fixture
def a_minute_later(database) -> Callable[[], Awaitable[None]]:
    """Lets the minute pass after which a key that Vapi refused is tried again."""

    async def pass_a_minute() -> None:
        superuser = await asyncpg.connect(database.superuser_url)
        await superuser.execute("UPDATE assistant_sync.vapi_accounts SET probe_at = probe_at - interval '1 minute'")
        await superuser.close()

    return pass_a_minute


@pytest.fixture
async def service(instance: Instance) -> AsyncIterator[Client]:
    async with instance() as started:
        yield started
