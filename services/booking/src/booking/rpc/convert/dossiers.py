"""Everything that is kept of a person, as a document: in the words of the HTTP contract, times as RFC 3339."""

import json
from datetime import UTC, datetime
from typing import Any

from booking.domain.calls.call import Call
from booking.domain.calls.events import CallEvent
from booking.domain.people.contacts import Contact
from booking.domain.people.dossiers import Dossier, GivenAnswer
from booking.domain.schedule.appointments import Appointment
from booking.rpc.convert.paging import count_token
from switchboard.booking.v1 import contact_service_pb2 as contact_pb2

_LISTS = ("appointments", "calls", "answers", "events")

_PART_BYTES = 1024 * 1024
"""After which a part ends: with one call more, the longest there is, it stays below what a message may have."""


def part_of(given: Dossier, after: int) -> contact_pb2.ExportContactResponse:
    """What comes after so many things that were told."""
    things = [
        *(("appointments", _appointment(one)) for one in given.appointments),
        *(("calls", _call(one)) for one in given.calls),
        *(("answers", _answer(one)) for one in given.answers),
        *(("events", _event(one)) for one in given.events),
    ]
    told: dict[str, Any] = {"contact": _contact(given.contact), **{name: [] for name in _LISTS}}
    end, size = after, 0
    while end < len(things) and size < _PART_BYTES:
        name, thing = things[end]
        told[name].append(thing)
        size += len(json.dumps(thing, ensure_ascii=False).encode())
        end += 1
    message = contact_pb2.ExportContactResponse(next_page_token=count_token(end) if end < len(things) else "")
    message.document.update(told)
    return message


def _contact(given: Contact) -> dict[str, Any]:
    return {
        "id": str(given.id),
        "name": given.name,
        "phone": given.phone,
        "email": given.email,
        "created_at": _rfc3339(given.created_at),
        "updated_at": _rfc3339(given.updated_at),
    }


def _appointment(given: Appointment) -> dict[str, Any]:
    return {
        "id": str(given.id),
        "calendar_id": str(given.calendar_id),
        "service_id": str(given.service_id),
        "patient_name": given.patient_name,
        "starts_at": _rfc3339(given.starts_at),
        "ends_at": _rfc3339(given.ends_at),
        "status": given.status.value,
        "vapi_call_id": given.vapi_call_id,
        "cancel_reason": given.cancel_reason,
    }


def _call(given: Call) -> dict[str, Any]:
    record = given.record
    return {
        "id": str(given.id),
        "vapi_call_id": record.vapi_call_id,
        "caller_number": record.caller_number,
        "started_at": _rfc3339(record.started_at),
        "ended_at": _rfc3339(record.ended_at),
        "duration_seconds": record.seconds,
        "ended_reason": record.ended_reason,
        "cost": record.cost,
        "summary": record.summary,
        "status": record.status,
        "direction": record.direction,
        "called_number": record.called_number,
        "assistant_id": record.assistant_id,
        "cost_parts": dict(record.cost_parts),
        "structured_data": record.structured_data,
        "success_evaluation": record.success_evaluation,
        "transcript": record.transcript,
        "recording_urls": dict(record.recording_urls),
        "tools_used": sorted(record.tools_used),
        "appointment_ids": [str(one) for one in given.appointment_ids],
    }


def _answer(given: GivenAnswer) -> dict[str, Any]:
    return {
        "given_at": _rfc3339(given.given_at),
        "vapi_call_id": given.conversation_id,
        "say": given.say,
        "data": given.data,
    }


def _event(given: CallEvent) -> dict[str, Any]:
    details = given.details or {}
    return {
        "at": _rfc3339(given.at),
        "vapi_call_id": given.vapi_call_id,
        "tool": given.tool,
        "outcome": given.outcome,
        "arguments": details.get("arguments"),
        "say": details.get("say"),
        "data": details.get("data"),
    }


def _rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
