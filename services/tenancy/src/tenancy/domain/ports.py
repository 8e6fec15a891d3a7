"""What the use-cases need of the store. Each method is one transaction: no use-case needs two."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.tenant import TenantId
from tenancy.domain.evidence import Evidence, Owner
from tenancy.domain.organizations import Organization
from tenancy.domain.phone_numbers import Description, PhoneNumber


class Directory(Protocol):
    """Knows whom evidence names."""

    async def owners(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Owner]:
        """The owners at an instant of whatever names one; None and the future mean now."""


class Organizations(Protocol):
    """Where organizations are kept."""

    async def create(self, organization_id: UUID, name: str, timezone: str) -> Organization:
        """Answers the organization that exists under the id, if there is one."""

    async def get(self, organization_id: UUID) -> Organization | None: ...

    async def after(self, organization_id: UUID | None, limit: int) -> Sequence[Organization]:
        """The next `limit` organizations in the order of their ids."""


class PhoneNumbers(Protocol):
    """Where it is kept which number is whose."""

    async def map(self, tenant: TenantId, number: str, description: Description) -> PhoneNumber:
        """What the description leaves out stays as it is. Raises PhoneNumberTaken, OrganizationNotFound."""

    async def list(self, tenant: TenantId) -> Sequence[PhoneNumber]:
        """The tenant's present numbers, oldest first."""


class Assistants(Protocol):
    """Where it is kept which assistant is whose."""

    async def register(self, tenant: TenantId, assistant_id: UUID) -> None:
        """Raises AssistantTaken, OrganizationNotFound."""


class ApiKeys(Protocol):
    """Where digests of keys are kept."""

    async def add(self, tenant: TenantId, key_id: UUID, name: str, digest: bytes) -> None:
        """Raises OrganizationNotFound."""

    async def owner_of(self, digest: bytes) -> UUID | None:
        """The organization whose key has the digest."""
