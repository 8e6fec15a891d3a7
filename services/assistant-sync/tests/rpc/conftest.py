from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import grpc
import pytest

from assistant_sync.app import DOMAIN, UseCases, add_services, put_together
from assistant_sync.settings import AssistantSyncSettings
from chassis.errors import RemoteError
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId, current_tenant, tenant_scope
from chassis.testing.clock import StoppedClock
from chassis.testing.servers import TestServerSettings, served
from switchboard.assistants.v1 import agent_service_pb2 as pb
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.tenancy.v1 import tenancy_service_pb2
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer, add_TenancyServiceServicer_to_server


@dataclass
class Tenancy(TenancyServiceServicer):
    """The RPCs of tenancy that this service calls, over real gRPC."""

    port: int = 0
    registered: list[tuple[TenantId, str]] = field(default_factory=list)
    refusal: RemoteError | None = None
    unknown: bool = False

    async def ResolveTenant(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802  # its name in the proto
        outcome = tenancy_service_pb2.ResolveTenantResponse
        return outcome(outcome=outcome.UNKNOWN if self.unknown else outcome.RESOLVED)

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
    await server.start()
    servicer.port = server.port
    yield servicer
    await server.stop(grace=0.5)


@dataclass
class Client:
    """AgentService as a caller sees it, for one organization."""

    use_cases: UseCases
    stub: AgentServiceStub
    tenant: TenantId

    async def save(self, **fields: Any) -> pb.Agent:
        with tenant_scope(self.tenant):
            request = pb.SaveAgentRequest(**{"type": pb.INBOUND, **fields})
            return (await self.stub.SaveAgent(request, timeout=20)).agent

    async def get(self, agent_type: Any = pb.INBOUND) -> pb.Agent:
        with tenant_scope(self.tenant):
            return (await self.stub.GetAgent(pb.GetAgentRequest(type=agent_type), timeout=5)).agent

    async def list(self) -> list[pb.Agent]:
        with tenant_scope(self.tenant):
            return list((await self.stub.ListAgents(pb.ListAgentsRequest(), timeout=5)).agents)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2027, 3, 1, 12, tzinfo=UTC))


Instance = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture
def instance(database, vapi, tenancy, clock, tenant: UUID) -> Instance:
    """Starts one more instance of the service on the same database and the same Vapi account."""

    @asynccontextmanager
    async def start() -> AsyncIterator[Client]:
        settings = AssistantSyncSettings(
            database_url=database.app_url,
            tenancy_addr=f"127.0.0.1:{tenancy.port}",
            vapi_private_key="a-private-key",
            vapi_base_url="https://vapi.example",
            vapi_requests_per_second=10_000,
            vapi_webhook_secret="the-webhook-secret",
            backend_url="https://switchboard.example",
        )
        async with (
            put_together(settings, clock=clock, vapi_transport=vapi) as use_cases,
            served(partial(add_services, use_cases=use_cases), domain=DOMAIN) as client,
        ):
            yield Client(use_cases, client.stub(AgentServiceStub), tenant)

    return start


@pytest.fixture
async def service(instance: Instance) -> AsyncIterator[Client]:
    async with instance() as started:
        yield started
