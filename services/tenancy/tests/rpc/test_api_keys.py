import asyncio
from uuid import uuid4

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.tenancy.v1.api_key_service_pb2 import (
    READ,
    WRITE,
    AuthenticateApiKeyRequest,
    CreateApiKeyRequest,
    CreatePlatformApiKeyRequest,
    ListApiKeysRequest,
    ListPlatformApiKeysRequest,
    RevokeApiKeyRequest,
    RevokePlatformApiKeyRequest,
)
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub


@pytest.fixture
def api_keys(client):
    return client.stub(ApiKeyServiceStub)


@pytest.fixture
def use(api_keys):
    async def authenticate(key):
        return await api_keys.AuthenticateApiKey(AuthenticateApiKeyRequest(api_key=key), timeout=5)

    return authenticate


class OfAnOrganization:
    """The verbs of keys as an organization has them."""

    def __init__(self, stub, tenant):
        self._stub, self.tenant = stub, tenant

    async def create(self, name="billing", scope=WRITE):
        with tenant_scope(self.tenant):
            return await self._stub.CreateApiKey(CreateApiKeyRequest(name=name, scope=scope), timeout=5)

    async def list(self, **page):
        with tenant_scope(self.tenant):
            return await self._stub.ListApiKeys(ListApiKeysRequest(**page), timeout=5)

    async def revoke(self, key_id):
        with tenant_scope(self.tenant):
            return await self._stub.RevokeApiKey(RevokeApiKeyRequest(id=key_id), timeout=5)


class OfThePlatform:
    """The verbs of keys as the platform has them. Names are its own: other tests make keys of the platform too."""

    def __init__(self, stub):
        self._stub, self._names = stub, uuid4().hex

    async def create(self, name="billing", scope=WRITE):
        request = CreatePlatformApiKeyRequest(name=f"{self._names} {name}", scope=scope)
        return await self._stub.CreatePlatformApiKey(request, timeout=5)

    async def list(self, **page):
        return await self._stub.ListPlatformApiKeys(ListPlatformApiKeysRequest(**page), timeout=5)

    async def revoke(self, key_id):
        return await self._stub.RevokePlatformApiKey(RevokePlatformApiKeyRequest(id=key_id), timeout=5)


@pytest.fixture(params=["organization", "platform"])
async def keyring(request, api_keys, new_organization):
    if request.param == "platform":
        return OfThePlatform(api_keys)
    return OfAnOrganization(api_keys, await new_organization())


@pytest.fixture
async def own(api_keys, new_organization):
    return OfAnOrganization(api_keys, await new_organization())


async def test_a_key_names_its_own_organization_among_several(api_keys, new_organization, use):
    for tenant in [await new_organization() for _ in range(2)]:
        created = await OfAnOrganization(api_keys, tenant).create()
        answer = await use(created.api_key)
        assert (answer.organization_id, answer.key_id, answer.platform) == (str(tenant), created.id, False)


async def test_a_key_of_the_platform_belongs_to_no_organization(api_keys, use):
    created = await OfThePlatform(api_keys).create()
    answer = await use(created.api_key)
    assert created.api_key.startswith("sbp_")
    assert (answer.organization_id, answer.key_id, answer.platform) == ("", created.key.id, True)


@pytest.mark.parametrize(("asked", "given"), [(READ, READ), (WRITE, WRITE), (0, WRITE), (7, READ)])
async def test_a_key_may_do_what_it_was_made_for(keyring, use, asked, given):
    created = await keyring.create(scope=asked)
    assert (created.key.scope, (await use(created.api_key)).scope) == (given, given)


async def test_a_revoked_key_is_refused_at_its_next_use(keyring, use):
    created = await keyring.create()
    await use(created.api_key)
    revoked = await keyring.revoke(created.key.id)
    assert revoked.key.HasField("revoked_at")
    with pytest.raises(RemoteError) as refusal:
        await use(created.api_key)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.UNAUTHENTICATED, "API_KEY_UNKNOWN")


async def test_two_keys_of_a_name_are_live_at_once_and_a_third_is_not(keyring, use):
    first, second = await keyring.create(), await keyring.create()
    with pytest.raises(RemoteError) as refusal:
        await keyring.create()
    assert (refusal.value.kind, refusal.value.reason) == (Kind.CONFLICT, "TOO_MANY_LIVE_API_KEYS")
    for live in (first, second):
        await use(live.api_key)
    await keyring.create("another name")


async def test_a_revoked_key_makes_room_for_another(keyring):
    first, _second = await keyring.create(), await keyring.create()
    await keyring.revoke(first.key.id)
    await keyring.create()


async def test_keys_are_replaced_while_they_are_used_and_no_use_is_refused(own, use):
    """Three times: make a new one, see every user go over to it, revoke the old one."""
    carried = await own.create()
    gone_over, all_have_gone_over, ended = set(), asyncio.Event(), asyncio.Event()

    async def keep_using(user):
        while not ended.is_set():
            key = carried  # as it is now
            assert (await use(key.api_key)).key_id == key.id
            if key is carried:
                gone_over.add(user)
            if len(gone_over) == len(users):
                all_have_gone_over.set()

    users = [asyncio.create_task(keep_using(user)) for user in range(4)]
    for _ in range(3):
        old, carried = carried, await own.create()
        gone_over.clear()
        all_have_gone_over.clear()
        await all_have_gone_over.wait()
        await own.revoke(old.id)
    ended.set()
    await asyncio.gather(*users)


async def test_the_time_of_use_is_noted_once_a_minute(own, use):
    created = await own.create()
    assert not (await own.list()).keys[0].HasField("last_used_at")
    await use(created.api_key)
    first = (await own.list()).keys[0].last_used_at
    await use(created.api_key)
    assert first.seconds > 0
    assert (await own.list()).keys[0].last_used_at == first


async def test_the_platforms_keys_are_noted_when_used_too(api_keys, use):
    created = await OfThePlatform(api_keys).create()
    await use(created.api_key)
    listed = await every_platform_key(api_keys)
    assert listed[created.key.id].HasField("last_used_at")


async def every_platform_key(api_keys):
    """By id; page by page, since keys of other tests are among them."""
    listed, token = {}, ""
    while True:
        page = await api_keys.ListPlatformApiKeys(ListPlatformApiKeysRequest(page_size=3, page_token=token), timeout=5)
        assert len(page.keys) <= 3
        assert not {key.id for key in page.keys} & set(listed)
        listed |= {key.id: key for key in page.keys}
        if not (token := page.next_page_token):
            return listed


async def test_the_platforms_keys_are_listed_in_pages_oldest_first(api_keys):
    platform = OfThePlatform(api_keys)
    made = [(await platform.create(str(name))).key.id for name in range(5)]
    listed = await every_platform_key(api_keys)
    assert [key_id for key_id in listed if key_id in made] == made


async def test_an_organizations_keys_are_listed_in_pages_oldest_first_the_revoked_ones_too(own):
    made = [(await own.create(str(name))).id for name in range(5)]
    await own.revoke(made[1])
    first = await own.list(page_size=2)
    second = await own.list(page_size=2, page_token=first.next_page_token)
    third = await own.list(page_size=2, page_token=second.next_page_token)
    assert [key.id for page in (first, second, third) for key in page.keys] == made
    assert third.next_page_token == ""


async def test_a_list_tells_everything_of_a_key_but_the_key(own):
    created = await own.create("  billing\nof the clinic ", READ)
    listed = await own.list()
    assert listed.keys[0] == created.key
    assert (listed.keys[0].name, listed.keys[0].scope) == ("billing of the clinic", READ)
    assert created.api_key.rpartition("_")[2] not in str(listed)


async def test_another_organizations_key_is_neither_listed_nor_revoked(own, api_keys, new_organization, use):
    created = await own.create()
    stranger = OfAnOrganization(api_keys, await new_organization())
    with pytest.raises(RemoteError) as refusal:
        await stranger.revoke(created.id)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "API_KEY_NOT_FOUND")
    assert (refusal.value.metadata, list((await stranger.list()).keys)) == ({}, [])
    await use(created.api_key)


async def test_an_organizations_key_is_no_key_of_the_platform_nor_the_other_way_round(own, api_keys):
    platform = OfThePlatform(api_keys)
    for keyring, key in ((platform, await own.create()), (own, await platform.create())):
        with pytest.raises(RemoteError) as refusal:
            await keyring.revoke(key.key.id)
        assert refusal.value.reason == "API_KEY_NOT_FOUND"


async def test_a_key_is_revoked_once(keyring):
    created = await keyring.create()
    await keyring.revoke(created.key.id)
    with pytest.raises(RemoteError) as refusal:
        await keyring.revoke(created.key.id)
    assert refusal.value.reason == "API_KEY_NOT_FOUND"


@pytest.mark.parametrize("key_id", ["", "billing", "\x00"])
async def test_a_key_whose_id_is_no_id_is_not_found(keyring, key_id):
    with pytest.raises(RemoteError) as refusal:
        await keyring.revoke(key_id)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "API_KEY_NOT_FOUND")


async def test_a_page_that_was_never_begun_cannot_be_gone_on_with(keyring):
    with pytest.raises(RemoteError) as refusal:
        await keyring.list(page_token="é")
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_PAGE_TOKEN")


@pytest.mark.parametrize(
    "key", ["", "sb_", "sbp_", "Bearer", f"sb_{'0' * 32}_{'A' * 43}", f"sbp_{'0' * 32}_{'A' * 43}", "\x00", "é" * 1000]
)
async def test_a_key_that_is_nobodys_is_unknown_whatever_its_form(use, key):
    with pytest.raises(RemoteError) as refusal:
        await use(key)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.UNAUTHENTICATED, "API_KEY_UNKNOWN")


async def test_an_organization_that_does_not_exist_gets_no_key(api_keys):
    with pytest.raises(RemoteError) as refusal:
        await OfAnOrganization(api_keys, TenantId(uuid4())).create()
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("CreateApiKey", CreateApiKeyRequest(name="billing")),
        ("ListApiKeys", ListApiKeysRequest()),
        ("RevokeApiKey", RevokeApiKeyRequest(id=str(uuid4()))),
    ],
)
async def test_without_an_organization_there_are_no_keys(api_keys, method, request_):
    with pytest.raises(RemoteError) as refusal:
        await getattr(api_keys, method)(request_, timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")
