"""`/api/organizations`: the administrator's view of organizations."""

from typing import Any, ClassVar, Literal

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from gateway.http.bodies import Body, given, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals
from gateway.routes.listing import cursor_of, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.organization_service_pb2 import (
    CreateOrganizationRequest,
    GetOrganizationRequest,
    ListOrganizationsRequest,
    Organization,
    UpdateOrganizationRequest,
)
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub


class NewOrganization(Body):
    form: ClassVar[str] = '{"name": text, "timezone": a name of the IANA database, "id"?: a UUID of your choosing}'

    name: str
    timezone: str
    id: str = ""


class ChangedOrganization(Body):
    form: ClassVar[str] = (
        '{"name"?: text, "timezone"?: a name of the IANA database, "status"?: "active" or "suspended"}'
    )

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    status: Literal["active", "suspended"] | UnsetType = UNSET


class OrganizationRoutes:
    def __init__(self, principals: Principals, intake: Intake, tenancy: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._tenancy = tenancy.stub(OrganizationServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/organizations", GET=self.list, POST=self.create),
            resource("/api/organizations/{organization_id}", GET=self.get, PATCH=self.update),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.platform(request):
            page = ListOrganizationsRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._tenancy.ListOrganizations(page)
        return listed(map(_item, found.organizations), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.platform(request):
            new = read_body(request, body, NewOrganization)
            wanted = CreateOrganizationRequest(organization_id=new.id, name=new.name, timezone=new.timezone)
            made = await self._tenancy.CreateOrganization(wanted)
        return JSONResponse(_item(made.organization), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True) as tenant:
            found = await self._tenancy.GetOrganization(GetOrganizationRequest(organization_id=str(tenant)))
        return JSONResponse(_item(found.organization))

    async def update(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, administrators_only=True) as tenant:
            wanted = _update(tenant, read_body(request, body, ChangedOrganization))
            changed = await self._tenancy.UpdateOrganization(wanted)
        return JSONResponse(_item(changed.organization))


def _update(tenant: TenantId, changed: ChangedOrganization) -> UpdateOrganizationRequest:
    return UpdateOrganizationRequest(
        organization_id=str(tenant),
        name=given(changed.name),
        timezone=given(changed.timezone),
        status=Organization.Status.Value(changed.status.upper()) if changed.status else Organization.STATUS_UNSPECIFIED,
    )


def _item(organization: Organization) -> dict[str, Any]:
    return {
        "id": organization.id,
        "name": organization.name,
        "timezone": organization.timezone,
        "status": Organization.Status.Name(organization.status).lower(),
    }
