"""A credential that cannot work as it is described is refused when it is made, not when Vapi calls."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.tenant import TenantId
from tenancy.domain.access.administer_webhook_credentials import create_webhook_credential
from tenancy.domain.access.webhook_credentials import Draft, Opened, WebhookCredential, secret_digest, signing_key
from tenancy.domain.access.webhook_plans import (
    Algorithm,
    BearerPlan,
    HmacPlan,
    SecretPlan,
    check_plan,
    check_secret,
    hmac_key,
    made_up_secret,
)
from tenancy.domain.errors import MalformedWebhookCredential

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HMAC = HmacPlan(Algorithm.SHA256)
STANDARD_WEBHOOKS = HmacPlan(
    Algorithm.SHA256,
    signature_header="webhook-signature",
    timestamp_header="webhook-timestamp",
    payload_format="{svix-id}.{timestamp}.{body}",
    signature_prefix="v1,",
    secret_is_base64=True,
    message_id_header="webhook-id",
)
SECRET = "0123456789abcdef"


class Kept:
    """What would be kept, as it was asked for."""

    async def add(self, tenant: TenantId, draft: Draft, secret: str) -> Opened:
        kept = WebhookCredential(uuid4(), draft.name, draft.plan, draft.not_before, draft.not_after, NOW)
        return Opened(kept, secret)


async def create(draft: Draft, secret: str = "") -> Opened:
    return await create_webhook_credential(Kept(), TenantId(UUID(int=1)), draft, secret, clock=lambda: NOW)


@pytest.mark.parametrize(
    "plan",
    [
        SecretPlan(),
        BearerPlan(),
        BearerPlan("X-Vapi-Secret", bearer_prefix=False),
        HMAC,
        STANDARD_WEBHOOKS,
        replace(HMAC, signature_header="Authorization", signature_prefix="HMAC "),
        replace(HMAC, payload_format="{method}\n{url}\n{timestamp}\n{body}"),
        replace(HMAC, payload_format="{body}", include_timestamp=False, timestamp_header=""),
        replace(HMAC, include_timestamp=False, payload_format="{body}", timestamp_header="x-signature"),
    ],
)
def test_a_plan_that_vapi_can_follow_is_taken(plan):
    check_plan(plan)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (BearerPlan(""), "bearer.header_name"),
        (BearerPlan("X Secret"), "bearer.header_name"),
        (BearerPlan("X-Secret:"), "bearer.header_name"),
        (BearerPlan("X-Sécret"), "bearer.header_name"),
        (BearerPlan("X-Secret\r\nX-Other"), "bearer.header_name"),
        (BearerPlan("X" * 101), "bearer.header_name"),
        (BearerPlan("Content-Length"), "bearer.header_name"),
        (BearerPlan("Transfer-Encoding"), "bearer.header_name"),
        (BearerPlan("HOST"), "bearer.header_name"),
        (BearerPlan("connection"), "bearer.header_name"),
        (replace(HMAC, signature_header="host"), "hmac.signature_header"),
        (replace(HMAC, timestamp_header="te"), "hmac.timestamp_header"),
        (replace(HMAC, timestamp_header="X-Signature"), "hmac.timestamp_header"),
        (replace(HMAC, message_id_header="upgrade"), "hmac.message_id_header"),
        (replace(HMAC, message_id_header="x-timestamp"), "hmac.message_id_header"),
        (replace(STANDARD_WEBHOOKS, message_id_header=""), "hmac.message_id_header"),
        (replace(HMAC, payload_format=""), "hmac.payload_format"),
        (replace(HMAC, payload_format="{timestamp}"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{timestamp}.{Body}"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{timestamp}.{body}.{nonce}"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{timestamp}.{body}}"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{{body}"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{body}\0"), "hmac.payload_format"),
        (replace(HMAC, payload_format="{body}" * 100), "hmac.payload_format"),
        (replace(HMAC, include_timestamp=False), "hmac.payload_format"),
        (replace(HMAC, signature_prefix=" v1"), "hmac.signature_prefix"),
        (replace(HMAC, signature_prefix="v1\n"), "hmac.signature_prefix"),
        (replace(HMAC, signature_prefix="v" * 51), "hmac.signature_prefix"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_with_the_field(plan, field):
    with pytest.raises(MalformedWebhookCredential) as refusal:
        check_plan(plan)
    assert refusal.value.metadata == {"field": field}


@pytest.mark.parametrize(
    ("plan", "secret"),
    [
        (SecretPlan(), SECRET),
        (BearerPlan(), "with a space in it"),
        (HMAC, "geheimnis für zwei"),
        (STANDARD_WEBHOOKS, base64.b64encode(SECRET.encode()).decode()),
    ],
)
def test_a_secret_that_can_travel_as_its_plan_says_is_taken(plan, secret):
    check_secret(plan, secret)


def test_a_secret_as_standard_webhooks_writes_it_is_the_same_key():
    written = base64.b64encode(SECRET.encode()).decode()
    assert hmac_key(STANDARD_WEBHOOKS, f"whsec_{written}") == hmac_key(STANDARD_WEBHOOKS, written) == SECRET.encode()


@pytest.mark.parametrize(
    ("plan", "secret"),
    [
        (SecretPlan(), "0123456789abcde"),
        (SecretPlan(), "x" * 1025),
        (SecretPlan(), "geheimnis für zwei"),
        (BearerPlan(), " 0123456789abcdef"),
        (BearerPlan(), "0123456789abcdef\r\n"),
        (HMAC, "0123456789abcde"),
        (STANDARD_WEBHOOKS, "no base64 at all!"),
        (STANDARD_WEBHOOKS, "MDEyMzQ1Njc4OWFiY2RlZg"),
        (STANDARD_WEBHOOKS, base64.b64encode(b"0123456789abcde").decode()),
    ],
)
def test_a_secret_that_is_short_or_cannot_travel_is_refused_and_not_repeated(plan, secret):
    with pytest.raises(MalformedWebhookCredential) as refusal:
        check_secret(plan, secret)
    assert refusal.value.metadata == {"field": "secret"}
    assert secret not in str(refusal.value)


@pytest.mark.parametrize("plan", [SecretPlan(), BearerPlan(), HMAC, STANDARD_WEBHOOKS])
def test_a_secret_that_is_made_up_suits_its_plan_and_is_another_each_time(plan):
    first, second = made_up_secret(plan), made_up_secret(plan)
    check_secret(plan, first)
    assert first != second
    if plan is STANDARD_WEBHOOKS:
        assert len(base64.b64decode(first, validate=True)) == 32


async def test_a_secret_that_is_given_is_kept_as_it_is_and_an_empty_one_made_up():
    assert (await create(Draft("vapi", SecretPlan()), SECRET)).secret == SECRET
    assert len((await create(Draft("vapi", SecretPlan()))).secret) == 43


@pytest.mark.parametrize(
    ("not_before", "not_after"),
    [(None, NOW), (None, NOW - HOUR), (NOW + HOUR, NOW + HOUR), (NOW + HOUR, NOW + HOUR / 2), (NOW - HOUR, NOW)],
)
async def test_a_credential_that_could_never_be_used_is_refused(not_before, not_after):
    with pytest.raises(MalformedWebhookCredential) as refusal:
        await create(Draft("vapi", SecretPlan(), not_before, not_after))
    assert refusal.value.metadata == {"field": "not_after"}


@pytest.mark.parametrize(
    ("not_before", "not_after"),
    [(None, None), (NOW - HOUR, None), (NOW + HOUR, NOW + 2 * HOUR), (None, NOW + HOUR)],
)
async def test_a_credential_may_begin_and_end_later(not_before, not_after):
    created = (await create(Draft("vapi", SecretPlan(), not_before, not_after))).credential
    assert (created.not_before, created.not_after) == (not_before, not_after)


def opened(plan, secret: str) -> Opened:
    return Opened(WebhookCredential(uuid4(), "vapi", plan, None, None, NOW), secret)


@pytest.mark.parametrize("plan", [SecretPlan(), BearerPlan()])
def test_what_is_shown_as_it_is_is_verified_by_its_digest(plan):
    one = opened(plan, "abc")
    assert secret_digest(one).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert signing_key(one) == b""


def test_what_signs_is_verified_by_the_keys_bytes():
    assert signing_key(opened(HMAC, "MDEyMw==")) == b"MDEyMw=="
    assert signing_key(opened(STANDARD_WEBHOOKS, "MDEyMw==")) == b"0123"
    assert secret_digest(opened(HMAC, "abc")) == b""


def test_a_secret_does_not_show_itself_where_its_credential_is_printed():
    assert SECRET not in repr(opened(SecretPlan(), SECRET))
