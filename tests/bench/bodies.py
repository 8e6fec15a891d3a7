"""The bodies that are posted: the project's own fixtures, with holes for what differs from request to request."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

WEBHOOK = "/api/vapi/webhook"

Fills = Mapping[bytes, bytes]
"""What goes into the holes of one request, by the hole's name."""

_FIXTURES = Path(__file__).parents[1] / "fixtures" / "vapi"
_NEARLY = 500
_HOLE = re.compile(r"<<(\w+)>>")


def check_availability() -> bytes:
    """Holes: number, organization_id, call_id, tool_call_id, caller, date."""
    return _tool_call("checkAvailability", {"date": "<<date>>"})


def book_clinic_appointment() -> bytes:
    """Holes: number, organization_id, call_id, tool_call_id, caller, date, time, name."""
    wish = {"appointmentDate": "<<date>>", "appointmentTime": "<<time>>", "patientName": "<<name>>"}
    return _tool_call("bookClinicAppointment", wish)


def conversation_update(kilobytes: int = 4) -> bytes:
    """Of a call that has been going on for so long. Holes: number, organization_id, call_id, caller."""
    body = _of_a_call("conversation-update")
    told = body["message"], body["message"]["artifact"]
    turns = [part[name] for part in told for name in ("messages", "messagesOpenAIFormatted") if name in part]
    heard = [list(turn) for turn in turns]
    while len(_with_holes(body)) < kilobytes * 1000 - _NEARLY:
        for all_of_them, once in zip(turns, heard, strict=True):
            all_of_them.extend(once)
    return _with_holes(body)


def fill(template: bytes, fills: Fills) -> bytes:
    """One body. Values are ASCII without quotes or backslashes."""
    return template % fills


def _tool_call(name: str, arguments: Mapping[str, str]) -> bytes:
    body = _of_a_call("tool-calls-object-arguments")
    message = body["message"]
    for call in (
        *message["toolCallList"],
        *message["toolCalls"],
        *(tool["toolCall"] for tool in message["toolWithToolCallList"]),
    ):
        call["id"] = "<<tool_call_id>>"
        call["function"] = {"name": name, "arguments": dict(arguments)}
    return _with_holes(body)


def _of_a_call(fixture: str) -> dict[str, Any]:
    """A fixture as a message of a call that is going on now, on a line of ours."""
    body: dict[str, Any] = json.loads((_FIXTURES / f"{fixture}.json").read_text())
    message = body["message"]
    message.setdefault("phoneNumber", {})["number"] = "<<number>>"
    message.setdefault("customer", {})["number"] = "<<caller>>"
    message["call"]["id"] = "<<call_id>>"
    message["call"]["createdAt"] = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    if "metadata" in message.get("assistant", {}):
        message["assistant"]["metadata"]["org_id"] = "<<organization_id>>"
    return body


def _with_holes(body: dict[str, Any]) -> bytes:
    text = json.dumps(body, separators=(",", ":")).replace("%", "%%")
    return _HOLE.sub(r"%(\1)s", text).encode()
