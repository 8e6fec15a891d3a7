"""Organizations, administered across tenants."""

from uuid import UUID, uuid4

from chassis.paging import Page, page_of
from tenancy.domain.errors import MalformedOrganizationId, MissingName, OrganizationNotFound
from tenancy.domain.organizations.organization import (
    Changes,
    Organization,
    OrganizationStatus,
    check_rate_limit,
    check_timezone,
)
from tenancy.domain.ports import Organizations
from tenancy.domain.text import label, uuid_of


async def create_organization(
    organizations: Organizations, *, organization_id: str, name: str, timezone: str
) -> Organization:
    """Create an organization, under a new id if none was chosen; done again, it changes nothing.

    Raises MalformedOrganizationId, MissingName, UnknownTimezone.
    """
    chosen = _established_id(organization_id) if organization_id else uuid4()
    readable = _readable(name)
    check_timezone(timezone)
    return await organizations.create(chosen, readable, timezone)


async def update_organization(
    organizations: Organizations,
    organization_id: str,
    *,
    name: str | None = None,
    timezone: str | None = None,
    status: OrganizationStatus | None = None,
    rate_limit_per_minute: int | None = None,
) -> Organization:
    """Change what is not None; a suspended organization keeps all it has and can be made active again.

    Raises MalformedOrganizationId, MissingName, UnknownTimezone, RateLimitOutOfRange, OrganizationNotFound.
    """
    established = _established_id(organization_id)
    if timezone is not None:
        check_timezone(timezone)
    if rate_limit_per_minute is not None:
        check_rate_limit(rate_limit_per_minute)
    changes = Changes(None if name is None else _readable(name), timezone, status, rate_limit_per_minute)
    updated = await organizations.update(established, changes)
    if updated is None:
        raise OrganizationNotFound
    return updated


async def get_organization(organizations: Organizations, organization_id: str) -> Organization:
    """Raises MalformedOrganizationId, OrganizationNotFound."""
    organization = await organizations.get(_established_id(organization_id))
    if organization is None:
        raise OrganizationNotFound
    return organization


async def list_organizations(organizations: Organizations, *, after: UUID | None, page_size: int) -> Page[Organization]:
    """In the order of their ids."""
    return await page_of(lambda limit: organizations.after(after, limit), page_size)


def _established_id(text: str) -> UUID:
    if (organization_id := uuid_of(text)) is None:
        raise MalformedOrganizationId
    return organization_id


def _readable(name: str) -> str:
    if not (readable := label(name)):
        raise MissingName
    return readable
