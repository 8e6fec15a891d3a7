"""Organizations, for the platform administrator."""

from chassis.rpc.interceptors import Context
from switchboard.tenancy.v1 import organization_service_pb2 as organization_pb2
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceServicer
from tenancy.domain.organizations.administer import (
    create_organization,
    get_organization,
    list_organizations,
    update_organization,
)
from tenancy.domain.ports import Organizations
from tenancy.rpc.convert import organizations as convert
from tenancy.rpc.convert.paging import page_begins_after


class OrganizationServicer(OrganizationServiceServicer):
    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    async def CreateOrganization(
        self, request: organization_pb2.CreateOrganizationRequest, context: Context
    ) -> organization_pb2.CreateOrganizationResponse:
        created = await create_organization(
            self._organizations,
            organization_id=request.organization_id,
            name=request.name,
            timezone=request.timezone,
        )
        return organization_pb2.CreateOrganizationResponse(organization=convert.organization(created))

    async def UpdateOrganization(
        self, request: organization_pb2.UpdateOrganizationRequest, context: Context
    ) -> organization_pb2.UpdateOrganizationResponse:
        updated = await update_organization(
            self._organizations,
            request.organization_id,
            name=convert.name(request),
            timezone=convert.timezone(request),
            status=convert.status(request),
            rate_limit_per_minute=convert.rate_limit(request),
        )
        return organization_pb2.UpdateOrganizationResponse(organization=convert.organization(updated))

    async def GetOrganization(
        self, request: organization_pb2.GetOrganizationRequest, context: Context
    ) -> organization_pb2.GetOrganizationResponse:
        found = await get_organization(self._organizations, request.organization_id)
        return organization_pb2.GetOrganizationResponse(organization=convert.organization(found))

    async def ListOrganizations(
        self, request: organization_pb2.ListOrganizationsRequest, context: Context
    ) -> organization_pb2.ListOrganizationsResponse:
        after = page_begins_after(request.page_token)
        page = await list_organizations(self._organizations, after=after, page_size=request.page_size)
        return convert.page(page)
