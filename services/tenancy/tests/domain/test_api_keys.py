import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from chassis.tenant import TenantId
from tenancy.domain.access.administer_api_keys import create_api_key, revoke_api_key
from tenancy.domain.access.api_keys import ApiKey, KeyHolder, Scope
from tenancy.domain.access.authenticate_api_key import authenticate_api_key
from tenancy.domain.errors import ApiKeyNotFound, ApiKeyUnknown

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class KeptKeys:
    """Keys in memory, to see what is kept of them; their own ring."""

    def __init__(self, tenant: TenantId | None) -> None:
        self.tenant = tenant
        self.kept: dict[bytes, KeyHolder] = {}

    async def add(self, key_id: UUID, name: str, scope: Scope, digest: bytes) -> ApiKey:
        self.kept[digest] = KeyHolder(self.tenant, key_id, scope)
        return ApiKey(key_id, name, scope, NOW)

    async def after(self, key_id: UUID | None, limit: int) -> Sequence[ApiKey]:
        return [ApiKey(uuid4(), "billing", Scope.READ, NOW)] * limit

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        return None

    def of(self, tenant: TenantId) -> "KeptKeys":
        return self

    def of_platform(self) -> "KeptKeys":
        return self

    async def use(self, digest: bytes) -> KeyHolder | None:
        return self.kept.get(digest)


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture
def keys(tenant: TenantId) -> KeptKeys:
    return KeptKeys(tenant)


@pytest.mark.parametrize("scope", Scope)
async def test_a_key_names_its_holder_and_its_scope(keys, tenant, scope):
    key, made = await create_api_key(keys, "billing", scope)
    assert await authenticate_api_key(keys, made.text) == KeyHolder(tenant, key.id, scope)


async def test_only_the_sha256_of_a_key_is_kept(keys):
    _key, made = await create_api_key(keys, "billing", Scope.WRITE)
    assert list(keys.kept) == [hashlib.sha256(made.text.encode()).digest()]


@pytest.mark.parametrize(("whose", "mark"), [(TenantId(uuid4()), "sb"), (None, "sbp")])
async def test_a_key_carries_whose_kind_it_is_its_id_and_256_random_bits(whose, mark):
    made = [(await create_api_key(KeptKeys(whose), "billing", Scope.WRITE))[1] for _ in range(2)]
    for one in made:
        assert one.text.startswith(f"{mark}_{one.id.hex}_")
        assert len(one.text.removeprefix(f"{mark}_{one.id.hex}_")) == 43
    assert made[0].text[-43:] != made[1].text[-43:]


async def test_a_key_does_not_show_itself_where_it_is_printed(keys):
    _key, made = await create_api_key(keys, "billing", Scope.WRITE)
    assert made.text not in repr(made)


@pytest.mark.parametrize("spoil", [str.upper, lambda key: key + "x", lambda key: key[:-1], lambda _: "", lambda _: "é"])
async def test_a_key_that_is_not_exactly_the_one_is_unknown(keys, spoil):
    _key, made = await create_api_key(keys, "billing", Scope.WRITE)
    with pytest.raises(ApiKeyUnknown):
        await authenticate_api_key(keys, spoil(made.text))


@pytest.mark.parametrize(
    "key_id", ["", "billing", "6f7e6735-ca62-42d6-af42-05665772bb2e", "{6f7e6735-ca62-42d6-af42-05665772bb2e}"]
)
async def test_a_key_that_is_not_there_cannot_be_revoked(keys, key_id):
    with pytest.raises(ApiKeyNotFound):
        await revoke_api_key(keys, key_id)
