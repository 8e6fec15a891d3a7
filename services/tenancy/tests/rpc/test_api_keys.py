from uuid import uuid4

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.tenancy.v1.api_key_service_pb2 import AuthenticateApiKeyRequest, CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub


@pytest.fixture
def api_keys(client):
    return client.stub(ApiKeyServiceStub)


async def test_a_key_names_its_own_organization_among_several(api_keys, new_organization):
    tenants = [await new_organization() for _ in range(2)]
    for tenant in tenants:
        with tenant_scope(tenant):
            created = await api_keys.CreateApiKey(CreateApiKeyRequest(name="billing"), timeout=5)
        answer = await api_keys.AuthenticateApiKey(AuthenticateApiKeyRequest(api_key=created.api_key), timeout=5)
        assert answer.organization_id == str(tenant)


@pytest.mark.parametrize("key", ["", "sb_", "Bearer", f"sb_{'0' * 32}_{'A' * 43}", "\x00", "é" * 1000])
async def test_a_key_that_is_nobodys_is_unknown_whatever_its_form(api_keys, key):
    with pytest.raises(RemoteError) as refusal:
        await api_keys.AuthenticateApiKey(AuthenticateApiKeyRequest(api_key=key), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.UNAUTHENTICATED, "API_KEY_UNKNOWN")


async def test_an_organization_that_does_not_exist_gets_no_key(api_keys):
    with tenant_scope(TenantId(uuid4())), pytest.raises(RemoteError) as refusal:
        await api_keys.CreateApiKey(CreateApiKeyRequest(name="billing"), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")


async def test_without_an_organization_no_key_is_made(api_keys):
    with pytest.raises(RemoteError) as refusal:
        await api_keys.CreateApiKey(CreateApiKeyRequest(name="billing"), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")
