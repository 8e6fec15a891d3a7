"""`/api/calls/{id}/timeline`: what happened in a call, without whoever it happened to, and why a time was not had."""

import json
from typing import Annotated, Any

from msgspec import Meta, Struct

from chassis.rpc.client import RpcClient
from gateway.http.answers import Rfc3339, Uuid, words
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Path, Query
from gateway.routes.listing import instant_in, rfc3339
from switchboard.booking.v1.call_event_service_pb2 import (
    CallEvent,
    GetCallTimelineRequest,
    GetCallTimelineResponse,
    MessageEvent,
    ToolCallEvent,
)
from switchboard.booking.v1.call_event_service_pb2 import Explanation as ExplanationMessage
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub

Milliseconds = Annotated[float, Meta(ge=0)]


class NamedCall(Path):
    """A call, by its id or by Vapi's."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,128}$")]


class Why(Query):
    why: Annotated[
        str,
        Meta(description="A start to be explained in each answer about free times: `10:00`, or `2026-12-01T10:00`."),
    ] = ""


class Explanation(Struct):
    """Why a start in a calendar was offered, or was not."""

    calendar_id: Uuid
    calendar_name: str
    local_start: str
    """On the calendar's clock."""
    reason: Annotated[str, words(ExplanationMessage.Reason)]
    sentence: str


class Message(Struct):
    """A message of Vapi's."""

    type: str
    outcome: str | None
    evidence: list[str]
    """The kinds of it that named the organization."""
    was_remembered: bool
    """Whose it is; else tenancy was asked."""
    verified_by: str | None
    admission_milliseconds: Milliseconds
    turns: int | None
    status: str | None
    ended_reason: str | None
    answered: str | None
    sent_back: str | None
    was_quarantined: bool


class ToolCall(Struct):
    """A use of a tool; what identifies a person is masked."""

    tool: str
    tool_call_id: str
    ended: str
    outcome: str | None
    arguments: dict[str, Any]
    say: str | None
    error: str | None
    data: dict[str, Any]
    effects: list[str]
    forgotten: bool
    """Whether what was said is gone."""
    rpc_milliseconds: Milliseconds | None
    service_milliseconds: Milliseconds | None
    database_milliseconds: Milliseconds | None
    explains: bool
    """Whether it can tell why a start was not offered."""
    explanations: list[Explanation]


class Event(Struct):
    """A message, or a use of a tool."""

    id: Uuid
    at: Rfc3339
    milliseconds: Milliseconds
    message: Message | None
    tool_call: ToolCall | None


class Timeline(Struct):
    call_id: Uuid | None
    vapi_call_id: str
    status: str | None
    started_at: Rfc3339 | None
    ended_at: Rfc3339 | None
    duration_seconds: float | None
    ended_reason: str | None
    events: list[Event]
    has_more: bool


class TimelineRoutes:
    def __init__(self, tenancy: RpcClient, booking: RpcClient) -> None:
        self._note = tenancy.stub(AuditServiceStub).RecordReading
        self._timeline = booking.stub(CallEventServiceStub).GetCallTimeline

    def resources(self) -> list[Resource]:
        problems = {400: ("MALFORMED_TIME",), 404: ("CALL_NOT_FOUND",)}
        get = operation(self.get, "Read what happened in a call, and why a time was not offered", problems=problems)
        return [resource("/api/calls/{id}/timeline", GET=get)]

    async def get(self, call: NamedCall, asked: Why) -> Timeline:
        found = await self._timeline(GetCallTimelineRequest(id=call.id, why=asked.why))
        await self._note(RecordReadingRequest(what=RecordReadingRequest.TIMELINE, subject=call.id))
        return _timeline(found)


def _timeline(found: GetCallTimelineResponse) -> Timeline:
    call = found.call
    return Timeline(
        call_id=call.id or None,
        vapi_call_id=found.vapi_call_id,
        status=call.status or None,
        started_at=instant_in(call, "started_at"),
        ended_at=instant_in(call, "ended_at"),
        duration_seconds=call.duration_seconds if call.HasField("duration_seconds") else None,
        ended_reason=call.ended_reason or None,
        events=list(map(_event, found.entries)),
        has_more=found.has_more,
    )


def _event(entry: GetCallTimelineResponse.Entry) -> Event:
    event: CallEvent = entry.event
    return Event(
        id=event.id,
        at=rfc3339(event.at),
        milliseconds=event.milliseconds,
        message=_message(event.message) if event.HasField("message") else None,
        tool_call=_tool_call(event.tool_call, entry) if event.HasField("tool_call") else None,
    )


def _message(told: MessageEvent) -> Message:
    return Message(
        type=told.type,
        outcome=told.outcome or None,
        evidence=list(told.evidence),
        was_remembered=told.was_remembered,
        verified_by=told.verified_by or None,
        admission_milliseconds=told.admission_milliseconds,
        turns=told.turns if told.HasField("turns") else None,
        status=told.status or None,
        ended_reason=told.ended_reason or None,
        answered=told.answered or None,
        sent_back=told.sent_back or None,
        was_quarantined=told.was_quarantined,
    )


def _tool_call(told: ToolCallEvent, entry: GetCallTimelineResponse.Entry) -> ToolCall:
    return ToolCall(
        tool=told.tool,
        tool_call_id=told.tool_call_id,
        ended=told.ended,
        outcome=told.outcome or None,
        arguments=json.loads(told.arguments or "{}"),
        say=told.say or None,
        error=told.error or None,
        data=json.loads(told.data or "{}"),
        effects=list(told.effects),
        forgotten=entry.forgotten,
        rpc_milliseconds=told.rpc_milliseconds if told.HasField("rpc_milliseconds") else None,
        service_milliseconds=told.service_milliseconds if told.HasField("service_milliseconds") else None,
        database_milliseconds=told.database_milliseconds if told.HasField("database_milliseconds") else None,
        explains=entry.explains,
        explanations=[_explanation(one) for one in entry.explanations],
    )


def _explanation(told: ExplanationMessage) -> Explanation:
    return Explanation(
        calendar_id=told.calendar_id,
        calendar_name=told.calendar_name,
        local_start=told.local_start,
        reason=ExplanationMessage.Reason.Name(told.reason).lower(),
        sentence=told.sentence,
    )
