"""Organizations."""

from collections.abc import Mapping

from switchboard.tenancy.v1 import organization_service_pb2 as organization_pb2
from tenancy.domain.organizations import Organization, OrganizationStatus, Page
from tenancy.rpc.convert.paging import page_token

_STATUSES: Mapping[OrganizationStatus, organization_pb2.Organization.Status.ValueType] = {
    OrganizationStatus.ACTIVE: organization_pb2.Organization.ACTIVE,
    OrganizationStatus.SUSPENDED: organization_pb2.Organization.SUSPENDED,
}


def organization(known: Organization) -> organization_pb2.Organization:
    return organization_pb2.Organization(
        id=str(known.id), name=known.name, timezone=known.timezone, status=_STATUSES[known.status]
    )


def page(listed: Page) -> organization_pb2.ListOrganizationsResponse:
    return organization_pb2.ListOrganizationsResponse(
        organizations=[organization(known) for known in listed.organizations],
        next_page_token=page_token(listed.next_after) if listed.next_after else "",
    )
