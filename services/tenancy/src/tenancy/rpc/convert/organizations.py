"""Organizations."""

from collections.abc import Mapping

from chassis.paging import Page
from switchboard.tenancy.v1 import organization_service_pb2 as organization_pb2
from tenancy.domain.organizations.organization import Organization, OrganizationStatus
from tenancy.rpc.convert.paging import page_token

_STATUSES: Mapping[OrganizationStatus, organization_pb2.Organization.Status.ValueType] = {
    OrganizationStatus.ACTIVE: organization_pb2.Organization.ACTIVE,
    OrganizationStatus.SUSPENDED: organization_pb2.Organization.SUSPENDED,
}


def organization(known: Organization) -> organization_pb2.Organization:
    return organization_pb2.Organization(
        id=str(known.id),
        name=known.name,
        timezone=known.timezone,
        status=_STATUSES[known.status],
        rate_limit_per_minute=known.rate_limit_per_minute,
    )


def page(listed: Page[Organization]) -> organization_pb2.ListOrganizationsResponse:
    return organization_pb2.ListOrganizationsResponse(
        organizations=[organization(known) for known in listed.items],
        next_page_token=page_token(listed.items[-1].id) if listed.more else "",
    )


def name(request: organization_pb2.UpdateOrganizationRequest) -> str | None:
    """None if the request says nothing of it."""
    return request.name if request.HasField("name") else None


def timezone(request: organization_pb2.UpdateOrganizationRequest) -> str | None:
    """None if the request says nothing of it."""
    return request.timezone if request.HasField("timezone") else None


def rate_limit(request: organization_pb2.UpdateOrganizationRequest) -> int | None:
    """None if the request says nothing of it."""
    return request.rate_limit_per_minute if request.HasField("rate_limit_per_minute") else None


def status(request: organization_pb2.UpdateOrganizationRequest) -> OrganizationStatus | None:
    """None if the request says nothing of it, or something that is not known yet."""
    return next((known for known, asked in _STATUSES.items() if asked == request.status), None)
