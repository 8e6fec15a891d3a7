"""An organization's own rate limit is told with its routes and its keys, and so is its change."""

import asyncio

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import tenant_scope
from switchboard.tenancy.v1.api_key_service_pb2 import AuthenticateApiKeyRequest, CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.organization_service_pb2 import GetOrganizationRequest, UpdateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest, WatchRoutesRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub


@pytest.fixture
def limit(client):
    """Gives an organization a limit, and answers the limit that it has then; None if it has none of its own."""
    organizations = client.stub(OrganizationServiceStub)

    async def given(tenant, per_minute=None):
        request = UpdateOrganizationRequest(organization_id=str(tenant), rate_limit_per_minute=per_minute)
        return _limit_in((await organizations.UpdateOrganization(request, timeout=5)).organization)

    return given


def _limit_in(message):
    return message.rate_limit_per_minute if message.HasField("rate_limit_per_minute") else None


async def test_an_organization_has_no_limit_of_its_own_until_it_is_given_one(client, limit, new_organization):
    tenant = await new_organization()
    assert await limit(tenant) is None
    assert await limit(tenant, 250) == 250
    assert await limit(tenant) == 250
    request = GetOrganizationRequest(organization_id=str(tenant))
    got = await client.stub(OrganizationServiceStub).GetOrganization(request, timeout=5)
    assert _limit_in(got.organization) == 250


async def test_zero_takes_an_organizations_own_limit_away(limit, new_organization):
    tenant = await new_organization()
    await limit(tenant, 250)
    assert await limit(tenant, 0) is None


@pytest.mark.parametrize("per_minute", [-1, 1_000_001])
async def test_a_limit_that_cannot_be_is_refused(limit, new_organization, per_minute):
    with pytest.raises(RemoteError) as refusal:
        await limit(await new_organization(), per_minute)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "RATE_LIMIT_OUT_OF_RANGE")


async def test_the_limit_is_told_with_the_route(client, limit, new_organization, new_number):
    tenant, number = await new_organization(), new_number()
    with tenant_scope(tenant):
        await client.stub(PhoneNumberServiceStub).MapPhoneNumber(MapPhoneNumberRequest(number=number), timeout=5)
    resolve = client.stub(TenancyServiceStub).ResolveTenant
    before = await resolve(ResolveTenantRequest(called_number=number), timeout=5)
    await limit(tenant, 250)
    after = await resolve(ResolveTenantRequest(called_number=number), timeout=5)
    assert (_limit_in(before), _limit_in(after)) == (None, 250)


async def test_a_changed_limit_is_told_to_whoever_watches_routes(client, limit, new_organization):
    tenant = await new_organization()
    stream = client.stub(TenancyServiceStub).WatchRoutes(WatchRoutesRequest())
    await anext(stream)
    await limit(tenant, 250)
    async with asyncio.timeout(20):
        while (message := await anext(stream)).WhichOneof("event") != "changed":
            pass
    await stream.aclose()
    assert list(message.changed.evidence) == [str(tenant)]


async def test_the_limit_is_told_with_the_organizations_key(client, limit, new_organization):
    tenant = await new_organization()
    keys = client.stub(ApiKeyServiceStub)
    with tenant_scope(tenant):
        made = await keys.CreateApiKey(CreateApiKeyRequest(name="reports"), timeout=5)
    await limit(tenant, 250)
    answer = await keys.AuthenticateApiKey(AuthenticateApiKeyRequest(api_key=made.api_key), timeout=5)
    assert _limit_in(answer) == 250
