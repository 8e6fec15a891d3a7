"""The report that Vapi would send of a call, made of what its API shows of it.

It is the same facts in the same words, so that whoever reads reports reads it: here nothing of them is understood.
What is in a call and not of it (credentials of the line, the assistant's prompt) is left out.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.calls.vapi_call import VapiCall, instant_of, object_of, text_of

TYPE = "end-of-call-report"

MOST_BYTES = 2 * 1024 * 1024
"""Of a message."""

_TOLD = (
    "startedAt",
    "endedAt",
    "endedReason",
    "cost",
    "costBreakdown",
    "costs",
    "analysis",
    "customer",
    "summary",
    "transcript",
    "recordingUrl",
    "stereoRecordingUrl",
)
_OF_THE_CALL = ("id", "orgId", "type", "status", "createdAt", "updatedAt", "phoneNumberId", "assistantId", "customer")
_OF_THE_ARTIFACT = ("transcript", "recording", "recordingUrl", "stereoRecordingUrl", "structuredOutputs")
_LARGE = "messages"
"""The history, which is left out where a message would become too large: of it only the names of tools are read."""


def report_of(call: VapiCall, line: str, now: datetime) -> bytes | None:
    """The message's body; None if it would be too large for any."""
    for of_the_artifact in ((*_OF_THE_ARTIFACT, _LARGE), _OF_THE_ARTIFACT):
        body = json.dumps({"message": _message(call, line, now, of_the_artifact)}, ensure_ascii=False).encode(
            errors="replace"
        )
        if len(body) <= MOST_BYTES:
            return body
    return None


def _message(call: VapiCall, line: str, now: datetime, of_the_artifact: Collection[str]) -> Json:
    message = {
        "type": TYPE,
        "timestamp": int(now.timestamp() * 1000),
        **_some(call.has, _TOLD),
        "artifact": _some(object_of(call.has.get("artifact")), of_the_artifact),
        "call": {**_some(call.has, _OF_THE_CALL), **_overrides(call)},
        "assistant": _assistant(call),
    }
    if (lasted := _milliseconds(call)) is not None:
        message["durationMs"] = lasted
    if call.phone_number_id or line:
        message["phoneNumber"] = {"id": call.phone_number_id or None, "number": line or None}
    return message


def _some(fields: Mapping[str, Any], names: Collection[str]) -> Json:
    return {name: fields[name] for name in names if fields.get(name) is not None}


def _assistant(call: VapiCall) -> Json:
    """Its id and whose it says it is."""
    inline = object_of(call.has.get("assistant"))
    return {"id": text_of(inline.get("id")) or call.has.get("assistantId"), **_some(inline, ("metadata",))}


def _overrides(call: VapiCall) -> Json:
    overrides = _some(object_of(call.has.get("assistantOverrides")), ("metadata",))
    return {"assistantOverrides": overrides} if overrides else {}


def _milliseconds(call: VapiCall) -> int | None:
    """How long the call took, which a report tells and a call does not."""
    began, ended = instant_of(call.has.get("startedAt")), instant_of(call.has.get("endedAt"))
    return None if began is None or ended is None or ended < began else round((ended - began).total_seconds() * 1000)
