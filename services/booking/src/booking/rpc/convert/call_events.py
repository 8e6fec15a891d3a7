"""Events of calls."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from booking.domain.calls.events import CallEvent
from booking.domain.calls.record_call_events import ToldEvent
from booking.domain.calls.redaction import Personal
from booking.domain.calls.timeline import Explained, Timeline
from booking.domain.errors import MalformedCall, MalformedTime
from booking.domain.people.contacts import single_line
from booking.domain.schedule.explain_start import Explanation, Reason
from booking.rpc.convert.calls import call_message
from booking.rpc.convert.instants import instant, timestamp
from booking.rpc.convert.tool_calls import GROUNDS
from switchboard.booking.v1 import call_event_service_pb2 as event_pb2

Hop = Literal["rpc_milliseconds", "service_milliseconds", "database_milliseconds"]

_LONGEST_WORD = 200
_LONGEST_JSON = 100_000
_MOST_EVENTS = 500
_LONGEST_WORDS = 20
"""How many words of one kind an event may have."""

_OF_A_MESSAGE = ("outcome", "verified_by", "status", "ended_reason", "answered", "sent_back")
_JSON = ("arguments", "data", "because")
_HOPS: tuple[Hop, ...] = ("rpc_milliseconds", "service_milliseconds", "database_milliseconds")

_REASONS = {reason: event_pb2.Explanation.Reason.Value(reason.name) for reason in Reason}


def told_events(request: event_pb2.RecordCallEventsRequest) -> list[ToldEvent]:
    """Raises MalformedCall."""
    if len(request.events) > _MOST_EVENTS:
        raise MalformedCall("events")
    return [_told_event(one) for one in request.events]


def timeline_message(given: Timeline) -> event_pb2.GetCallTimelineResponse:
    return event_pb2.GetCallTimelineResponse(
        call=None if given.call is None else call_message(given.call),
        vapi_call_id=given.vapi_call_id,
        entries=[_entry(one) for one in given.entries],
        has_more=given.has_more,
    )


def _told_event(told: event_pb2.CallEvent) -> ToldEvent:
    try:
        at = instant(told, "at")
        event_id = UUID(told.id)
    except MalformedTime:
        raise MalformedCall("at") from None
    except ValueError:
        raise MalformedCall("id") from None
    if at is None:
        raise MalformedCall("at")
    event = CallEvent(
        id=event_id,
        vapi_call_id=_word("vapi_call_id", told.vapi_call_id),
        at=at,
        milliseconds=_figure("milliseconds", told.milliseconds),
    )
    if told.HasField("message"):
        message_type = _word("type", told.message.type)
        return ToldEvent(replace(event, message_type=message_type, facts=_facts(told.message)))
    if told.HasField("tool_call"):
        return ToldEvent(_of_use(event, told.tool_call), _personal(told.tool_call))
    raise MalformedCall("what")


def _of_use(event: CallEvent, tool_call: event_pb2.ToolCallEvent) -> CallEvent:
    details = _details(tool_call)
    return replace(
        event,
        tool=_word("tool", tool_call.tool),
        ended=_word("ended", tool_call.ended),
        outcome=_said_of(details["data"], "outcome"),
        appointment_id=_id(_said_of(details["data"], "appointmentId")),
        facts=_facts_of_use(tool_call),
        details=details,
    )


def _personal(tool_call: event_pb2.ToolCallEvent) -> Personal:
    return Personal(
        identifying=tuple(tool_call.personal_arguments),
        worded=tuple(tool_call.worded_arguments),
        chosen=tuple(tool_call.chosen_arguments),
    )


def _facts(message: event_pb2.MessageEvent) -> dict[str, Any]:
    """What is told of it; what is not is left out."""
    facts: dict[str, Any] = {name: single_line(getattr(message, name))[:_LONGEST_WORD] for name in _OF_A_MESSAGE}
    facts["evidence"] = _words(message.evidence)
    facts["was_remembered"] = message.was_remembered
    facts["was_quarantined"] = message.was_quarantined
    facts["admission_milliseconds"] = _figure("admission_milliseconds", message.admission_milliseconds)
    told = {name: value for name, value in facts.items() if value}
    return told | ({"turns": message.turns} if message.HasField("turns") else {})


def _facts_of_use(tool_call: event_pb2.ToolCallEvent) -> dict[str, Any]:
    hops: dict[str, Any] = {name: _figure(name, getattr(tool_call, name)) for name in _HOPS if tool_call.HasField(name)}
    tool_call_id = single_line(tool_call.tool_call_id)[:_LONGEST_WORD]
    return {"tool_call_id": tool_call_id, "effects": _words(tool_call.effects), **hops}


def _details(tool_call: event_pb2.ToolCallEvent) -> dict[str, Any]:
    said = {name: single_line(getattr(tool_call, name))[:_LONGEST_JSON] for name in ("say", "error")}
    read = {name: _read(name, getattr(tool_call, name)) for name in _JSON}
    grounds = read.pop("because").get(GROUNDS)
    return {**said, **read, "grounds": _read("because", grounds) if isinstance(grounds, str) else {}}


def _read(field: str, text: str) -> dict[str, Any]:
    """Empty for what is too long to be kept. Raises MalformedCall."""
    if not text or len(text) > _LONGEST_JSON:
        return {}
    try:
        told = json.loads(text)
        json.dumps(told, allow_nan=False, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        raise MalformedCall(field) from None
    if not isinstance(told, dict):
        raise MalformedCall(field)
    return told


def _entry(given: Explained) -> event_pb2.GetCallTimelineResponse.Entry:
    event = given.event
    message = event_pb2.CallEvent(
        id=str(event.id), vapi_call_id=event.vapi_call_id, at=timestamp(event.at), milliseconds=event.milliseconds
    )
    if event.message_type is None:
        message.tool_call.CopyFrom(_use(event))
    else:
        message.message.CopyFrom(event_pb2.MessageEvent(type=event.message_type, **event.facts))
    return event_pb2.GetCallTimelineResponse.Entry(
        event=message,
        forgotten=event.tool is not None and event.details is None,
        explains=given.explains,
        explanations=[_explanation(one) for one in given.explanations],
    )


def _use(event: CallEvent) -> event_pb2.ToolCallEvent:
    details: Mapping[str, Any] = event.details or {}
    return event_pb2.ToolCallEvent(
        tool=event.tool or "",
        ended=event.ended or "",
        outcome=event.outcome or "",
        arguments=_written(details.get("arguments")),
        say=details.get("say", ""),
        error=details.get("error", ""),
        data=_written(details.get("data")),
        **event.facts,
    )


def _explanation(given: Explanation) -> event_pb2.Explanation:
    return event_pb2.Explanation(
        calendar_id=str(given.calendar.id),
        calendar_name=given.calendar.name,
        local_start=given.wall.isoformat(timespec="minutes"),
        reason=_REASONS[given.reason],
        sentence=given.sentence,
    )


def _written(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


def _words(told: Sequence[str]) -> list[str]:
    return [single_line(one)[:_LONGEST_WORD] for one in told[:_LONGEST_WORDS]]


def _said_of(data: Mapping[str, Any], name: str) -> str | None:
    """A fact of the answer that is a word."""
    said = data.get(name)
    return said[:_LONGEST_WORD] if isinstance(said, str) else None


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _word(field: str, text: str) -> str:
    """As it is, or not at all."""
    if not text or text != single_line(text) or len(text) > _LONGEST_WORD:
        raise MalformedCall(field)
    return text


def _figure(field: str, figure: float) -> float:
    if not math.isfinite(figure) or figure < 0:
        raise MalformedCall(field)
    return figure
