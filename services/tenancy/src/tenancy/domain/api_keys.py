"""API keys: `sb_<id>_<secret>`, opaque to those who carry them.

We keep the SHA-256 of the whole key and find it by that. The secret holds 256 random bits, so the digest needs no salt
and no slow hash, and since nobody can steer a digest towards another, the look-up's timing tells nothing.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

from chassis.tenant import TenantId
from tenancy.domain.errors import ApiKeyUnknown
from tenancy.domain.ports import ApiKeys
from tenancy.domain.text import label

_SECRET_BYTES = 32
_FORM = re.compile(r"sb_[0-9a-f]{32}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key in the one moment in which it can be shown."""

    id: UUID
    key: str


async def create_api_key(api_keys: ApiKeys, tenant: TenantId, name: str) -> NewApiKey:
    """Make a key for the organization. Raises OrganizationNotFound."""
    key_id = uuid4()
    key = f"sb_{key_id.hex}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    await api_keys.add(tenant, key_id, label(name), _digest(key))
    return NewApiKey(key_id, key)


async def authenticate_api_key(api_keys: ApiKeys, key: str) -> UUID:
    """The organization that a key belongs to. Raises ApiKeyUnknown."""
    owner = await api_keys.owner_of(_digest(key)) if _FORM.fullmatch(key) else None
    if owner is None:
        raise ApiKeyUnknown
    return owner


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
