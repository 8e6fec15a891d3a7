"""Calls."""

import json
import math
import re
import sys
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from booking.domain.calls.call import Call, CallRecord, Direction
from booking.domain.errors import CallNotFound, MalformedCall, MalformedTime
from booking.domain.people.contacts import e164, single_line
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import instant, timestamp
from switchboard.booking.v1 import call_service_pb2 as call_pb2

_Told = TypeVar("_Told")
_LONGEST_WORD = 200
_LONGEST_SUMMARY = 10_000
_LONGEST_JSON = 50_000
_LONGEST_TRANSCRIPT = 200_000
_MOST_PARTS = 50
_UNSPEAKABLE = re.compile(r"[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for line breaks: they say nothing, and play tricks on whoever looks."""

DIRECTIONS = {
    Direction.INBOUND: call_pb2.Call.INBOUND,
    Direction.OUTBOUND: call_pb2.Call.OUTBOUND,
    Direction.WEB: call_pb2.Call.WEB,
}
_DIRECTION_OF = {said: direction for direction, said in DIRECTIONS.items()}


def call_id(text: str) -> UUID:
    """Raises CallNotFound."""
    return existing_id(text, CallNotFound)


def made_at(request: call_pb2.RecordCallRequest) -> datetime | None:
    """Raises MalformedCall."""
    try:
        return instant(request, "created_at")
    except MalformedTime as malformed:
        raise MalformedCall(malformed.metadata["field"]) from None


def call_record(request: call_pb2.RecordCallRequest) -> CallRecord:
    """A number that is none (`anonymous`) is unknown. Raises MalformedCall."""
    try:
        started_at, ended_at = instant(request, "started_at"), instant(request, "ended_at")
    except MalformedTime as malformed:
        raise MalformedCall(malformed.metadata["field"]) from None
    return CallRecord(
        vapi_call_id=_vapi_call_id(request.vapi_call_id),
        caller_number=e164(request.caller_number),
        started_at=started_at,
        ended_at=ended_at,
        duration_seconds=(
            _figure("duration_seconds", request.duration_seconds) if request.HasField("duration_seconds") else None
        ),
        ended_reason=single_line(request.ended_reason)[:_LONGEST_WORD] or None,
        cost=_figure("cost", request.cost) if request.HasField("cost") else None,
        summary=_paragraphs(request.summary)[:_LONGEST_SUMMARY] or None,
        status=single_line(request.status)[:_LONGEST_WORD] or None,
        direction=_DIRECTION_OF.get(request.direction),
        called_number=e164(request.called_number),
        assistant_id=single_line(request.assistant_id)[:_LONGEST_WORD] or None,
        cost_parts={
            part: _figure("cost_parts", cost) for part, cost in _named("cost_parts", request.cost_parts).items()
        },
        structured_data=_one_spelling(request.structured_data),
        success_evaluation=_paragraphs(request.success_evaluation)[:_LONGEST_SUMMARY] or None,
        transcript=_UNSPEAKABLE.sub("", request.transcript).strip()[:_LONGEST_TRANSCRIPT] or None,
        recording_urls=_named("recording_urls", request.recording_urls),
        tools_used=frozenset(_named("tools_used", dict.fromkeys(request.tools_used, ""))),
        is_reported=request.is_report,
        start_is_reported=request.is_report and started_at is not None,
        end_is_reported=request.is_report and ended_at is not None,
    )


def call_message(given: Call) -> call_pb2.Call:
    record = given.record
    message = call_pb2.Call(
        id=str(given.id),
        vapi_call_id=record.vapi_call_id,
        caller_number=record.caller_number or "",
        duration_seconds=record.seconds,
        ended_reason=record.ended_reason or "",
        cost=record.cost,
        summary=record.summary or "",
        appointment_ids=[str(one) for one in given.appointment_ids],
        status=record.status or "",
        called_number=record.called_number or "",
        assistant_id=record.assistant_id or "",
        cost_parts=record.cost_parts,
        structured_data=record.structured_data or "",
        success_evaluation=record.success_evaluation or "",
        transcript=record.transcript or "",
        has_recording=given.has_recording,
        tools_used=sorted(record.tools_used),
        contact_id="" if given.contact_id is None else str(given.contact_id),
    )
    if record.direction is not None:
        message.direction = DIRECTIONS[record.direction]
    if record.started_at is not None:
        message.started_at.CopyFrom(timestamp(record.started_at))
    if record.ended_at is not None:
        message.ended_at.CopyFrom(timestamp(record.ended_at))
    return message


def _vapi_call_id(text: str) -> str:
    """As it is, or not at all: another spelling would be another call."""
    if not text or text != single_line(text) or len(text) > _LONGEST_WORD:
        raise MalformedCall("vapi_call_id")
    return text


def _figure(field: str, figure: float) -> float:
    if not math.isfinite(figure) or figure < 0:
        raise MalformedCall(field)
    return figure


def _named(field: str, told: Mapping[str, _Told]) -> dict[str, _Told]:
    """What is told by name, if nobody makes a store of it."""
    if len(told) > _MOST_PARTS or any(name != single_line(name) or len(name) > _LONGEST_WORD for name in told):
        raise MalformedCall(field)
    return dict(told)


def _one_spelling(text: str) -> str | None:
    """The same JSON in the one spelling that it is compared in."""
    if not text:
        return None
    try:
        told = json.loads(text, parse_int=_number)
        spelled = json.dumps(told, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        spelled.encode()  # half a character is none
    except (ValueError, RecursionError):
        raise MalformedCall("structured_data") from None
    if len(spelled) > _LONGEST_JSON:
        raise MalformedCall("structured_data")
    return spelled


def _number(digits: str) -> float:
    return int(digits) if len(digits) <= sys.float_info.dig else float(digits)


def _paragraphs(text: str) -> str:
    """Without control characters but for line breaks."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C").strip()
