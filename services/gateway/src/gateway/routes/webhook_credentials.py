"""`…/webhook-credentials`: how an organization's Vapi proves its messages; plans are written as Vapi writes them."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, given, read_body
from gateway.http.instants import Instant, timestamp
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.http.problems import Refused, malformed_field, unusable_credential
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.error_reason_pb2 import MALFORMED_WEBHOOK_CREDENTIAL, ErrorReason
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    BearerPlan,
    CreateWebhookCredentialRequest,
    HmacPlan,
    ListWebhookCredentialsRequest,
    RevokeWebhookCredentialRequest,
    SecretPlan,
    WebhookCredential,
    WebhookPlan,
)
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub


class _Plan(Struct, tag_field="type", forbid_unknown_fields=True, rename="camel"):
    """Vapi's `authenticationPlan`."""


class Secret(_Plan, tag="secret"):
    secret: str = ""


class Bearer(_Plan, tag="bearer"):
    token: str = ""
    header_name: str = ""
    bearer_prefix_enabled: bool | UnsetType = UNSET


class Hmac(_Plan, tag="hmac"):
    algorithm: Literal["sha256", "sha512", "sha1"]
    secret_key: str = ""
    signature_header: str = ""
    timestamp_header: str = ""
    include_timestamp: bool | UnsetType = UNSET
    payload_format: str = ""
    signature_prefix: str = ""
    signature_encoding: Literal["hex", "base64"] = "hex"
    secret_is_base64: bool = False
    message_id_header: str = ""


class NewCredential(Body):
    form: ClassVar[str] = (
        '{"plan": Vapi\'s authenticationPlan, "name"?: text, "not_before"?: RFC 3339, "not_after"?: RFC 3339};'
        ' a plan is {"type": "secret", "secret"?}, {"type": "bearer", "token"?, "headerName"?, "bearerPrefixEnabled"?}'
        ' or {"type": "hmac", "algorithm": "sha256", "sha512" or "sha1", "secretKey"?, "signatureHeader"?,'
        ' "timestampHeader"?, "includeTimestamp"?, "payloadFormat"?, "signaturePrefix"?,'
        ' "signatureEncoding"?: "hex" or "base64", "secretIsBase64"?, "messageIdHeader"?}'
    )

    plan: Secret | Bearer | Hmac
    name: str = ""
    not_before: Instant | None = None
    not_after: Instant | None = None


class WebhookCredentialRoutes:
    def __init__(self, principals: Principals, intake: Intake, tenancy: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._tenancy = tenancy.stub(WebhookCredentialServiceStub)

    def routes(self) -> list[Route]:
        credentials = "/api/organizations/{organization_id}/webhook-credentials"
        return [
            resource(credentials, GET=self.list, POST=self.create),
            resource(credentials + "/{id}", DELETE=self.revoke),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True):
            page = ListWebhookCredentialsRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._tenancy.ListWebhookCredentials(page)
        return listed(map(_item, found.credentials), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, administrators_only=True):
            new = read_body(request, body, NewCredential)
            try:
                made = await self._tenancy.CreateWebhookCredential(_wanted(new))
            except RemoteError as error:
                if error.reason == ErrorReason.Name(MALFORMED_WEBHOOK_CREDENTIAL):
                    raise Refused(unusable_credential(_field(new, error.metadata.get("field", "plan")))) from None
                raise
        return JSONResponse({**_item(made.credential), "secret": made.secret}, status_code=201)

    async def revoke(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True):
            await self._tenancy.RevokeWebhookCredential(RevokeWebhookCredentialRequest(id=path_id(request)))
        return Response(status_code=204)


def _wanted(new: NewCredential) -> CreateWebhookCredentialRequest:
    return CreateWebhookCredentialRequest(
        name=new.name,
        plan=_plan(new.plan),
        secret=_secret(new.plan),
        not_before=_timestamp(new.not_before, "not_before"),
        not_after=_timestamp(new.not_after, "not_after"),
    )


def _timestamp(instant: datetime | None, field: str) -> Timestamp | None:
    """Raises Refused."""
    return None if instant is None else timestamp(instant, malformed_field(field, NewCredential.form))


def _secret(plan: Secret | Bearer | Hmac) -> str:
    """Empty if one is to be made up."""
    match plan:
        case Secret():
            return plan.secret
        case Bearer():
            return plan.token
        case Hmac():
            return plan.secret_key


def _plan(plan: Secret | Bearer | Hmac) -> WebhookPlan:
    match plan:
        case Secret():
            return WebhookPlan(secret=SecretPlan())
        case Bearer():
            bearer = BearerPlan(header_name=plan.header_name, bearer_prefix=given(plan.bearer_prefix_enabled))
            return WebhookPlan(bearer=bearer)
        case Hmac():
            return WebhookPlan(hmac=_hmac(plan))


def _hmac(plan: Hmac) -> HmacPlan:
    return HmacPlan(
        algorithm=HmacPlan.Algorithm.Value(plan.algorithm.upper()),
        signature_header=plan.signature_header,
        timestamp_header=plan.timestamp_header,
        include_timestamp=given(plan.include_timestamp),
        payload_format=plan.payload_format,
        signature_prefix=plan.signature_prefix,
        signature_encoding=HmacPlan.Encoding.Value(plan.signature_encoding.upper()),
        secret_is_base64=plan.secret_is_base64,
        message_id_header=plan.message_id_header,
    )


def _field(new: NewCredential, field: str) -> str:
    """Tenancy's name of a field in the words of the body: `hmac.payload_format` is `plan.payloadFormat`."""
    if field == "secret":
        return {Secret: "plan.secret", Bearer: "plan.token", Hmac: "plan.secretKey"}[type(new.plan)]
    plan, _, name = field.partition(".")
    if not name:
        return plan
    name = "bearer_prefix_enabled" if name == "bearer_prefix" else name
    first, *others = name.split("_")
    return f"plan.{first}{''.join(map(str.title, others))}"


def _item(credential: WebhookCredential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "name": credential.name,
        "plan": _shown(credential.plan),
        "not_before": instant_in(credential, "not_before"),
        "not_after": instant_in(credential, "not_after"),
        "created_at": instant_in(credential, "created_at"),
        "uses": credential.uses,
        "last_used_at": instant_in(credential, "last_used_at"),
    }


def _shown(plan: WebhookPlan) -> dict[str, Any]:
    """Vapi's authenticationPlan without its secret; what is empty is not said."""
    match plan.WhichOneof("plan"):
        case "bearer":
            bearer = plan.bearer
            return {
                "type": "bearer",
                "headerName": bearer.header_name,
                "bearerPrefixEnabled": bearer.bearer_prefix,
            }
        case "hmac":
            return _shown_hmac(plan.hmac)
        case _:
            return {"type": "secret"}


def _shown_hmac(plan: HmacPlan) -> dict[str, Any]:
    shown = {
        "type": "hmac",
        "algorithm": HmacPlan.Algorithm.Name(plan.algorithm).lower(),
        "signatureHeader": plan.signature_header,
        "timestampHeader": plan.timestamp_header,
        "includeTimestamp": plan.include_timestamp,
        "payloadFormat": plan.payload_format,
        "signaturePrefix": plan.signature_prefix,
        "signatureEncoding": HmacPlan.Encoding.Name(plan.signature_encoding).lower(),
        "secretIsBase64": plan.secret_is_base64,
        "messageIdHeader": plan.message_id_header,
    }
    return {name: value for name, value in shown.items() if value != ""}
