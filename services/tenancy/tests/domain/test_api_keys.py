import hashlib
from uuid import UUID, uuid4

import pytest

from chassis.tenant import TenantId
from tenancy.domain.api_keys import authenticate_api_key, create_api_key
from tenancy.domain.errors import ApiKeyUnknown


class KeptKeys:
    """Keys in memory, to see what is kept of them."""

    def __init__(self) -> None:
        self.kept: dict[bytes, UUID] = {}

    async def add(self, tenant: TenantId, key_id: UUID, name: str, digest: bytes) -> None:
        self.kept[digest] = tenant

    async def owner_of(self, digest: bytes) -> UUID | None:
        return self.kept.get(digest)


@pytest.fixture
def keys() -> KeptKeys:
    return KeptKeys()


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


async def test_a_key_names_the_organization_it_was_made_for(keys, tenant):
    created = await create_api_key(keys, tenant, "billing")
    assert await authenticate_api_key(keys, created.key) == tenant


async def test_only_the_sha256_of_a_key_is_kept(keys, tenant):
    created = await create_api_key(keys, tenant, "billing")
    assert keys.kept == {hashlib.sha256(created.key.encode()).digest(): tenant}


async def test_a_key_carries_its_id_and_256_random_bits(keys, tenant):
    first, second = [await create_api_key(keys, tenant, "billing") for _ in range(2)]
    assert first.key.startswith(f"sb_{first.id.hex}_")
    assert len(first.key.removeprefix(f"sb_{first.id.hex}_")) == 43
    assert first.key[-43:] != second.key[-43:]


@pytest.mark.parametrize("spoil", [str.upper, lambda key: key + "x", lambda key: key[:-1], lambda _: "", lambda _: "é"])
async def test_a_key_that_is_not_exactly_the_one_is_unknown(keys, tenant, spoil):
    created = await create_api_key(keys, tenant, "billing")
    with pytest.raises(ApiKeyUnknown):
        await authenticate_api_key(keys, spoil(created.key))
