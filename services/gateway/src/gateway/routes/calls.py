"""`/api/calls`: an organization's calls as Vapi told of them, the latest first."""

import json
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chassis.errors import DomainError
from chassis.rpc.client import RpcClient
from gateway.http.answers import Page, Rfc3339, Uuid, page, words
from gateway.http.operations import Content, Resource, operation, resource
from gateway.http.parameters import Named, Paging, Query
from gateway.http.principals import SECONDS_WITH_VAPI
from gateway.http.problems import RECORDING_UNAVAILABLE, Refused
from gateway.outside.recordings import TYPES, Recordings, Sound, Unreadable
from gateway.routes.listing import instant_in
from switchboard.assistants.v1.vapi_call_service_pb2 import FindRecordingRequest
from switchboard.assistants.v1.vapi_call_service_pb2_grpc import VapiCallServiceStub
from switchboard.booking.v1.call_service_pb2 import Call, GetCallRequest, GetRecordingRequest, ListCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub

_SOUND = Content(TYPES[0], TYPES[1:])


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


class WhichRecording(Query):
    channel: Annotated[
        Literal["mono", "stereo", "assistant", "customer"],
        Meta(description="What is heard in it: both, both on a side of their own, or one of them."),
    ] = "mono"


class CallRoutes:
    def __init__(
        self, tenancy: RpcClient, booking: RpcClient, assistant_sync: RpcClient, recordings: Recordings
    ) -> None:
        self._read = tenancy.stub(AuditServiceStub).RecordReading
        self._booking = booking.stub(CallServiceStub)
        self._links = assistant_sync.stub(VapiCallServiceStub).FindRecording
        self._recordings = recordings

    def resources(self) -> list[Resource]:
        return [
            resource("/api/calls", GET=operation(self.list, "List calls, the latest first")),
            resource(
                "/api/calls/{id}",
                GET=operation(self.get, "Read a call, with its transcript", problems={404: ("CALL_NOT_FOUND",)}),
            ),
            resource(
                "/api/calls/{id}/recording",
                GET=operation(
                    self.recording,
                    "Hear a call",
                    seconds=SECONDS_WITH_VAPI,
                    answers={200: _SOUND, 206: _SOUND},
                    problems={404: ("CALL_NOT_FOUND", "RECORDING_NOT_FOUND")},
                ),
            ),
        ]

    async def list(self, paging: Paging) -> Page[CallItem]:
        wanted = ListCallsRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._booking.ListCalls(wanted)
        return page(map(_item, found.calls), found.next_page_token)

    async def get(self, call: Named) -> WholeCall:
        """The audit log tells who read it."""
        found = await self._booking.GetCall(GetCallRequest(id=call.id))
        await self._read(RecordReadingRequest(what=RecordReadingRequest.CALL, subject=call.id))
        return _whole(found.call)

    async def recording(self, call: Named, which: WhichRecording, request: Request) -> Response:
        """It is read from where Vapi keeps it, and passed on as it comes; a `Range` of bytes may be asked for.

        The audit log tells who heard it. Where it cannot be read, a 503 has the code `RECORDING_UNAVAILABLE`.
        """
        sound = await self._sound(call, which.channel, request.headers.get("range", ""))
        try:
            await self._read(RecordReadingRequest(what=RecordReadingRequest.RECORDING, subject=call.id))
        except BaseException:
            await sound.close()
            raise
        name = f"call-{call.id}-{which.channel}.{sound.media_type.removeprefix('audio/').replace('mpeg', 'mp3')}"
        headers = {**sound.headers, "Content-Disposition": f'attachment; filename="{name}"', "Accept-Ranges": "bytes"}
        if request.method == "HEAD":
            await sound.close()
            return Response(status_code=sound.status, headers=headers, media_type=sound.media_type)
        return StreamingResponse(sound.parts(), sound.status, headers, sound.media_type)

    async def _sound(self, call: Named, channel: str, wanted_range: str) -> Sound:
        """Raises Refused, RemoteError."""
        recorded = await self._booking.GetRecording(GetRecordingRequest(id=call.id, channel=channel))
        links, why = [recorded.url] if recorded.url else [], None
        try:
            asked = FindRecordingRequest(vapi_call_id=recorded.vapi_call_id, channel=channel)
            links = list((await self._links(asked)).urls) + links
        except DomainError as error:
            why = error
        if not links and why is not None:
            raise why
        try:
            return await self._recordings.read(links, wanted_range)
        except Unreadable:
            raise Refused(RECORDING_UNAVAILABLE, {"Retry-After": "1"}) from None


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
