"""`/api/calls`: an organization's calls as Vapi told of them, the latest first."""

import json
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import asdict

from chassis.rpc.client import RpcClient
from gateway.http.answers import Page, Rfc3339, Uuid, page, words
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.routes.listing import instant_in
from switchboard.booking.v1.call_service_pb2 import Call, GetCallRequest, ListCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub


class CallItem(Struct):
    id: Uuid
    vapi_call_id: str
    direction: Annotated[str, words(Call.Direction)] | None
    caller_number: str | None
    called_number: str | None
    contact_id: Uuid | None
    assistant_id: str | None
    status: str | None
    started_at: Rfc3339 | None
    ended_at: Rfc3339 | None
    duration_seconds: float | None
    ended_reason: str | None
    cost: float | None
    cost_parts: dict[str, float]
    summary: str | None
    success_evaluation: str | None
    tools_used: list[str]
    has_recording: bool
    appointment_ids: list[Uuid]


class WholeCall(CallItem):
    """With what is too large for a list."""

    structured_data: Any
    transcript: str | None


class CallRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._booking = booking.stub(CallServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource("/api/calls", GET=operation(self.list, "List calls, the latest first")),
            resource(
                "/api/calls/{id}",
                GET=operation(self.get, "Read a call, with its transcript", problems={404: ("CALL_NOT_FOUND",)}),
            ),
        ]

    async def list(self, paging: Paging) -> Page[CallItem]:
        wanted = ListCallsRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._booking.ListCalls(wanted)
        return page(map(_item, found.calls), found.next_page_token)

    async def get(self, call: Named) -> WholeCall:
        found = await self._booking.GetCall(GetCallRequest(id=call.id))
        return _whole(found.call)


def _item(call: Call) -> CallItem:
    return CallItem(
        id=call.id,
        vapi_call_id=call.vapi_call_id,
        direction=Call.Direction.Name(call.direction).lower() if call.direction else None,
        caller_number=call.caller_number or None,
        called_number=call.called_number or None,
        contact_id=call.contact_id or None,
        assistant_id=call.assistant_id or None,
        status=call.status or None,
        started_at=instant_in(call, "started_at"),
        ended_at=instant_in(call, "ended_at"),
        duration_seconds=call.duration_seconds if call.HasField("duration_seconds") else None,
        ended_reason=call.ended_reason or None,
        cost=call.cost if call.HasField("cost") else None,
        cost_parts={part: call.cost_parts[part] for part in sorted(call.cost_parts)},
        summary=call.summary or None,
        success_evaluation=call.success_evaluation or None,
        tools_used=list(call.tools_used),
        has_recording=call.has_recording,
        appointment_ids=list(call.appointment_ids),
    )


def _whole(call: Call) -> WholeCall:
    return WholeCall(
        **asdict(_item(call)),
        structured_data=json.loads(call.structured_data or "null"),
        transcript=call.transcript or None,
    )
