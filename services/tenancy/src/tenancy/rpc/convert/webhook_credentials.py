"""Webhook credentials and their plans. What a request leaves absent is Vapi's default."""

from collections.abc import Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.paging import Page
from switchboard.tenancy.v1 import webhook_credential_service_pb2 as credential_pb2
from tenancy.domain.access.webhook_credentials import (
    MOST_USES_AT_ONCE,
    Draft,
    Opened,
    Use,
    WebhookCredential,
    secret_digest,
    signing_key,
)
from tenancy.domain.access.webhook_plans import Algorithm, BearerPlan, Encoding, HmacPlan, SecretPlan, WebhookPlan
from tenancy.domain.errors import MalformedWebhookCredential
from tenancy.domain.text import uuid_of
from tenancy.rpc.convert.instants import instant_of, timestamp
from tenancy.rpc.convert.paging import page_token

_ALGORITHMS: Mapping[credential_pb2.HmacPlan.Algorithm.ValueType, Algorithm] = {
    credential_pb2.HmacPlan.SHA256: Algorithm.SHA256,
    credential_pb2.HmacPlan.SHA512: Algorithm.SHA512,
    credential_pb2.HmacPlan.SHA1: Algorithm.SHA1,
}
_ALGORITHM_VALUES = {algorithm: value for value, algorithm in _ALGORITHMS.items()}
_ENCODINGS: Mapping[credential_pb2.HmacPlan.Encoding.ValueType, Encoding] = {
    credential_pb2.HmacPlan.ENCODING_UNSPECIFIED: Encoding.HEX,
    credential_pb2.HmacPlan.HEX: Encoding.HEX,
    credential_pb2.HmacPlan.BASE64: Encoding.BASE64,
}
_ENCODING_VALUES = {encoding: value for value, encoding in _ENCODINGS.items()}


def draft(request: credential_pb2.CreateWebhookCredentialRequest) -> Draft:
    """Raises MalformedWebhookCredential."""
    return Draft(
        request.name,
        _plan(request.plan),
        _instant(request.not_before, "not_before") if request.HasField("not_before") else None,
        _instant(request.not_after, "not_after") if request.HasField("not_after") else None,
    )


def revoked_at(request: credential_pb2.RevokeWebhookCredentialRequest) -> datetime | None:
    """None means now. Raises MalformedWebhookCredential for an instant beyond the calendar."""
    return _instant(request.at, "at") if request.HasField("at") else None


def uses(request: credential_pb2.RecordWebhookCredentialUsesRequest) -> list[Use]:
    """Those that can be told of; what names no credential, or counts nothing, is passed over."""
    return [use for told in request.uses if (use := _use(told)) is not None]


def credential(known: WebhookCredential) -> credential_pb2.WebhookCredential:
    return credential_pb2.WebhookCredential(
        id=str(known.id),
        name=known.name,
        plan=_plan_message(known.plan),
        not_before=timestamp(known.not_before),
        not_after=timestamp(known.not_after),
        created_at=timestamp(known.created_at),
        uses=known.uses,
        last_used_at=timestamp(known.last_used_at),
    )


def page(listed: Page[WebhookCredential]) -> credential_pb2.ListWebhookCredentialsResponse:
    return credential_pb2.ListWebhookCredentialsResponse(
        credentials=[credential(known) for known in listed.items],
        next_page_token=page_token(listed.items[-1].id) if listed.more else "",
    )


def verifier(opened: Opened) -> credential_pb2.WebhookVerifier:
    known = opened.credential
    return credential_pb2.WebhookVerifier(
        credential_id=str(known.id),
        plan=_plan_message(known.plan),
        secret_digest=secret_digest(opened),
        hmac_key=signing_key(opened),
        not_before=timestamp(known.not_before),
        not_after=timestamp(known.not_after),
    )


def _plan(plan: credential_pb2.WebhookPlan) -> WebhookPlan:
    match plan.WhichOneof("plan"):
        case "secret":
            return SecretPlan()
        case "bearer":
            return _bearer(plan.bearer)
        case "hmac":
            return _hmac(plan.hmac)
        case _:
            raise MalformedWebhookCredential(field="plan")


def _bearer(plan: credential_pb2.BearerPlan) -> BearerPlan:
    default = BearerPlan()
    return BearerPlan(
        header_name=plan.header_name or default.header_name,
        bearer_prefix=plan.bearer_prefix if plan.HasField("bearer_prefix") else default.bearer_prefix,
    )


def _hmac(plan: credential_pb2.HmacPlan) -> HmacPlan:
    algorithm = _ALGORITHMS.get(plan.algorithm)
    if algorithm is None:
        raise MalformedWebhookCredential(field="hmac.algorithm")
    encoding = _ENCODINGS.get(plan.signature_encoding)
    if encoding is None:
        raise MalformedWebhookCredential(field="hmac.signature_encoding")
    default = HmacPlan(algorithm)
    include_timestamp = plan.include_timestamp if plan.HasField("include_timestamp") else default.include_timestamp
    return HmacPlan(
        algorithm,
        signature_header=plan.signature_header or default.signature_header,
        timestamp_header=plan.timestamp_header or default.timestamp_header,
        include_timestamp=include_timestamp,
        payload_format=plan.payload_format or (default.payload_format if include_timestamp else "{body}"),
        signature_prefix=plan.signature_prefix,
        signature_encoding=encoding,
        secret_is_base64=plan.secret_is_base64,
        message_id_header=plan.message_id_header,
    )


def _plan_message(plan: WebhookPlan) -> credential_pb2.WebhookPlan:
    match plan:
        case SecretPlan():
            return credential_pb2.WebhookPlan(secret=credential_pb2.SecretPlan())
        case BearerPlan():
            bearer = credential_pb2.BearerPlan(header_name=plan.header_name, bearer_prefix=plan.bearer_prefix)
            return credential_pb2.WebhookPlan(bearer=bearer)
        case HmacPlan():
            return credential_pb2.WebhookPlan(hmac=_hmac_message(plan))


def _hmac_message(plan: HmacPlan) -> credential_pb2.HmacPlan:
    return credential_pb2.HmacPlan(
        algorithm=_ALGORITHM_VALUES[plan.algorithm],
        signature_header=plan.signature_header,
        timestamp_header=plan.timestamp_header,
        include_timestamp=plan.include_timestamp,
        payload_format=plan.payload_format,
        signature_prefix=plan.signature_prefix,
        signature_encoding=_ENCODING_VALUES[plan.signature_encoding],
        secret_is_base64=plan.secret_is_base64,
        message_id_header=plan.message_id_header,
    )


def _use(told: credential_pb2.RecordWebhookCredentialUsesRequest.Use) -> Use | None:
    organization_id, credential_id = uuid_of(told.organization_id), uuid_of(told.credential_id)
    if organization_id is None or credential_id is None or told.count < 1:
        return None
    try:
        last_used_at = instant_of(told.last_used_at)
    except ValueError:
        return None
    return Use(organization_id, credential_id, min(told.count, MOST_USES_AT_ONCE), last_used_at)


def _instant(message: Timestamp, field: str) -> datetime:
    try:
        return instant_of(message)
    except ValueError:
        raise MalformedWebhookCredential(field=field) from None
