"""Every way in which Vapi shows a secret is checked over the raw bytes; everything else proves nothing."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers

from gateway.sender.verification import Shown, verifier_of
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    BearerPlan,
    HmacPlan,
    SecretPlan,
    WebhookPlan,
    WebhookVerifier,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECONDS = str(int(NOW.timestamp()))
KEY = b"a key of thirty-two random bytes"
SECRET = "a secret of some length"
BODY = b'{"message": {"type": "hang"}}'
URL = "https://switchboard.example/api/vapi/webhook"


def shown(headers, body=BODY, *, method="POST", url=URL):
    pairs = headers.items() if isinstance(headers, dict) else headers
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs]
    return Shown(Headers(raw=raw), body, method, lambda: url)


def proves(verifier, headers, body=BODY, *, now=NOW, **more):
    return verifier_of(verifier).proof(shown(headers, body, **more), now)


def secret(text=SECRET):
    return WebhookVerifier(plan=WebhookPlan(secret=SecretPlan()), secret_digest=hashlib.sha256(text.encode()).digest())


def bearer(**plan):
    digest = hashlib.sha256(SECRET.encode()).digest()
    return WebhookVerifier(plan=WebhookPlan(bearer=BearerPlan(**plan)), secret_digest=digest)


def signing(**plan):
    plan = {"algorithm": HmacPlan.SHA256} | plan
    return WebhookVerifier(plan=WebhookPlan(hmac=HmacPlan(**plan)), hmac_key=KEY)


def signature(payload, algorithm="sha256", key=KEY):
    return hmac.new(key, payload, algorithm)


def signed(body=BODY, timestamp=SECONDS):
    """As Vapi signs without any of the plan's options."""
    return {"x-timestamp": timestamp, "x-signature": signature(f"{timestamp}.".encode() + body).hexdigest()}


def test_the_secret_itself_proves_the_sender():
    assert proves(secret(), {"X-Vapi-Secret": SECRET})


def test_a_secret_in_any_script_proves_the_sender():
    sent = "sésame, ouvre-toi ✓".encode().decode("latin-1")
    assert proves(secret("sésame, ouvre-toi ✓"), {"X-Vapi-Secret": sent})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Vapi-Secret": ""},
        {"X-Vapi-Secret": SECRET + "x"},
        {"X-Vapi-Secret": SECRET.upper()},
        {"X-Vapi-Secret": f"Bearer {SECRET}"},
        {"X-Vapi-Signature": SECRET},
        {"Authorization": SECRET},
    ],
)
def test_anything_else_than_the_secret_proves_nothing(headers):
    assert not proves(secret(), headers)


@pytest.mark.parametrize("another", [f"another {number}" for number in range(16)])
def test_a_header_that_is_sent_twice_with_different_values_proves_nothing(another):
    assert not proves(secret(), [("X-Vapi-Secret", SECRET), ("X-Vapi-Secret", another)])
    assert not proves(secret(), [("X-Vapi-Secret", another), ("X-Vapi-Secret", SECRET)])


def test_a_header_that_a_proxy_repeated_is_one():
    assert proves(secret(), [("X-Vapi-Secret", SECRET), ("X-Vapi-Secret", SECRET)])


@pytest.mark.parametrize(
    ("plan", "headers"),
    [
        ({}, {"Authorization": f"Bearer {SECRET}"}),
        ({}, {"Authorization": f"bearer {SECRET}"}),
        ({"bearer_prefix": False}, {"Authorization": SECRET}),
        ({"header_name": "X-Token"}, {"x-token": f"Bearer {SECRET}"}),
        ({"header_name": "X-Vapi-Secret", "bearer_prefix": False}, {"X-Vapi-Secret": SECRET}),
    ],
)
def test_a_bearer_token_proves_the_sender_in_its_header(plan, headers):
    assert proves(bearer(**plan), headers)


@pytest.mark.parametrize(
    ("plan", "headers"),
    [
        ({}, {}),
        ({}, {"Authorization": SECRET}),
        ({}, {"Authorization": f"Basic {SECRET}"}),
        ({}, {"Authorization": "Bearer "}),
        ({"bearer_prefix": False}, {"Authorization": f"Bearer {SECRET}"}),
        ({"header_name": "X-Token"}, {"Authorization": f"Bearer {SECRET}"}),
    ],
)
def test_a_bearer_token_elsewhere_or_otherwise_proves_nothing(plan, headers):
    assert not proves(bearer(**plan), headers)


def test_a_signature_of_timestamp_and_body_proves_the_sender():
    assert proves(signing(), signed())


@pytest.mark.parametrize(
    ("algorithm", "name"), [(HmacPlan.SHA256, "sha256"), (HmacPlan.SHA512, "sha512"), (HmacPlan.SHA1, "sha1")]
)
def test_each_algorithm_is_followed(algorithm, name):
    sent = signature(f"{SECONDS}.".encode() + BODY, name).hexdigest()
    assert proves(signing(algorithm=algorithm), {"x-timestamp": SECONDS, "x-signature": sent})


def test_a_plan_without_an_algorithm_proves_nothing():
    assert not proves(signing(algorithm=HmacPlan.ALGORITHM_UNSPECIFIED), signed())


def test_a_signature_is_of_the_raw_bytes():
    raw = b'{ "message" : {"type":"hang"}, "x": "\xff" }'
    assert proves(signing(), signed(raw), raw)
    assert not proves(signing(), signed(raw), raw.replace(b" ", b""))


@pytest.mark.parametrize(
    "plan",
    [{"signature_header": "X-Vapi-Signature"}, {"timestamp_header": "X-When"}, {"signature_prefix": "sha256="}],
)
def test_the_plan_names_headers_and_prefix(plan):
    usual = signed()
    sent = {
        plan.get("timestamp_header", "x-timestamp"): usual["x-timestamp"],
        plan.get("signature_header", "x-signature"): plan.get("signature_prefix", "") + usual["x-signature"],
    }
    assert proves(signing(**plan), sent)
    assert not proves(signing(), sent) or not any(plan.values())


def test_a_signature_without_the_plans_prefix_proves_nothing():
    assert not proves(signing(signature_prefix="sha256="), signed())


def test_a_prefix_may_end_in_a_space():
    sent = signed()
    assert proves(signing(signature_prefix="HMAC "), sent | {"x-signature": "HMAC " + sent["x-signature"]})


def test_hexadecimal_may_be_in_capitals():
    sent = signed()
    assert proves(signing(), sent | {"x-signature": sent["x-signature"].upper()})


def test_a_signature_may_be_in_base64_with_padding_or_without():
    plan = signing(signature_encoding=HmacPlan.BASE64)
    sent = base64.b64encode(signature(f"{SECONDS}.".encode() + BODY).digest()).decode()
    assert proves(plan, {"x-timestamp": SECONDS, "x-signature": sent})
    assert proves(plan, {"x-timestamp": SECONDS, "x-signature": sent.rstrip("=")})
    assert not proves(plan, {"x-timestamp": SECONDS, "x-signature": sent.lower()})


def test_method_url_id_and_body_are_put_where_the_plan_says():
    plan = signing(
        payload_format="{method} {url}\n{svix-id}|{timestamp}|{body}|{body}", message_id_header="X-Message-Id"
    )
    payload = b"POST " + URL.encode() + b"\nm-1|" + SECONDS.encode() + b"|" + BODY + b"|" + BODY
    sent = {"x-timestamp": SECONDS, "x-message-id": "m-1", "x-signature": signature(payload).hexdigest()}
    assert proves(plan, sent)
    assert not proves(plan, sent, url=URL + "?a=b")
    assert not proves(plan, sent, method="PUT")
    assert not proves(plan, sent | {"x-message-id": "m-2"})


def test_what_a_sender_writes_is_no_placeholder():
    """Else a body could be shifted into another part of what is signed."""
    plan = signing(payload_format="{svix-id}.{body}", message_id_header="X-Message-Id", include_timestamp=False)
    sent = {"x-message-id": "{body}", "x-signature": signature(b"{body}." + BODY).hexdigest()}
    assert proves(plan, sent)
    assert not proves(plan, sent | {"x-signature": signature(BODY + b"." + BODY).hexdigest()})


def test_without_a_timestamp_in_the_plan_none_is_needed():
    plan = signing(payload_format="{body}", include_timestamp=False)
    assert proves(plan, {"x-signature": signature(BODY).hexdigest()})


@pytest.mark.parametrize("missing", ["x-timestamp", "x-signature"])
def test_a_signature_without_one_of_its_headers_proves_nothing(missing):
    assert not proves(signing(), {name: value for name, value in signed().items() if name != missing})


def test_a_signed_id_that_is_missing_proves_nothing():
    plan = signing(payload_format="{svix-id}.{body}", message_id_header="X-Message-Id", include_timestamp=False)
    assert not proves(plan, {"x-signature": signature(b"." + BODY).hexdigest()})


@pytest.mark.parametrize("off", [0, 299, 300, -299, -300])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_timestamp_may_be_off_by_five_minutes_in_seconds_or_milliseconds(off, unit):
    timestamp = str(int((NOW + timedelta(seconds=off)).timestamp() * unit))
    assert proves(signing(), signed(timestamp=timestamp))


@pytest.mark.parametrize("off", [301, -301, 86_400])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_timestamp_that_is_older_or_newer_proves_nothing(off, unit):
    timestamp = str(int((NOW + timedelta(seconds=off)).timestamp() * unit))
    assert not proves(signing(), signed(timestamp=timestamp))


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "NaN", "9" * 400, "2026-11-21T12:00:00Z", "١٢"])
def test_what_is_no_timestamp_proves_nothing(timestamp):
    sent = {"x-timestamp": timestamp.encode().decode("latin-1"), "x-signature": "0" * 64}
    assert not proves(signing(), sent)


@pytest.mark.parametrize("sent", ["", " ", "0" * 64, "nonsense", "\xff\xfe", "," * 1000])
def test_what_is_no_signature_proves_nothing(sent):
    assert not proves(signing(), {"x-timestamp": SECONDS, "x-signature": sent})


def test_a_signature_with_another_key_proves_nothing():
    sent = signature(f"{SECONDS}.".encode() + BODY, key=b"another key").hexdigest()
    assert not proves(signing(), {"x-timestamp": SECONDS, "x-signature": sent})


STANDARD = HmacPlan(
    algorithm=HmacPlan.SHA256,
    signature_header="webhook-signature",
    timestamp_header="webhook-timestamp",
    message_id_header="webhook-id",
    payload_format="{svix-id}.{timestamp}.{body}",
    signature_prefix="v1,",
    signature_encoding=HmacPlan.BASE64,
    secret_is_base64=True,
)
PUBLISHED_AT = datetime.fromtimestamp(1614265330, UTC)
PUBLISHED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
PUBLISHED_BODY = b'{"test": 2432232314}'


def standard():
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    return WebhookVerifier(plan=WebhookPlan(hmac=STANDARD), hmac_key=key)


def test_the_published_example_of_standard_webhooks_is_verified():
    assert proves(standard(), PUBLISHED, PUBLISHED_BODY, now=PUBLISHED_AT)


@pytest.mark.parametrize("several", ["v1,bm9uc2Vuc2U= {}", "{} v1,bm9uc2Vuc2U=", "v1a,bm9uc2Vuc2U= {} v2,eHg="])
def test_one_of_several_signatures_is_enough(several):
    sent = PUBLISHED | {"webhook-signature": several.format(PUBLISHED["webhook-signature"])}
    assert proves(standard(), sent, PUBLISHED_BODY, now=PUBLISHED_AT)


def test_none_of_several_signatures_is_not_enough():
    sent = PUBLISHED | {"webhook-signature": "v1,bm9uc2Vuc2U= " + PUBLISHED["webhook-signature"].replace("v1,", "v2,")}
    assert not proves(standard(), sent, PUBLISHED_BODY, now=PUBLISHED_AT)


def delivery(verifier, headers, body=BODY, *, now=NOW):
    return proves(verifier, headers, body, now=now).delivery


def test_a_signed_message_id_is_the_delivery_however_often_it_is_signed_anew():
    again = PUBLISHED_AT + timedelta(seconds=30)
    timestamp = str(int(again.timestamp()))
    payload = b".".join((PUBLISHED["webhook-id"].encode(), timestamp.encode(), PUBLISHED_BODY))
    anew = base64.b64encode(signature(payload, key=standard().hmac_key).digest()).decode()
    sent = PUBLISHED | {"webhook-timestamp": timestamp, "webhook-signature": f"v1,{anew}"}
    assert delivery(standard(), sent, PUBLISHED_BODY, now=again) == PUBLISHED["webhook-id"]
    assert delivery(standard(), PUBLISHED, PUBLISHED_BODY, now=PUBLISHED_AT) == PUBLISHED["webhook-id"]


def test_a_message_id_that_is_not_signed_tells_nothing():
    """Else whoever sends a message again could have it done again."""
    plan = signing(message_id_header="X-Message-Id")
    told = {delivery(plan, signed() | {"x-message-id": name}) for name in ("m-1", "m-2")}
    assert len(told) == 1
    assert not told & {"m-1", "m-2"}


def test_without_a_message_id_a_signature_over_the_time_is_the_delivery():
    later = str(int(NOW.timestamp()) + 1)
    assert delivery(signing(), signed()) == delivery(signing(), signed())
    assert delivery(signing(), signed()) != delivery(signing(), signed(timestamp=later))
    assert delivery(signing(), signed()) != delivery(signing(), signed(BODY + b" "), BODY + b" ")


@pytest.mark.parametrize("headers", [{"x-timestamp": SECONDS}, {}])
def test_what_is_signed_without_a_time_tells_no_delivery_from_another(headers):
    plan = signing(payload_format="{body}", include_timestamp=bool(headers))
    assert delivery(plan, headers | {"x-signature": signature(BODY).hexdigest()}) == ""


def test_a_secret_tells_no_delivery_from_another():
    assert delivery(secret(), {"X-Vapi-Secret": SECRET}) == ""
    assert delivery(bearer(), {"Authorization": f"Bearer {SECRET}"}) == ""


def test_a_credential_is_live_from_its_beginning_until_before_its_end():
    credential = secret()
    credential.not_before.FromDatetime(NOW)
    credential.not_after.FromDatetime(NOW + timedelta(hours=1))
    verifier = verifier_of(credential)
    instants = [NOW - timedelta(microseconds=1), NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1)]
    assert [verifier.is_live(instant) for instant in instants] == [False, True, True, False]


def test_a_credential_without_bounds_is_live():
    assert verifier_of(secret()).is_live(NOW)


def test_a_plan_of_a_newer_release_verifies_nothing():
    assert verifier_of(WebhookVerifier(credential_id="c-1")) is None
