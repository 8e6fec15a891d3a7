"""`/api/organizations`: the administrator's view of organizations."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chassis.rpc.client import RpcClient
from chassis.tenant import current_tenant
from gateway.http.answers import Created, Page, Uuid, page, words
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Paging
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
    example: ClassVar = {"name": "Riverside Practice", "timezone": "America/New_York"}

    name: str
    timezone: str
    id: str = ""


class ChangedOrganization(Body):
    form: ClassVar[str] = (
        '{"name"?: text, "timezone"?: a name of the IANA database, "status"?: "active" or "suspended", '
        '"rate_limit_per_minute"?: a whole number from 1 to 1000000, or null for what the deployment allows all}'
    )
    example: ClassVar = {"name": "Riverside Practice"}

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    status: Literal["active", "suspended"] | UnsetType = UNSET
    rate_limit_per_minute: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType | None = UNSET


class OrganizationItem(Struct):
    id: Uuid
    name: str
    timezone: str
    status: Annotated[str, words(Organization.Status)]
    rate_limit_per_minute: int | None
    """What it may ask for, of each class that is limited; null: what the deployment allows all."""


class OrganizationRoutes:
    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = tenancy.stub(OrganizationServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/organizations",
                GET=operation(self.list, "List organizations", who=Who.ADMINISTRATOR),
                POST=operation(
                    self.create,
                    "Create an organization",
                    who=Who.ADMINISTRATOR,
                    problems={400: ("MALFORMED_ORGANIZATION_ID", "MISSING_NAME", "UNKNOWN_TIMEZONE")},
                ),
            ),
            resource(
                "/api/organizations/{organization_id}",
                GET=operation(self.get, "Read an organization", who=Who.ORGANIZATIONS_ADMINISTRATOR),
                PATCH=operation(
                    self.update,
                    "Change an organization",
                    who=Who.ORGANIZATIONS_ADMINISTRATOR,
                    problems={400: ("MISSING_NAME", "UNKNOWN_TIMEZONE")},
                ),
            ),
        ]

    async def list(self, paging: Paging) -> Page[OrganizationItem]:
        wanted = ListOrganizationsRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._tenancy.ListOrganizations(wanted)
        return page(map(_item, found.organizations), found.next_page_token)

    async def create(self, new: NewOrganization) -> Created[OrganizationItem]:
        wanted = CreateOrganizationRequest(organization_id=new.id, name=new.name, timezone=new.timezone)
        made = await self._tenancy.CreateOrganization(wanted)
        return Created(_item(made.organization))

    async def get(self) -> OrganizationItem:
        found = await self._tenancy.GetOrganization(GetOrganizationRequest(organization_id=str(current_tenant())))
        return _item(found.organization)

    async def update(self, changed: ChangedOrganization) -> OrganizationItem:
        return _item((await self._tenancy.UpdateOrganization(_update(changed))).organization)


def _update(changed: ChangedOrganization) -> UpdateOrganizationRequest:
    return UpdateOrganizationRequest(
        organization_id=str(current_tenant()),
        name=given(changed.name),
        timezone=given(changed.timezone),
        status=Organization.Status.Value(changed.status.upper()) if changed.status else Organization.STATUS_UNSPECIFIED,
        rate_limit_per_minute=0 if changed.rate_limit_per_minute is None else given(changed.rate_limit_per_minute),
    )


def _item(organization: Organization) -> OrganizationItem:
    return OrganizationItem(
        id=organization.id,
        name=organization.name,
        timezone=organization.timezone,
        status=Organization.Status.Name(organization.status).lower(),
        rate_limit_per_minute=(
            organization.rate_limit_per_minute if organization.HasField("rate_limit_per_minute") else None
        ),
    )
