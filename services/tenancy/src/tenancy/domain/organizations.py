"""Organizations: the tenants themselves. Their administration crosses tenants by nature."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from tenancy.domain.errors import MalformedOrganizationId, MissingName, OrganizationNotFound, UnknownTimezone
from tenancy.domain.text import label, uuid_of

PAGE_SIZE = 50
LARGEST_PAGE = 200


class OrganizationStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Organization:
    """The timezone is an IANA name."""

    id: UUID
    name: str
    timezone: str
    status: OrganizationStatus


@dataclass(frozen=True, slots=True)
class Page:
    """Organizations in the order of their ids; `next_after` is the id after which the next page begins."""

    organizations: Sequence[Organization]
    next_after: UUID | None


class Organizations(Protocol):
    """Where organizations are kept."""

    async def create(self, organization_id: UUID, name: str, timezone: str) -> Organization:
        """Answers the organization that exists under the id, if there is one."""

    async def get(self, organization_id: UUID) -> Organization | None: ...

    async def after(self, organization_id: UUID | None, limit: int) -> Sequence[Organization]:
        """The next `limit` organizations in the order of their ids."""


async def create_organization(
    organizations: Organizations, *, organization_id: str, name: str, timezone: str
) -> Organization:
    """Create an organization, under a new id if none was chosen; done again, it changes nothing.

    Raises MalformedOrganizationId, MissingName, UnknownTimezone.
    """
    chosen = _established_id(organization_id) if organization_id else uuid4()
    if not (readable := label(name)):
        raise MissingName
    if timezone not in _timezones():
        raise UnknownTimezone(timezone=label(timezone))
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


@cache
def _timezones() -> frozenset[str]:
    # `localtime` is this machine's own zone: a different one on each.
    return frozenset(available_timezones() - {"localtime"})
