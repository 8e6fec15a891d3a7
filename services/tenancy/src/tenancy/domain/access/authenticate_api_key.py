"""Whom a key belongs to."""

from tenancy.domain.access.api_keys import KeyHolder, digest, is_well_formed
from tenancy.domain.errors import ApiKeyUnknown
from tenancy.domain.ports import ApiKeys


async def authenticate_api_key(api_keys: ApiKeys, key: str) -> KeyHolder:
    """Whom a key belongs to and what it may do; the use is noted. Raises ApiKeyUnknown."""
    holder = await api_keys.use(digest(key)) if is_well_formed(key) else None
    if holder is None:
        raise ApiKeyUnknown
    return holder
