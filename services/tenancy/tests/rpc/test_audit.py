"""Whatever an administrator does to keys and credentials is told: who, through whom, what, to what."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from chassis.actor import Actor, actor_scope
from chassis.errors import Kind, RemoteError
from chassis.tenant import tenant_scope
from switchboard.tenancy.v1.api_key_service_pb2 import (
    READ,
    AuthenticateApiKeyRequest,
    CreateApiKeyRequest,
    CreatePlatformApiKeyRequest,
    RevokeApiKeyRequest,
    RevokePlatformApiKeyRequest,
)
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.audit_service_pb2 import ListAuditEntriesRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    CreateWebhookCredentialRequest,
    GetWebhookVerifiersRequest,
    RecordWebhookCredentialUsesRequest,
    RevokeWebhookCredentialRequest,
    SecretPlan,
    WebhookPlan,
)
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub

PLANTED = "planted-secret-of-harbor-clinic"
ADMINISTRATOR = Actor("administrator", "of this process")


class Administration:
    """The services as one organization's administrator uses them."""

    def __init__(self, client, tenant):
        self._keys = client.stub(ApiKeyServiceStub)
        self._credentials = client.stub(WebhookCredentialServiceStub)
        self._audit = client.stub(AuditServiceStub)
        self.tenant = tenant

    async def key(self, method, request):
        return await self._ask(self._keys, method, request)

    async def credential(self, method, request):
        return await self._ask(self._credentials, method, request)

    async def _ask(self, stub, method, request):
        with tenant_scope(self.tenant), actor_scope(ADMINISTRATOR):
            return await getattr(stub, method)(request, timeout=5)

    async def entries(self, **asked):
        request = ListAuditEntriesRequest(**({"organization_id": str(self.tenant)} | asked))
        return await self._audit.ListAuditEntries(request, timeout=5)

    async def newest(self, count):
        return [entry.action for entry in (await self.entries()).entries[:count]]

    async def add_credential(self):
        asked = CreateWebhookCredentialRequest(name="vapi", plan=WebhookPlan(secret=SecretPlan()), secret=PLANTED)
        return await self.credential("CreateWebhookCredential", asked)


@pytest.fixture
async def administration(client_of, new_organization):
    return Administration(client_of("gateway"), await new_organization())


async def test_a_key_that_is_made_is_told_with_who_made_it_through_whom(administration):
    made = await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing", scope=READ))
    entry = (await administration.entries()).entries[0]
    assert (entry.actor, entry.caller) == ("administrator", "gateway")
    assert (entry.action, entry.subject) == ("api_key.created", made.id)
    assert entry.organization_id == str(administration.tenant)
    assert dict(entry.details) == {"name": "billing", "scope": "read"}
    assert abs(entry.at.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=5)


async def test_a_caller_that_names_nobody_did_it_itself(client_of, new_organization):
    tenant = await new_organization()
    keys = client_of("operator").stub(ApiKeyServiceStub)
    with tenant_scope(tenant):
        await keys.CreateApiKey(CreateApiKeyRequest(name="billing"), timeout=5)
    entry = (await Administration(client_of("operator"), tenant).entries()).entries[0]
    assert (entry.actor, entry.caller) == ("operator", "operator")


async def test_a_key_that_is_revoked_is_told_once(administration):
    made = await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing"))
    await administration.key("RevokeApiKey", RevokeApiKeyRequest(id=made.id))
    with pytest.raises(RemoteError):
        await administration.key("RevokeApiKey", RevokeApiKeyRequest(id=made.id))
    assert await administration.newest(2) == ["api_key.revoked", "api_key.created"]


async def test_a_credential_that_is_added_and_revoked_is_told_and_nothing_where_nothing_changed(administration):
    added = (await administration.add_credential()).credential.id
    for _ in range(2):
        await administration.credential("RevokeWebhookCredential", RevokeWebhookCredentialRequest(id=added))
    entries = (await administration.entries()).entries
    assert await administration.newest(2) == ["webhook_credential.revoked", "webhook_credential.created"]
    assert {entry.subject for entry in entries[:2]} == {added}
    assert dict(entries[1].details) == {"name": "vapi", "plan": "secret"}
    assert set(entries[0].details) == {"name", "not_after"}


async def test_keys_of_the_platform_are_told_as_nobodys(administration):
    name = uuid4().hex
    made = await administration.key("CreatePlatformApiKey", CreatePlatformApiKeyRequest(name=name))
    await administration.key("RevokePlatformApiKey", RevokePlatformApiKeyRequest(id=made.key.id))
    told = [
        entry for entry in (await administration.entries(organization_id="")).entries if entry.subject == made.key.id
    ]
    assert [entry.action for entry in told] == ["platform_api_key.revoked", "platform_api_key.created"]
    assert {entry.organization_id for entry in told} == {""}


async def test_what_is_refused_is_not_told(administration):
    for _ in range(2):
        await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing"))
        await administration.add_credential()
    before = await administration.entries()
    for ask in (
        lambda: administration.key("CreateApiKey", CreateApiKeyRequest(name="billing")),
        lambda: administration.key("RevokeApiKey", RevokeApiKeyRequest(id=str(uuid4()))),
        administration.add_credential,
        lambda: administration.credential("RevokeWebhookCredential", RevokeWebhookCredentialRequest(id=str(uuid4()))),
    ):
        with pytest.raises(RemoteError):
            await ask()
    assert await administration.entries() == before


async def test_what_only_reads_or_counts_is_not_told(administration):
    made = await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing"))
    added = (await administration.add_credential()).credential.id
    before = await administration.entries()
    await administration.key("AuthenticateApiKey", AuthenticateApiKeyRequest(api_key=made.api_key))
    await administration.credential("GetWebhookVerifiers", GetWebhookVerifiersRequest())
    use = RecordWebhookCredentialUsesRequest.Use(
        organization_id=str(administration.tenant), credential_id=added, count=1
    )
    await administration.credential("RecordWebhookCredentialUses", RecordWebhookCredentialUsesRequest(uses=[use]))
    assert await administration.entries() == before


async def test_no_entry_carries_a_secret(administration, service_database):
    """Over the whole log, of all that has been done so far."""
    made = await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing"))
    platforms = await administration.key("CreatePlatformApiKey", CreatePlatformApiKeyRequest(name=uuid4().hex))
    given = await administration.add_credential()
    made_up = await administration.credential(
        "CreateWebhookCredential", CreateWebhookCredentialRequest(plan=WebhookPlan(secret=SecretPlan()))
    )
    for revoked in (given, made_up):
        await administration.credential(
            "RevokeWebhookCredential", RevokeWebhookCredentialRequest(id=revoked.credential.id)
        )
    await administration.key("RevokeApiKey", RevokeApiKeyRequest(id=made.id))
    await administration.key("RevokePlatformApiKey", RevokePlatformApiKeyRequest(id=platforms.key.id))
    connection = await asyncpg.connect(service_database.superuser_url)
    log = await connection.fetchval("SELECT string_agg(e::text, ' ') FROM tenancy.audit_entries e")
    await connection.close()
    secrets = (made.api_key[-43:], platforms.api_key[-43:], given.secret, made_up.secret)
    assert made.id in log
    assert [secret for secret in secrets if secret in log] == []


async def test_the_log_is_read_in_pages_newest_first_and_nothing_twice(administration):
    for name in range(5):
        await administration.key("CreateApiKey", CreateApiKeyRequest(name=str(name)))
    seen, token = [], ""
    while True:
        page = await administration.entries(page_size=2, page_token=token)
        seen += page.entries
        if not (token := page.next_page_token):
            break
    assert [int(entry.id) for entry in seen] == sorted({int(entry.id) for entry in seen}, reverse=True)
    assert [entry.details["name"] for entry in seen[:5]] == ["4", "3", "2", "1", "0"]


async def test_one_organizations_entries_are_not_anothers(administration, client_of, new_organization):
    other = Administration(client_of("gateway"), await new_organization())
    made = await administration.key("CreateApiKey", CreateApiKeyRequest(name="billing"))
    assert made.id not in str(await other.entries())
    assert made.id in str(await administration.entries(organization_id=""))


@pytest.mark.parametrize("organization_id", ["lakeside", "\x00", "{6f7e6735-ca62-42d6-af42-05665772bb2e}"])
async def test_an_organization_whose_id_is_no_id_is_refused(administration, organization_id):
    with pytest.raises(RemoteError) as refusal:
        await administration.entries(organization_id=organization_id)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_ORGANIZATION_ID")


@pytest.mark.parametrize("token", ["é", "AAAA", "_____________________w==", "gAAAAAAAAAAAAAAAAAAAAA=="])
async def test_a_page_that_was_never_begun_cannot_be_gone_on_with(administration, token):
    with pytest.raises(RemoteError) as refusal:
        await administration.entries(page_token=token)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_PAGE_TOKEN")


@pytest.mark.parametrize("caller", ["booking", "assistant-sync", "tenancy"])
async def test_no_service_but_the_gateway_reads_the_log(client_of, administration, caller):
    with pytest.raises(RemoteError) as refusal:
        await Administration(client_of(caller), administration.tenant).entries()
    assert (refusal.value.kind, refusal.value.reason) == (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")
