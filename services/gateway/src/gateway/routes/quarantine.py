"""`/api/quarantine`: verified messages of which nobody knows whose they are. The administrator's, and audited."""

import base64
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from chassis.rpc.client import RpcClient
from gateway.http.answers import Page, Rfc3339, Uuid, page, words
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.message.surrogates import replace_halves
from gateway.routes.listing import instant_in
from switchboard.tenancy.v1.quarantine_service_pb2 import (
    ListQuarantinedMessagesRequest,
    QuarantinedMessage,
    ReadQuarantinedMessageRequest,
)
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest, ResolveTenantResponse


class EvidenceItem(Struct):
    called_number: str | None
    phone_number_ids: list[str]
    assistant_ids: list[str]
    metadata_org_ids: list[str]
    at: Rfc3339 | None


class QuarantinedItem(Struct):
    id: Uuid
    message_type: str
    outcome: Annotated[str, words(ResolveTenantResponse.Outcome)]
    evidence: EvidenceItem
    call_id: str | None
    received_at: Rfc3339 | None
    expires_at: Rfc3339 | None
    state: Annotated[str, words(QuarantinedMessage.State)]
    organization_id: Uuid | None


class QuarantinedBody(QuarantinedItem):
    """With the message's body as it was received: as JSON where it is that; null once it was delivered."""

    body: Any
    body_encoding: Literal["json", "base64"] | None


class QuarantineRoutes:
    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = tenancy.stub(QuarantineServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/quarantine",
                GET=operation(self.list, "List messages of which nobody knows whose they are", who=Who.ADMINISTRATOR),
            ),
            resource(
                "/api/quarantine/{id}",
                GET=operation(
                    self.read,
                    "Read a quarantined message",
                    who=Who.ADMINISTRATOR,
                    problems={404: ("QUARANTINED_MESSAGE_NOT_FOUND",)},
                ),
            ),
        ]

    async def list(self, paging: Paging) -> Page[QuarantinedItem]:
        wanted = ListQuarantinedMessagesRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._tenancy.ListQuarantinedMessages(wanted)
        return page(map(_item, found.messages), found.next_page_token)

    async def read(self, message: Named) -> QuarantinedBody:
        """The audit log tells who read it."""
        found = await self._tenancy.ReadQuarantinedMessage(ReadQuarantinedMessageRequest(id=message.id))
        body, encoding = _shown(found.body)
        return QuarantinedBody(**asdict(_item(found.message)), body=body, body_encoding=encoding)


def _shown(body: bytes) -> tuple[Any, Literal["json", "base64"] | None]:
    """A body, and how it is written."""
    if not body:
        return None, None
    text = replace_halves(body)
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return base64.b64encode(body).decode(), "base64"
    return msgspec.Raw(text), "json"


def _item(message: QuarantinedMessage) -> QuarantinedItem:
    return QuarantinedItem(
        id=message.id,
        message_type=message.message_type,
        outcome=ResolveTenantResponse.Outcome.Name(message.outcome).lower(),
        evidence=_evidence(message.evidence),
        call_id=message.call_id or None,
        received_at=instant_in(message, "received_at"),
        expires_at=instant_in(message, "expires_at"),
        state=QuarantinedMessage.State.Name(message.state).lower(),
        organization_id=message.organization_id or None,
    )


def _evidence(evidence: ResolveTenantRequest) -> EvidenceItem:
    return EvidenceItem(
        called_number=evidence.called_number or None,
        phone_number_ids=_present(evidence.phone_number_id, *evidence.other_phone_number_ids),
        assistant_ids=_present(evidence.assistant_id, *evidence.other_assistant_ids),
        metadata_org_ids=_present(evidence.metadata_org_id, *evidence.other_metadata_org_ids),
        at=instant_in(evidence, "at"),
    )


def _present(*values: str) -> list[str]:
    return [value for value in values if value]
