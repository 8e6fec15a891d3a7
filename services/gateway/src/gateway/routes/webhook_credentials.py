"""`…/webhook-credentials`: how an organization's Vapi proves its messages; plans are written as Vapi writes them."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page, words
from gateway.http.bodies import Body, given
from gateway.http.instants import Instant, timestamp
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.http.problems import Refused, malformed_field, unusable_credential
from gateway.routes.listing import instant_in
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
    example: ClassVar = {"plan": {"type": "hmac", "algorithm": "sha256", "signatureHeader": "x-signature"}}

    plan: Secret | Bearer | Hmac
    name: str = ""
    not_before: Instant | None = None
    not_after: Instant | None = None


class ShownPlan(Struct, tag_field="type", rename="camel"):
    """Vapi's `authenticationPlan` without its secret; what is empty is not said."""


class ShownSecret(ShownPlan, tag="secret"):
    pass


class ShownBearer(ShownPlan, tag="bearer"):
    header_name: str
    bearer_prefix_enabled: bool


class ShownHmac(ShownPlan, tag="hmac", kw_only=True):
    algorithm: Annotated[str, words(HmacPlan.Algorithm)]
    signature_header: str | UnsetType = UNSET
    timestamp_header: str | UnsetType = UNSET
    include_timestamp: bool
    payload_format: str | UnsetType = UNSET
    signature_prefix: str | UnsetType = UNSET
    signature_encoding: Annotated[str, words(HmacPlan.Encoding)]
    secret_is_base64: bool
    message_id_header: str | UnsetType = UNSET


class CredentialItem(Struct):
    id: Uuid
    name: str
    plan: ShownSecret | ShownBearer | ShownHmac
    not_before: Rfc3339 | None
    not_after: Rfc3339 | None
    created_at: Rfc3339 | None
    uses: int
    last_used_at: Rfc3339 | None


class NewCredentialItem(CredentialItem):
    """With its secret, this once."""

    secret: str


class WebhookCredentialRoutes:
    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = tenancy.stub(WebhookCredentialServiceStub)

    def resources(self) -> list[Resource]:
        credentials = "/api/organizations/{organization_id}/webhook-credentials"
        who = Who.ORGANIZATIONS_ADMINISTRATOR
        return [
            resource(
                credentials,
                GET=operation(self.list, "List an organization's webhook credentials", who=who),
                POST=operation(
                    self.create,
                    "Add a webhook credential",
                    who=who,
                    problems={400: ("MALFORMED_WEBHOOK_CREDENTIAL",), 409: ("TOO_MANY_LIVE_WEBHOOK_CREDENTIALS",)},
                ),
            ),
            resource(
                credentials + "/{id}",
                DELETE=operation(
                    self.revoke,
                    "Revoke a webhook credential",
                    who=who,
                    problems={404: ("WEBHOOK_CREDENTIAL_NOT_FOUND",)},
                ),
            ),
        ]

    async def list(self, paging: Paging) -> Page[CredentialItem]:
        wanted = ListWebhookCredentialsRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._tenancy.ListWebhookCredentials(wanted)
        return page(map(_item, found.credentials), found.next_page_token)

    async def create(self, new: NewCredential) -> Created[NewCredentialItem]:
        """A secret that is not sent is made up. It is told this once."""
        try:
            made = await self._tenancy.CreateWebhookCredential(_wanted(new))
        except RemoteError as error:
            if error.reason == ErrorReason.Name(MALFORMED_WEBHOOK_CREDENTIAL):
                raise Refused(unusable_credential(_field(new, error.metadata.get("field", "plan")))) from None
            raise
        return Created(NewCredentialItem(**asdict(_item(made.credential)), secret=made.secret))

    async def revoke(self, credential: Named) -> None:
        await self._tenancy.RevokeWebhookCredential(RevokeWebhookCredentialRequest(id=credential.id))


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


def _item(credential: WebhookCredential) -> CredentialItem:
    return CredentialItem(
        id=credential.id,
        name=credential.name,
        plan=_shown(credential.plan),
        not_before=instant_in(credential, "not_before"),
        not_after=instant_in(credential, "not_after"),
        created_at=instant_in(credential, "created_at"),
        uses=credential.uses,
        last_used_at=instant_in(credential, "last_used_at"),
    )


def _shown(plan: WebhookPlan) -> ShownSecret | ShownBearer | ShownHmac:
    match plan.WhichOneof("plan"):
        case "bearer":
            return ShownBearer(plan.bearer.header_name, plan.bearer.bearer_prefix)
        case "hmac":
            return _shown_hmac(plan.hmac)
        case _:
            return ShownSecret()


def _shown_hmac(plan: HmacPlan) -> ShownHmac:
    return ShownHmac(
        algorithm=HmacPlan.Algorithm.Name(plan.algorithm).lower(),
        signature_header=plan.signature_header or UNSET,
        timestamp_header=plan.timestamp_header or UNSET,
        include_timestamp=plan.include_timestamp,
        payload_format=plan.payload_format or UNSET,
        signature_prefix=plan.signature_prefix or UNSET,
        signature_encoding=HmacPlan.Encoding.Name(plan.signature_encoding).lower(),
        secret_is_base64=plan.secret_is_base64,
        message_id_header=plan.message_id_header or UNSET,
    )
