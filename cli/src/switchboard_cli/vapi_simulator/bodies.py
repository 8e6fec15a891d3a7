"""The bodies of Vapi's server messages, as a phone call makes them: everything under `message`.

Pure construction. What real bodies are known to do is done here too: every message repeats the assistant and the
history, `call` is a snapshot from the call's creation (its status stays "ringing"), the number of an imported
telephone line carries the credentials of its provider.
"""

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]

# How a tool call's name and arguments are written; Vapi has sent all four.
Shape = Literal["object", "string", "flat-arguments", "flat-parameters"]
SHAPES: tuple[Shape, ...] = ("object", "string", "flat-arguments", "flat-parameters")

CallType = Literal["inboundPhoneCall", "outboundPhoneCall", "webCall"]

_CONTROL_HOST = "phone-call-websocket.aws-us-west-2-backend-production2.vapi.ai"
CONTROL_URL = f"https://{_CONTROL_HOST}"
"""Under which live calls are controlled."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model's wish to use a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any]


def timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def phone_number(number: str, *, org_id: str) -> Json:
    """The line as Vapi shows it; the same number always has the same id."""
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"tel:{number}")),
        "orgId": org_id,
        "number": number,
        "provider": "twilio",
        "status": "active",
        "twilioAccountSid": f"AC{secrets.token_hex(16)}",
        "twilioAuthToken": secrets.token_hex(16),
    }


def call(
    call_id: str,
    *,
    org_id: str,
    call_type: CallType,
    created_at: datetime,
    line: Mapping[str, Any] | None,
    caller_number: str | None,
    assistant_id: str | None,
    control_url: str = CONTROL_URL,
) -> Json:
    body: Json = {
        "id": call_id,
        "orgId": org_id,
        "type": call_type,
        "status": "queued" if call_type == "webCall" else "ringing",
        "createdAt": timestamp(created_at),
        "updatedAt": timestamp(created_at),
        "assistantId": assistant_id,
        "monitor": {
            "listenUrl": f"wss://{_CONTROL_HOST}/{call_id}/listen",
            "controlUrl": f"{control_url}/{call_id}/control",
        },
    }
    if line is not None:
        sid = f"CA{uuid.UUID(call_id).hex}"
        body |= {
            "phoneNumberId": line["id"],
            "phoneCallProvider": "twilio",
            "phoneCallProviderId": sid,
            "phoneCallTransport": "pstn",
            "transport": {"provider": "twilio", "callSid": sid, "conversationType": "voice"},
        }
    if caller_number is not None:
        body["customer"] = {"number": caller_number}
    return body


def tool_calls(uses: Sequence[ToolUse], shape: Shape, tools: Mapping[str, Json]) -> Json:
    """The fields of a `tool-calls` message; `tools` holds the configuration of the tools known by name."""
    written = [_tool_call(use, shape) for use in uses]
    fields: Json = {
        "type": "tool-calls",
        "toolCallList": written,
        "toolWithToolCallList": [
            {**(tools.get(use.name) or _unconfigured(use.name, shape)), "toolCall": tool_call}
            for use, tool_call in zip(uses, written, strict=True)
        ],
    }
    if shape in ("object", "string"):
        fields["toolCalls"] = written
    return fields


def _unconfigured(name: str, shape: Shape) -> Json:
    if shape in ("object", "string"):
        return {"type": "function", "function": {"name": name}}
    return {"type": "function", "name": name}


def _tool_call(use: ToolUse, shape: Shape) -> Json:
    arguments = dict(use.arguments)
    match shape:
        case "object":
            return {"id": use.id, "type": "function", "function": {"name": use.name, "arguments": arguments}}
        case "string":
            function = {"name": use.name, "arguments": json.dumps(arguments)}
            return {"id": use.id, "type": "function", "function": function}
        case "flat-arguments":
            return {"id": use.id, "name": use.name, "arguments": arguments}
        case "flat-parameters":
            return {"id": use.id, "name": use.name, "parameters": arguments}


def artifact(history: Sequence[Json]) -> Json:
    """The conversation so far, in Vapi's own form and in OpenAI's."""
    return {
        "messages": list(history),
        "messagesOpenAIFormatted": [_in_openai_form(turn) for turn in history],
    }


def transcript(history: Sequence[Json]) -> str:
    speakers = {"bot": "AI", "user": "User"}
    return "".join(f"{speakers[turn['role']]}: {turn['message']}\n" for turn in history if turn["role"] in speakers)


def end_of_call_report(
    history: Sequence[Json], *, started_at: datetime, ended_at: datetime, ended_reason: str, summary: str
) -> Json:
    seconds = (ended_at - started_at).total_seconds()
    per_minute = {"transport": 0.008, "stt": 0.01, "llm": 0.004, "tts": 0.006, "vapi": 0.05}
    costs = {part: round(price * seconds / 60, 4) for part, price in per_minute.items()}
    total = round(sum(costs.values()), 4)
    spoken = transcript(history)
    return {
        "type": "end-of-call-report",
        "endedReason": ended_reason,
        "startedAt": timestamp(started_at),
        "endedAt": timestamp(ended_at),
        "durationMs": round(seconds * 1000),
        "durationSeconds": seconds,
        "durationMinutes": round(seconds / 60, 4),
        "cost": total,
        "costBreakdown": {**costs, "total": total},
        "costs": [{"type": part, "cost": cost} for part, cost in costs.items()],
        "analysis": {"summary": summary, "successEvaluation": "true"},
        "compliance": {},
        "summary": summary,
        "transcript": spoken,
        "messages": list(history),
        "artifact": {**artifact(history), "transcript": spoken},
    }


def told_by_call(report: Mapping[str, Any]) -> Json:
    """What Vapi's API shows of the call that the report is of."""
    not_shown = {"type", "durationMs", "durationSeconds", "durationMinutes", "compliance"}
    return {**{name: value for name, value in report.items() if name not in not_shown}, "status": "ended"}


def _in_openai_form(turn: Json) -> Json:
    match turn["role"]:
        case "tool_calls":
            return {"role": "assistant", "content": None, "tool_calls": turn["toolCalls"]}
        case "tool_call_result":
            return {"role": "tool", "content": turn["result"], "tool_call_id": turn["toolCallId"]}
        case "bot":
            return {"role": "assistant", "content": turn["message"]}
        case role:
            return {"role": role, "content": turn["message"]}
