"""Tenancy, which knows the organizations and is told whose assistant is whose."""

from assistant_sync.domain.agents.clinic import Clinic
from assistant_sync.domain.trouble import AssistantTaken, RegistryAway
from chassis.errors import DomainError, Kind
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from switchboard.tenancy.v1.organization_service_pb2 import GetOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import (
    RegisterAssistantRequest,
    ResolveTenantRequest,
    ResolveTenantResponse,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub

_TIMEOUT = 3.0

_NAMES_SOMEBODY = (ResolveTenantResponse.RESOLVED, ResolveTenantResponse.SUSPENDED)


class TenancyRegistry:
    def __init__(self, tenancy: RpcClient) -> None:
        self._stub = tenancy.stub(TenancyServiceStub)
        self._organizations = tenancy.stub(OrganizationServiceStub)

    async def knows(self, tenant: TenantId) -> bool:
        # An organization's id alone, without any line, names it if it is active.
        request = ResolveTenantRequest(metadata_org_id=str(tenant))
        return bool(await self._outcome(request) == ResolveTenantResponse.RESOLVED)

    async def has(self, assistant_id: str) -> bool:
        return bool(await self._outcome(ResolveTenantRequest(assistant_id=assistant_id)) in _NAMES_SOMEBODY)

    async def clinic(self, tenant: TenantId) -> Clinic | None:
        request = GetOrganizationRequest(organization_id=str(tenant))
        try:
            answer = await self._organizations.GetOrganization(request, timeout=_TIMEOUT)
        except DomainError:
            return None
        return Clinic(answer.organization.name, answer.organization.timezone)

    async def _outcome(self, request: ResolveTenantRequest) -> "ResolveTenantResponse.Outcome.ValueType":
        try:
            return (await self._stub.ResolveTenant(request, timeout=_TIMEOUT)).outcome
        except DomainError as error:
            raise RegistryAway from error

    async def register(self, assistant_id: str) -> None:
        request = RegisterAssistantRequest(vapi_assistant_id=assistant_id)
        try:
            await self._stub.RegisterAssistant(request, timeout=_TIMEOUT)
        except DomainError as error:
            raise AssistantTaken if error.kind is Kind.CONFLICT else RegistryAway from error
