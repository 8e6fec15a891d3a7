"""`/api/quarantine`: verified messages of which nobody knows whose they are. The administrator's, and audited."""

import base64
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.principals import Principals, path_id
from gateway.message.surrogates import replace_halves
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.quarantine_service_pb2 import (
    ListQuarantinedMessagesRequest,
    QuarantinedMessage,
    ReadQuarantinedMessageRequest,
)
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest, ResolveTenantResponse


class QuarantineRoutes:
    def __init__(self, principals: Principals, tenancy: RpcClient) -> None:
        self._principals = principals
        self._tenancy = tenancy.stub(QuarantineServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/quarantine", GET=self.list),
            resource("/api/quarantine/{id}", GET=self.read),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.platform(request):
            page = ListQuarantinedMessagesRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._tenancy.ListQuarantinedMessages(page)
        return listed(map(_item, found.messages), found.next_page_token)

    async def read(self, request: Request) -> Response:
        async with self._principals.platform(request):
            wanted = ReadQuarantinedMessageRequest(id=path_id(request))
            found = await self._tenancy.ReadQuarantinedMessage(wanted)
        content = msgspec.json.encode({**_item(found.message), **_shown(found.body)})
        return Response(content, media_type="application/json")


def _shown(body: bytes) -> dict[str, Any]:
    """A message's body as it was received: as JSON where it is that; null once it was delivered."""
    if not body:
        return {"body": None, "body_encoding": None}
    text = replace_halves(body)
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"body": base64.b64encode(body).decode(), "body_encoding": "base64"}
    return {"body": msgspec.Raw(text), "body_encoding": "json"}


def _item(message: QuarantinedMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "message_type": message.message_type,
        "outcome": ResolveTenantResponse.Outcome.Name(message.outcome).lower(),
        "evidence": _evidence(message.evidence),
        "call_id": message.call_id or None,
        "received_at": instant_in(message, "received_at"),
        "expires_at": instant_in(message, "expires_at"),
        "state": QuarantinedMessage.State.Name(message.state).lower(),
        "organization_id": message.organization_id or None,
    }


def _evidence(evidence: ResolveTenantRequest) -> dict[str, Any]:
    return {
        "called_number": evidence.called_number or None,
        "phone_number_ids": _present(evidence.phone_number_id, *evidence.other_phone_number_ids),
        "assistant_ids": _present(evidence.assistant_id, *evidence.other_assistant_ids),
        "metadata_org_ids": _present(evidence.metadata_org_id, *evidence.other_metadata_org_ids),
        "at": instant_in(evidence, "at"),
    }


def _present(*values: str) -> list[str]:
    return [value for value in values if value]
