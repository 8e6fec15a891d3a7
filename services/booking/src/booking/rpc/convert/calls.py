"""Calls."""

import math
import unicodedata
from uuid import UUID

from booking.domain.calls.call import Call, CallRecord
from booking.domain.errors import CallNotFound, MalformedCall, MalformedTime
from booking.domain.people.contacts import e164, single_line
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import instant, timestamp
from switchboard.booking.v1 import call_service_pb2 as call_pb2

_LONGEST_WORD = 200
_LONGEST_SUMMARY = 10_000


def call_id(text: str) -> UUID:
    """Raises CallNotFound."""
    return existing_id(text, CallNotFound)


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
    )


def call_message(given: Call) -> call_pb2.Call:
    record = given.record
    message = call_pb2.Call(
        id=str(given.id),
        vapi_call_id=record.vapi_call_id,
        caller_number=record.caller_number or "",
        duration_seconds=record.duration_seconds,
        ended_reason=record.ended_reason or "",
        cost=record.cost,
        summary=record.summary or "",
        appointment_ids=[str(one) for one in given.appointment_ids],
        status=record.status or "",
    )
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


def _paragraphs(text: str) -> str:
    """Without control characters but for line breaks."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C").strip()
