"""What the use-cases need of the store. Each method is one transaction: no use-case needs two."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis.tenant import TenantId
from tenancy.domain.access.api_keys import ApiKey, KeyHolder, Scope
from tenancy.domain.access.webhook_credentials import Draft, NotEnded, Opened, Use, WebhookCredential
from tenancy.domain.audit.entries import AuditEntry
from tenancy.domain.numbers.phone_numbers import Description, PhoneNumber
from tenancy.domain.organizations.organization import Changes, Organization
from tenancy.domain.quarantine.message import Arrival, QuarantinedMessage, Unsealed
from tenancy.domain.routing.evidence import Evidence, Route
from tenancy.domain.routing.routes import History


class Directory(Protocol):
    """Knows whom evidence names."""

    async def routes(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Route]:
        """Where each well-formed piece leads at an instant; None and the future mean now."""


class Routes(Protocol):
    """Knows what changes."""

    def announcements(self) -> AbstractAsyncContextManager[AsyncIterator[object]]:
        """Comes to an end with an error when further changes would not be announced."""

    async def version(self) -> int:
        """How many changes there were."""

    async def changes_since(self, version: int) -> History: ...


class Gateways(Protocol):
    """Where it is kept which gateways there are."""

    async def note(self, seen: Collection[UUID], counts_for: timedelta) -> int:
        """How many were seen within that time, by any replica; `seen` are seen now."""


class Organizations(Protocol):
    """Where organizations are kept."""

    async def create(self, organization_id: UUID, name: str, timezone: str) -> Organization:
        """Answers the organization that exists under the id, if there is one."""

    async def update(self, organization_id: UUID, changes: Changes) -> Organization | None:
        """The organization as it is then; None if there is none."""

    async def get(self, organization_id: UUID) -> Organization | None: ...

    async def after(self, organization_id: UUID | None, limit: int) -> Sequence[Organization]:
        """The next `limit` organizations in the order of their ids."""


class PhoneNumbers(Protocol):
    """Where it is kept which number is whose."""

    async def map(self, tenant: TenantId, number: str, description: Description) -> PhoneNumber:
        """What the description leaves out stays as it is. Raises PhoneNumberTaken, OrganizationNotFound."""

    async def move(self, receiver: TenantId, number: str, holder: UUID, description: Description) -> PhoneNumber | None:
        """The number as the receiver holds it; None if the holder does not.

        Only Vapi's id of it moves along, unless the description has one. Raises PhoneNumberTaken, OrganizationNotFound.
        """

    async def release(self, tenant: TenantId, phone_number_id: UUID) -> PhoneNumber | None:
        """The number as it was held; None if the tenant does not hold it."""

    async def list(
        self, tenant: TenantId, *, after: UUID | None = None, limit: int | None = None, with_former: bool = False
    ) -> Sequence[PhoneNumber]:
        """The tenant's numbers, oldest first, `limit` of those that follow the one of the id `after`."""


class Assistants(Protocol):
    """Where it is kept which assistant is whose."""

    async def register(self, tenant: TenantId, assistant_id: UUID) -> None:
        """Raises AssistantTaken, OrganizationNotFound."""


class Keyring(Protocol):
    """The API keys of one organization, or of the platform's administration."""

    @property
    def tenant(self) -> TenantId | None:
        """Whose they are; None for the platform's."""

    async def add(self, key_id: UUID, name: str, scope: Scope, digest: bytes) -> ApiKey:
        """Raises TooManyLiveApiKeys, OrganizationNotFound."""

    async def after(self, key_id: UUID | None, limit: int) -> Sequence[ApiKey]:
        """The next `limit` keys, oldest first."""

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        """None if no live key has the id."""


class ApiKeys(Protocol):
    """Where digests of keys are kept."""

    def of(self, tenant: TenantId) -> Keyring: ...

    def of_platform(self) -> Keyring: ...

    async def use(self, digest: bytes) -> KeyHolder | None:
        """Whom the live key of the digest belongs to; its use is noted."""


class WebhookCredentials(Protocol):
    """Where it is kept how an organization's Vapi proves itself."""

    async def add(self, tenant: TenantId, draft: Draft, secret: str) -> Opened:
        """Raises TooManyLiveWebhookCredentials, OrganizationNotFound."""

    async def after(self, tenant: TenantId, credential_id: UUID | None, limit: int) -> Sequence[WebhookCredential]:
        """The next `limit` credentials, oldest first."""

    async def revoke(self, tenant: TenantId, credential_id: UUID, at: datetime | None) -> WebhookCredential | None:
        """None and the past mean now; an end that is earlier stays. None if there is no such credential."""

    async def not_ended(self, tenant: TenantId) -> NotEnded:
        """Whatever cannot be opened is told of beside the others."""

    async def record_uses(self, uses: Sequence[Use]) -> None:
        """Of credentials of any organizations; those that are not known are passed over."""


class AuditLog(Protocol):
    """What was done."""

    async def add(self, action: str, *, organization_id: UUID, subject: str) -> None:
        """An entry of its own, where nothing is changed: something is read."""

    async def before(self, organization_id: UUID | None, entry_id: int | None, limit: int) -> Sequence[AuditEntry]:
        """The next `limit` entries, newest first, of one organization or of all and the platform."""


class Quarantine(Protocol):
    """Where messages are kept of which nobody knows whose they are."""

    async def keep(self, arrival: Arrival, *, contradiction: str | None) -> UUID:
        """The message's id, which is the former one if the body is here already; the contradiction is recorded once.

        Raises QuarantineFull, for what is to wait alone: evidence makes room for newer evidence.
        """

    async def after(self, position: int | None, limit: int) -> Sequence[QuarantinedMessage]:
        """The next `limit` messages in the order in which they were kept."""

    async def read(self, message_id: UUID) -> Unsealed | None:
        """The message, and that it was read is recorded; None if there is none. Raises SealedWithUnknownKey."""

    async def claim(self, lease: timedelta, limit: int) -> Sequence[Unsealed]:
        """The first `limit` messages that are due of one line of which none is leased, as they were received."""

    async def finish(self, message_id: UUID, organization_id: UUID | None) -> bool:
        """Delivered to an organization, or still nobody's. False if no such message waits or was delivered."""

    async def forget_expired(self) -> int:
        """How many have expired since the last time."""
