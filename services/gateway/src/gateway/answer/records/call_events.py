"""Notes, as booking is told of them: events of a call."""

from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from chassis.tools import Tool
from gateway.answer.records.notes import MessageNote, Note, ToolCallNote
from gateway.message.conversation import identifier
from gateway.message.wire import ArgumentsUnreadable, ToolUse
from gateway.structs import json_of
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, MessageEvent, ToolCallEvent
from switchboard.tools.v1.annotations_pb2 import ArgumentOptions

_LONGEST_ARGUMENTS = 20_000


def event_of(note: Note) -> CallEvent:
    event = CallEvent(id=str(uuid4()), vapi_call_id=note.vapi_call_id, milliseconds=_milliseconds(note.seconds))
    event.at.FromDatetime(datetime.fromtimestamp(note.at, UTC))
    if isinstance(note, ToolCallNote):
        event.tool_call.CopyFrom(_tool_call(note))
    else:
        event.message.CopyFrom(_message(note))
    return event


def _message(note: MessageNote) -> MessageEvent:
    return MessageEvent(
        type=note.type,
        outcome=note.outcome,
        evidence=note.evidence,
        was_remembered=note.was_remembered,
        verified_by=note.verified_by,
        admission_milliseconds=_milliseconds(note.admission_seconds),
        turns=note.turns,
        status=note.status,
        ended_reason=note.ended_reason,
        answered=_kind_of_answer(note.answer),
        sent_back=note.sent_back,
        was_quarantined=note.was_quarantined,
    )


def _tool_call(note: ToolCallNote) -> ToolCallEvent:
    arguments = _declared_arguments(note.tool, note.use)
    message = ToolCallEvent(
        tool=note.tool.name,
        tool_call_id=identifier(note.use.id),
        ended=note.ended,
        arguments=_json(arguments),
        personal_arguments=_personal(note.tool, ArgumentOptions.IDENTITY),
        worded_arguments=_personal(note.tool, ArgumentOptions.WORDS),
        chosen_arguments=[name for name, value in arguments.items() if value in note.tool.arguments[name].choices],
        say=note.result.result or "",
        error=note.result.error or "",
        data=_json(note.result.metadata),
        effects=note.effects,
    )
    if note.reply is not None:
        message.because = _json(json_of(note.reply.because))
    if note.rpc_seconds:
        message.rpc_milliseconds = _milliseconds(note.rpc_seconds)
    if note.timing is not None:
        message.service_milliseconds = note.timing.total
        message.database_milliseconds = note.timing.database
    return message


def _personal(tool: Tool, kind: "ArgumentOptions.Personal.ValueType") -> list[str]:
    return [name for name, argument in tool.arguments.items() if argument.personal == kind]


def _declared_arguments(tool: Tool, use: ToolUse) -> dict[str, object]:
    if len(use.raw_arguments) > _LONGEST_ARGUMENTS:
        return {}
    try:
        return tool.known(use.arguments())
    except ArgumentsUnreadable:
        return {}


def _kind_of_answer(answer: bytes) -> str:
    """What a request was answered with, by the names of its parts: nothing of what they hold."""
    if not answer:
        return ""
    try:
        parts = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return ""
    return " ".join(sorted(parts))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
