import asyncio
import base64
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.encryption import KEY_BYTES, Sealer
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.servers import served
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    BearerPlan,
    CreateWebhookCredentialRequest,
    GetWebhookVerifiersRequest,
    HmacPlan,
    ListWebhookCredentialsRequest,
    RecordWebhookCredentialUsesRequest,
    RevokeWebhookCredentialRequest,
    SecretPlan,
    WebhookPlan,
)
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub
from tenancy.app import DOMAIN, add_services

Use = RecordWebhookCredentialUsesRequest.Use

SECRET_PLAN = WebhookPlan(secret=SecretPlan())
HMAC_PLAN = WebhookPlan(hmac=HmacPlan(algorithm=HmacPlan.SHA256))


def from_now(**distance) -> Timestamp:
    instant = Timestamp()
    instant.FromDatetime(datetime.now(UTC) + timedelta(**distance))
    return instant


class OfAnOrganization:
    """The verbs of credentials as an organization has them."""

    def __init__(self, stub, tenant):
        self._stub, self.tenant = stub, tenant

    async def _ask(self, method, request):
        with tenant_scope(self.tenant):
            return await getattr(self._stub, method)(request, timeout=5)

    async def create(self, plan=SECRET_PLAN, **said):
        return await self._ask("CreateWebhookCredential", CreateWebhookCredentialRequest(plan=plan, **said))

    async def list(self, **page):
        return await self._ask("ListWebhookCredentials", ListWebhookCredentialsRequest(**page))

    async def revoke(self, credential_id, **said):
        return await self._ask("RevokeWebhookCredential", RevokeWebhookCredentialRequest(id=credential_id, **said))

    async def answer(self):
        return await self._ask("GetWebhookVerifiers", GetWebhookVerifiersRequest())

    async def verifiers(self):
        return (await self.answer()).verifiers

    def use(self, credential_id, count=1, last_used_at=None, organization_id=None):
        at = last_used_at or from_now(seconds=-1)
        whose = str(self.tenant) if organization_id is None else organization_id
        return Use(organization_id=whose, credential_id=credential_id, count=count, last_used_at=at)


@pytest.fixture(scope="module")
async def stub(client_of):
    return client_of("gateway").stub(WebhookCredentialServiceStub)


@pytest.fixture
async def own(stub, new_organization):
    return OfAnOrganization(stub, await new_organization())


@pytest.fixture
async def stranger(stub, new_organization):
    return OfAnOrganization(stub, await new_organization())


@pytest.fixture
def record(stub):
    async def record(*uses):
        await stub.RecordWebhookCredentialUses(RecordWebhookCredentialUsesRequest(uses=uses), timeout=5)

    return record


async def test_a_secret_is_verified_by_its_digest(own):
    created = await own.create(secret="what Vapi shows in X-Vapi-Secret")
    (verifier,) = await own.verifiers()
    assert verifier.credential_id == created.credential.id
    assert verifier.secret_digest == hashlib.sha256(b"what Vapi shows in X-Vapi-Secret").digest()
    assert (verifier.hmac_key, verifier.plan) == (b"", SECRET_PLAN)


async def test_a_signature_is_verified_by_the_keys_bytes(own):
    key = bytes(range(32))
    plan = WebhookPlan(hmac=HmacPlan(algorithm=HmacPlan.SHA512, secret_is_base64=True))
    await own.create(plan, secret=base64.b64encode(key).decode())
    (verifier,) = await own.verifiers()
    assert (verifier.hmac_key, verifier.secret_digest) == (key, b"")


async def test_a_secret_that_is_made_up_is_told_once(own):
    created = await own.create(name="vapi")
    assert len(created.secret) == 43
    assert created.secret not in str(await own.list())
    assert (await own.verifiers())[0].secret_digest == hashlib.sha256(created.secret.encode()).digest()


async def test_what_a_plan_leaves_out_is_told_as_vapi_takes_it(own):
    created = await own.create(HMAC_PLAN)
    assert created.credential.plan.hmac == HmacPlan(
        algorithm=HmacPlan.SHA256,
        signature_header="x-signature",
        timestamp_header="x-timestamp",
        include_timestamp=True,
        payload_format="{timestamp}.{body}",
        signature_encoding=HmacPlan.HEX,
    )
    await own.revoke(created.credential.id)
    bearer = (await own.create(WebhookPlan(bearer=BearerPlan()))).credential.plan.bearer
    assert (bearer.header_name, bearer.bearer_prefix) == ("Authorization", True)


async def test_a_plan_without_a_timestamp_signs_the_body_if_it_does_not_say_what(own):
    plan = WebhookPlan(hmac=HmacPlan(algorithm=HmacPlan.SHA256, include_timestamp=False))
    assert (await own.create(plan)).credential.plan.hmac.payload_format == "{body}"


async def test_everything_of_a_plan_comes_back_as_it_was_said(own):
    hmac = HmacPlan(
        algorithm=HmacPlan.SHA1,
        signature_header="webhook-signature",
        timestamp_header="webhook-timestamp",
        include_timestamp=False,
        payload_format="{svix-id}.{body}",
        signature_prefix="v1,",
        signature_encoding=HmacPlan.BASE64,
        secret_is_base64=True,
        message_id_header="webhook-id",
    )
    plans = [WebhookPlan(hmac=hmac), WebhookPlan(bearer=BearerPlan(header_name="X-Key", bearer_prefix=False))]
    for plan in plans:
        await own.create(plan)
    assert [one.plan for one in (await own.list()).credentials] == plans
    assert [one.plan for one in await own.verifiers()] == plans[::-1]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"plan": WebhookPlan()}, "plan"),
        ({"plan": WebhookPlan(hmac=HmacPlan())}, "hmac.algorithm"),
        ({"plan": WebhookPlan(hmac=HmacPlan(algorithm=9))}, "hmac.algorithm"),
        ({"plan": WebhookPlan(hmac=HmacPlan(algorithm=1, signature_encoding=9))}, "hmac.signature_encoding"),
        ({"plan": WebhookPlan(bearer=BearerPlan(header_name="Content-Length"))}, "bearer.header_name"),
        ({"secret": "short"}, "secret"),
        ({"not_before": Timestamp(seconds=10**12)}, "not_before"),
        ({"not_after": Timestamp(seconds=-(10**12))}, "not_after"),
        ({"not_after": from_now(seconds=-1)}, "not_after"),
        ({"not_before": from_now(hours=2), "not_after": from_now(hours=1)}, "not_after"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_the_field(own, said, field):
    with pytest.raises(RemoteError) as refusal:
        await own.create(**said)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_WEBHOOK_CREDENTIAL")
    assert refusal.value.metadata == {"field": field}
    assert list((await own.list()).credentials) == []


async def test_two_credentials_are_live_at_once_and_a_third_is_not(own, stranger):
    await own.create(), await own.create(not_before=from_now(days=1))
    with pytest.raises(RemoteError) as refusal:
        await own.create()
    assert (refusal.value.kind, refusal.value.reason) == (Kind.CONFLICT, "TOO_MANY_LIVE_WEBHOOK_CREDENTIALS")
    await stranger.create()


async def test_one_that_was_revoked_makes_room_and_one_that_will_end_does_not_yet(own):
    first, second = await own.create(), await own.create()
    await own.revoke(first.credential.id, at=from_now(days=1))
    with pytest.raises(RemoteError) as refusal:
        await own.create()
    assert refusal.value.reason == "TOO_MANY_LIVE_WEBHOOK_CREDENTIALS"
    await own.revoke(second.credential.id)
    await own.create()


async def test_verifiers_are_those_that_have_not_ended_newest_first(own):
    ended, lasting = await own.create(), await own.create()
    await own.revoke(ended.credential.id)
    planned = await own.create(not_before=from_now(days=1), not_after=from_now(days=2))
    verifiers = await own.verifiers()
    assert [one.credential_id for one in verifiers] == [planned.credential.id, lasting.credential.id]
    assert verifiers[0].not_before == planned.credential.not_before
    assert verifiers[0].not_after == planned.credential.not_after
    assert [verifiers[1].HasField(end) for end in ("not_before", "not_after")] == [False, False]


@pytest.mark.parametrize("said", [{}, {"at": from_now(days=-1)}])
async def test_revoked_without_an_instant_to_come_it_ends_now(own, said):
    created = await own.create()
    revoked = await own.revoke(created.credential.id, **said)
    assert revoked.credential.not_after.ToNanoseconds() >= created.credential.created_at.ToNanoseconds()
    assert list(await own.verifiers()) == []


async def test_revoked_at_an_instant_to_come_it_lasts_until_then(own):
    created, at = await own.create(), from_now(hours=1)
    revoked = await own.revoke(created.credential.id, at=at)
    assert revoked.credential.not_after.ToMicroseconds() == at.ToMicroseconds()
    assert len(await own.verifiers()) == 1


async def test_revoking_never_lets_a_credential_live_longer(own):
    created, at = await own.create(not_after=from_now(hours=1)), from_now(hours=2)
    revoked = await own.revoke(created.credential.id, at=at)
    assert revoked.credential == created.credential
    ended = await own.revoke(created.credential.id)
    assert await own.revoke(created.credential.id) == ended


async def test_a_credential_that_never_began_can_be_revoked(own):
    created = await own.create(not_before=from_now(days=1))
    await own.revoke(created.credential.id)
    assert list(await own.verifiers()) == []


@pytest.mark.parametrize("credential_id", ["", "vapi", "\x00", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
async def test_a_credential_that_is_not_there_is_not_found(own, credential_id):
    with pytest.raises(RemoteError) as refusal:
        await own.revoke(credential_id)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "WEBHOOK_CREDENTIAL_NOT_FOUND")


async def test_another_organizations_credential_is_neither_seen_nor_revoked(own, stranger):
    created = await own.create()
    with pytest.raises(RemoteError) as refusal:
        await stranger.revoke(created.credential.id)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "WEBHOOK_CREDENTIAL_NOT_FOUND")
    assert (list((await stranger.list()).credentials), list(await stranger.verifiers())) == ([], [])
    assert len(await own.verifiers()) == 1


async def test_credentials_are_listed_in_pages_oldest_first_those_that_ended_too(own):
    made = []
    for _ in range(5):
        made.append((await own.create()).credential.id)
        await own.revoke(made[-1])
    first = await own.list(page_size=2)
    second = await own.list(page_size=2, page_token=first.next_page_token)
    third = await own.list(page_size=2, page_token=second.next_page_token)
    assert [one.id for page in (first, second, third) for one in page.credentials] == made
    assert third.next_page_token == ""


async def test_uses_add_up_and_the_last_is_remembered(own, record):
    credential_id = (await own.create()).credential.id
    latest, earlier = from_now(minutes=-1), from_now(minutes=-2)
    await record(own.use(credential_id, 2, earlier), own.use(credential_id, 3, latest))
    await record(own.use(credential_id, 4, earlier))
    listed = (await own.list()).credentials[0]
    assert listed.uses == 9
    assert listed.last_used_at.ToMicroseconds() == latest.ToMicroseconds()


async def test_uses_of_several_organizations_are_told_at_once(own, stranger, record):
    mine, theirs = (await own.create()).credential.id, (await stranger.create()).credential.id
    await record(own.use(mine, 1), stranger.use(theirs, 2))
    assert (await own.list()).credentials[0].uses == 1
    assert (await stranger.list()).credentials[0].uses == 2


async def test_uses_that_are_told_at_once_by_many_are_all_counted(own, stranger, record):
    """In opposite orders: nobody waits for the other for ever."""
    mine, theirs = (await own.create()).credential.id, (await stranger.create()).credential.id
    uses = [own.use(mine), stranger.use(theirs)]
    await asyncio.gather(*(record(*(uses if turn % 2 else uses[::-1])) for turn in range(30)))
    assert ((await own.list()).credentials[0].uses, (await stranger.list()).credentials[0].uses) == (30, 30)


async def test_uses_that_are_nobodys_are_passed_over_and_the_others_counted(own, stranger, record):
    credential_id = (await own.create()).credential.id
    await record(
        own.use(str(uuid4())),
        own.use("vapi"),
        own.use(credential_id, 0),
        own.use(credential_id, -5),
        own.use(credential_id, 1, Timestamp(seconds=10**12)),
        own.use(credential_id, organization_id=""),
        stranger.use(credential_id),
        own.use(credential_id, 2),
    )
    await record()
    assert (await own.list()).credentials[0].uses == 2


async def test_a_use_in_the_future_was_now(own, record):
    credential_id = (await own.create()).credential.id
    ahead = from_now(days=1)
    await record(own.use(credential_id, 1, ahead))
    assert (await own.list()).credentials[0].last_used_at.ToMicroseconds() < ahead.ToMicroseconds()


async def test_an_organization_that_does_not_exist_gets_no_credential(stub):
    with pytest.raises(RemoteError) as refusal:
        await OfAnOrganization(stub, TenantId(uuid4())).create()
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("CreateWebhookCredential", CreateWebhookCredentialRequest(plan=SECRET_PLAN)),
        ("ListWebhookCredentials", ListWebhookCredentialsRequest()),
        ("RevokeWebhookCredential", RevokeWebhookCredentialRequest(id="6f7e6735-ca62-42d6-af42-05665772bb2e")),
        ("GetWebhookVerifiers", GetWebhookVerifiersRequest()),
    ],
)
async def test_without_an_organization_there_are_no_credentials(stub, method, request_):
    with pytest.raises(RemoteError) as refusal:
        await getattr(stub, method)(request_, timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


class TestOnlyTheGateway:
    """What verifies a sender could be used to pose as one."""

    ASKED = (
        ("GetWebhookVerifiers", GetWebhookVerifiersRequest()),
        ("RecordWebhookCredentialUses", RecordWebhookCredentialUsesRequest()),
    )

    @pytest.mark.parametrize("caller", ["operator", "tenancy", "booking", "assistant-sync"])
    @pytest.mark.parametrize(("method", "request_"), ASKED)
    async def test_no_other_caller_is_answered(self, client_of, own, caller, method, request_):
        await own.create()
        stub = client_of(caller).stub(WebhookCredentialServiceStub)
        with tenant_scope(own.tenant), pytest.raises(RemoteError) as refusal:
            await getattr(stub, method)(request_, timeout=5)
        assert (refusal.value.kind, refusal.value.reason) == (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")

    @pytest.mark.parametrize(("method", "request_"), ASKED)
    async def test_nor_is_one_that_proves_nothing(self, client, own, method, request_):
        stub = client.stub(WebhookCredentialServiceStub)
        with tenant_scope(own.tenant), pytest.raises(RemoteError) as refusal:
            await getattr(stub, method)(request_, timeout=5)
        assert (refusal.value.kind, refusal.value.reason) == (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")


class TestKeysAreReplaced:
    """The keys of SWITCHBOARD_ENCRYPTION_KEYS: a new one is put first, the old one goes when no row names it."""

    OLD, NEW = bytes(KEY_BYTES), bytes([1]) * KEY_BYTES

    @pytest.fixture
    def sealed_with(self, database):
        def serve(*keys):
            return served(lambda server: add_services(server, database, Sealer(keys)), domain=DOMAIN, caller="gateway")

        return serve

    async def test_what_an_earlier_key_sealed_is_opened_while_the_key_is_known(self, sealed_with, new_organization):
        tenant = await new_organization()
        async with sealed_with(self.OLD) as client:
            await OfAnOrganization(client.stub(WebhookCredentialServiceStub), tenant).create(secret="0123456789abcdef")
        async with sealed_with(self.NEW, self.OLD) as client:
            (verifier,) = await OfAnOrganization(client.stub(WebhookCredentialServiceStub), tenant).verifiers()
        assert verifier.secret_digest == hashlib.sha256(b"0123456789abcdef").digest()

    async def test_what_was_sealed_with_a_key_that_is_gone_is_told_of_beside_what_counts(
        self, sealed_with, new_organization
    ):
        tenant = await new_organization()
        async with sealed_with(self.OLD) as client:
            gone = await OfAnOrganization(client.stub(WebhookCredentialServiceStub), tenant).create()
        async with sealed_with(self.NEW) as client:
            own = OfAnOrganization(client.stub(WebhookCredentialServiceStub), tenant)
            counts = await own.create()
            answer = await own.answer()
        assert [verifier.credential_id for verifier in answer.verifiers] == [counts.credential.id]
        assert answer.unreadable_credential_ids == [gone.credential.id]
