"""Tenancy, as far as assistant-sync asks it, over real gRPC: any organization is known, and holds the numbers given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.rpc.interceptors import Context
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId, current_tenant
from chassis.testing.servers import TestServerSettings
from switchboard.tenancy.v1 import organization_service_pb2, phone_number_service_pb2, tenancy_service_pb2
from switchboard.tenancy.v1.organization_service_pb2_grpc import (
    OrganizationServiceServicer,
    add_OrganizationServiceServicer_to_server,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import (
    PhoneNumberServiceServicer,
    add_PhoneNumberServiceServicer_to_server,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer, add_TenancyServiceServicer_to_server


@dataclass
class Tenancy(TenancyServiceServicer, OrganizationServiceServicer, PhoneNumberServiceServicer):
    address: str = ""
    organizations: list[TenantId] = field(default_factory=list)
    registered: dict[TenantId, set[str]] = field(default_factory=dict)
    held: dict[TenantId, dict[str, str]] = field(default_factory=dict)
    """Vapi's ids of the numbers that each organization holds, by number; empty where none is known."""
    keeps_waiting: dict[TenantId, asyncio.Event] = field(default_factory=dict)
    """Organizations whose assistants nobody is told of: the event is set when somebody tries."""

    async def ResolveTenant(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        answer = tenancy_service_pb2.ResolveTenantResponse
        known = not request.assistant_id or any(request.assistant_id in ids for ids in self.registered.values())
        return answer(outcome=answer.RESOLVED if known else answer.UNKNOWN)

    async def RegisterAssistant(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        tenant = current_tenant()
        if waiting := self.keeps_waiting.get(tenant):
            waiting.set()
            await asyncio.Event().wait()
        self.registered.setdefault(tenant, set()).add(request.vapi_assistant_id)
        return tenancy_service_pb2.RegisterAssistantResponse()

    async def GetOrganization(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        organization = organization_service_pb2.Organization(name="Lakeside Dental", timezone="America/New_York")
        return organization_service_pb2.GetOrganizationResponse(organization=organization)

    async def ListOrganizations(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        organizations = [organization_service_pb2.Organization(id=str(one)) for one in self.organizations]
        return organization_service_pb2.ListOrganizationsResponse(organizations=organizations)

    async def ListPhoneNumbers(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        held = self.held.get(current_tenant(), {})
        one = phone_number_service_pb2.PhoneNumber
        numbers = [one(number=number, vapi_phone_number_id=vapi_id) for number, vapi_id in held.items()]
        return phone_number_service_pb2.ListPhoneNumbersResponse(phone_numbers=numbers)

    async def MapPhoneNumber(self, request: Any, context: Context) -> Any:  # noqa: N802  # its name in the proto
        self.held[current_tenant()][request.number] = request.vapi_phone_number_id
        return phone_number_service_pb2.MapPhoneNumberResponse()

    def knows(self, tenant: UUID) -> TenantId:
        self.organizations.append(TenantId(tenant))
        return TenantId(tenant)


@asynccontextmanager
async def running_tenancy() -> AsyncIterator[Tenancy]:
    servicer = Tenancy()  # type: ignore[abstract]  # the other RPCs are nobody's here
    server = RpcServer(TestServerSettings(), domain="tenancy.switchboard")
    for proto, service, add in (
        (tenancy_service_pb2, "TenancyService", add_TenancyServiceServicer_to_server),
        (organization_service_pb2, "OrganizationService", add_OrganizationServiceServicer_to_server),
        (phone_number_service_pb2, "PhoneNumberService", add_PhoneNumberServiceServicer_to_server),
    ):
        server.add(proto.DESCRIPTOR.services_by_name[service].full_name, servicer, add)
    await server.start()
    servicer.address = f"127.0.0.1:{server.port}"
    try:
        yield servicer
    finally:
        await server.stop(grace=0.1)
