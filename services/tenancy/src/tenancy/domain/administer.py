"""Organizations, administered across tenants."""

from uuid import UUID, uuid4

from tenancy.domain.errors import MalformedOrganizationId, MissingName, OrganizationNotFound
from tenancy.domain.organizations import LARGEST_PAGE, PAGE_SIZE, Organization, Page, check_timezone
from tenancy.domain.ports import Organizations
from tenancy.domain.text import label, uuid_of


async def create_organization(
    organizations: Organizations, *, organization_id: str, name: str, timezone: str
) -> Organization:
    """Create an organization, under a new id if none was chosen; done again, it changes nothing.

    Raises MalformedOrganizationId, MissingName, UnknownTimezone.
    """
    chosen = _established_id(organization_id) if organization_id else uuid4()
    if not (readable := label(name)):
        raise MissingName
    check_timezone(timezone)
    return await organizations.create(chosen, readable, timezone)


async def get_organization(organizations: Organizations, organization_id: str) -> Organization:
    """Raises MalformedOrganizationId, OrganizationNotFound."""
    organization = await organizations.get(_established_id(organization_id))
    if organization is None:
        raise OrganizationNotFound
    return organization


async def list_organizations(organizations: Organizations, *, after: UUID | None, page_size: int) -> Page:
    """A page of at most LARGEST_PAGE; PAGE_SIZE if no size is given."""
    size = min(page_size, LARGEST_PAGE) if page_size > 0 else PAGE_SIZE
    found = await organizations.after(after, size + 1)
    page = found[:size]
    return Page(page, page[-1].id if len(found) > size else None)


def _established_id(text: str) -> UUID:
    if (organization_id := uuid_of(text)) is None:
        raise MalformedOrganizationId
    return organization_id
