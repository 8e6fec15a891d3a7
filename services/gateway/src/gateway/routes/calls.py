"""`/api/calls`: an organization's calls as Vapi told of them, the latest first."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.booking.v1.call_service_pb2 import Call, GetCallRequest, ListCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub

_DIRECTIONS = {Call.INBOUND: "inbound", Call.OUTBOUND: "outbound", Call.WEB: "web"}


class CallRoutes:
    def __init__(self, principals: Principals, booking: RpcClient) -> None:
        self._principals = principals
        self._booking = booking.stub(CallServiceStub)

    def routes(self) -> list[Route]:
        return [resource("/api/calls", GET=self.list), resource("/api/calls/{id}", GET=self.get)]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            page = ListCallsRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._booking.ListCalls(page)
        return listed(map(_item, found.calls), found.next_page_token)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.GetCall(GetCallRequest(id=path_id(request)))
        return JSONResponse(_whole(found.call))


def _item(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "vapi_call_id": call.vapi_call_id,
        "direction": _DIRECTIONS.get(call.direction),
        "caller_number": call.caller_number or None,
        "called_number": call.called_number or None,
        "contact_id": call.contact_id or None,
        "assistant_id": call.assistant_id or None,
        "status": call.status or None,
        "started_at": instant_in(call, "started_at"),
        "ended_at": instant_in(call, "ended_at"),
        "duration_seconds": call.duration_seconds if call.HasField("duration_seconds") else None,
        "ended_reason": call.ended_reason or None,
        "cost": call.cost if call.HasField("cost") else None,
        "cost_parts": {part: call.cost_parts[part] for part in sorted(call.cost_parts)},
        "summary": call.summary or None,
        "success_evaluation": call.success_evaluation or None,
        "tools_used": list(call.tools_used),
        "has_recording": call.has_recording,
        "appointment_ids": list(call.appointment_ids),
    }


def _whole(call: Call) -> dict[str, Any]:
    """With what is too large for a list."""
    return _item(call) | {
        "structured_data": json.loads(call.structured_data or "null"),
        "transcript": call.transcript or None,
    }
