"""Keys are made, listed and revoked: an organization's own, or the platform's."""

from uuid import UUID

from chassis.paging import Page, page_of
from tenancy.domain.access.api_keys import ApiKey, KeyText, Scope, digest
from tenancy.domain.errors import ApiKeyNotFound
from tenancy.domain.ports import Keyring
from tenancy.domain.text import label, uuid_of


async def create_api_key(keyring: Keyring, name: str, scope: Scope) -> tuple[ApiKey, KeyText]:
    """Make a key; its text is not kept. Raises TooManyLiveApiKeys, OrganizationNotFound."""
    made = KeyText.for_platform() if keyring.tenant is None else KeyText.for_organization()
    return await keyring.add(made.id, label(name), scope, digest(made.text)), made


async def list_api_keys(keyring: Keyring, *, after: UUID | None, page_size: int) -> Page[ApiKey]:
    """Oldest first, the revoked ones too."""
    return await page_of(lambda limit: keyring.after(after, limit), page_size)


async def revoke_api_key(keyring: Keyring, key_id: str) -> ApiKey:
    """End a key; its next use is refused. Raises ApiKeyNotFound, also if it was revoked before."""
    established = uuid_of(key_id)
    revoked = None if established is None else await keyring.revoke(established)
    if revoked is None:
        raise ApiKeyNotFound
    return revoked
