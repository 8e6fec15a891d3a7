"""What status updates and reports tell of their call.

Their bodies are read for it a second time, because transcripts and histories are of use here alone. Vapi has told each
thing in several places and ways over the years; whatever is strange tells nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, decode, encode

from gateway.message.conversation import identifier
from gateway.message.instants import instant_of
from gateway.message.messages import (
    Assistant,
    Call,
    Message,
    NotAMessage,
    Other,
    OtherThanList,
    ToolCall,
    struct_of,
    text_of,
)
from gateway.message.surrogates import replace_halves
from gateway.message.wire import name_in

_PLAUSIBLE = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_LONGEST_JSON = 40_000
_LONGEST_ADDRESS = 2_000
_MOST_PARTS = 40

_PARTS = {
    "transport": "transport",
    "stt": "transcriber",
    "llm": "model",
    "tts": "voice",
    "vapi": "vapi",
    "chat": "chat",
}
"""Parts of the costs as the breakdown calls them, and as the items do."""


class CallWithTimes(Call, rename="camel"):
    created_at: Any = None
    started_at: Any = None
    ended_at: Any = None


class Cost(Struct):
    type: Any = None
    cost: Any = None


class Analysis(Struct, rename="camel"):
    summary: Any = None
    structured_data: Raw = Raw()
    success_evaluation: Any = None


class MonoRecording(Struct, rename="camel"):
    combined_url: Any = None
    assistant_url: Any = None
    customer_url: Any = None


class Recording(Struct, rename="camel"):
    stereo_url: Any = None
    mono: MonoRecording | Other = None


class Turn(Struct, rename="camel"):
    tool_calls: list[ToolCall | Other] | OtherThanList = None


class Artifact(Struct, rename="camel"):
    transcript: Any = None
    messages: list[Turn | Other] | OtherThanList = None
    recording: Recording | Other = None
    recording_url: Any = None
    stereo_recording_url: Any = None
    structured_outputs: Raw = Raw()


class CallMessage(Message, rename="camel"):
    """A status update, or a report."""

    status: Any = None
    ended_reason: Any = None
    ended_at: Any = None
    duration_ms: Any = None
    duration_seconds: Any = None
    duration_minutes: Any = None
    cost: Any = None
    costs: list[Cost | Other] | OtherThanList = None
    cost_breakdown: dict[str, Any] | str | int | float | bool | list[Any] | None = None
    analysis: Analysis | Other = None
    artifact: Artifact | Other = None
    call: CallWithTimes | Other = None
    # Until 2024 beside the artifact, and in it since; often in both.
    summary: Any = None
    transcript: Any = None
    messages: list[Turn | Other] | OtherThanList = None
    recording_url: Any = None
    stereo_recording_url: Any = None


class _Envelope(Struct):
    message: CallMessage | Other = None


_decoder = Decoder(_Envelope)


def read_call_message(body: bytes) -> CallMessage:
    """Raises NotAMessage, which the first reading has done before if at all."""
    try:
        message = _decode(body).message
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise NotAMessage from None
    if not isinstance(message, CallMessage):
        raise NotAMessage
    return message


def _decode(body: bytes) -> _Envelope:
    try:
        return _decoder.decode(body)
    except DecodeError:
        return _decoder.decode(replace_halves(body))


def status_of(message: CallMessage) -> str:
    """Where the call stands; there is a report of what has ended. A call's own status is that of its creation."""
    return "ended" if message.type == "end-of-call-report" else text_of(message.status)


def ended_reason_of(message: CallMessage) -> str:
    return text_of(message.ended_reason)


def times_of(message: CallMessage) -> tuple[datetime | None, datetime | None]:
    """When the call was answered, and when it ended. A status update is sent as the call comes to stand so."""
    call = _call_of(message)
    standing = text_of(message.status) if message.type == "status-update" else ""
    sent = _plausible(message.timestamp)
    return (
        _plausible(message.started_at) or _plausible(call.started_at) or (sent if standing == "in-progress" else None),
        _plausible(message.ended_at) or _plausible(call.ended_at) or (sent if standing == "ended" else None),
    )


def made_at(message: CallMessage) -> datetime | None:
    """When Vapi made the call."""
    return _plausible(_call_of(message).created_at)


def seconds_of(message: CallMessage) -> float | None:
    """How long the call took."""
    for told, seconds in ((message.duration_ms, 0.001), (message.duration_seconds, 1), (message.duration_minutes, 60)):
        if (figure := _figure(told)) is not None:
            return round(figure * seconds, 3)
    return None


def cost_of(message: CallMessage) -> float | None:
    """In US dollars, as all costs are."""
    total = message.cost_breakdown.get("total") if isinstance(message.cost_breakdown, dict) else None
    cost = _figure(message.cost)
    return _figure(total) if cost is None else cost


def cost_parts_of(message: CallMessage) -> dict[str, float]:
    """What each part cost, by Vapi's word for the part: the sum of its items, or the breakdown where that says more."""
    parts: dict[str, float] = {}
    for item in message.costs if isinstance(message.costs, list) else ():
        part, cost = (identifier(item.type), _figure(item.cost)) if isinstance(item, Cost) else ("", None)
        if part and cost and (part in parts or len(parts) < _MOST_PARTS):
            parts[part] = round(parts.get(part, 0) + cost, 6)
    breakdown = message.cost_breakdown if isinstance(message.cost_breakdown, dict) else {}
    for word, part in _PARTS.items():
        if cost := _figure(breakdown.get(word)):
            parts[part] = max(parts.get(part, 0), cost)
    return parts


def direction_of(message: CallMessage) -> str:
    """Vapi's word for how the call came about."""
    return text_of(_call_of(message).type)


def assistant_id_of(message: CallMessage) -> str:
    assistant = struct_of(message.assistant, Assistant) or Assistant()
    return identifier(_call_of(message).assistant_id) or identifier(assistant.id)


def summary_of(message: CallMessage) -> str:
    return text_of(_analysis_of(message).summary) or text_of(message.summary)


def success_evaluation_of(message: CallMessage) -> str:
    """In words, by whichever rubric: Vapi's are truth values, figures, texts and more."""
    told = _analysis_of(message).success_evaluation
    if told is None or isinstance(told, str):
        return told or ""
    written = encode(told).decode()
    return written if len(written) <= _LONGEST_JSON else ""


def structured_data_of(message: CallMessage) -> str:
    """As JSON: what the analysis found, or what the structured outputs, which are to replace it, did."""
    found = _value_in(_analysis_of(message).structured_data)
    if not found:
        outputs = _value_in(_artifact_of(message).structured_outputs)
        found = _results_by_name(outputs) if isinstance(outputs, dict) else None
    try:
        written = encode(found).decode() if found else ""
    except RecursionError:
        return ""
    return written if len(written) <= _LONGEST_JSON else ""


def transcript_of(message: CallMessage) -> str:
    return text_of(_artifact_of(message).transcript) or text_of(message.transcript)


def recording_urls_of(message: CallMessage) -> dict[str, str]:
    """Where recordings stay, by what is heard in them. What is signed for half an hour is passed over."""
    artifact = _artifact_of(message)
    recording = struct_of(artifact.recording, Recording) or Recording()
    mono = struct_of(recording.mono, MonoRecording) or MonoRecording()
    stereo = (recording.stereo_url, artifact.stereo_recording_url, message.stereo_recording_url)
    told = {
        "mono": _address(mono.combined_url, artifact.recording_url, message.recording_url),
        "stereo": _address(*stereo),
        "assistant": _address(mono.assistant_url),
        "customer": _address(mono.customer_url),
    }
    return {what: address for what, address in told.items() if address}


def tools_used_in(message: CallMessage, known: frozenset[str]) -> frozenset[str]:
    """Those of the known tools that the assistant called, as the history tells; what else it called is not ours."""
    return known & {name_in(call) for call in _tool_calls_in(message)}


def _tool_calls_in(message: CallMessage) -> Iterator[ToolCall]:
    for messages in (_artifact_of(message).messages, message.messages):
        for turn in messages if isinstance(messages, list) else ():
            calls = turn.tool_calls if isinstance(turn, Turn) else None
            for call in calls if isinstance(calls, list) else ():
                yield struct_of(call, ToolCall) or ToolCall()


def _call_of(message: CallMessage) -> CallWithTimes:
    return struct_of(message.call, CallWithTimes) or CallWithTimes()


def _analysis_of(message: CallMessage) -> Analysis:
    return struct_of(message.analysis, Analysis) or Analysis()


def _artifact_of(message: CallMessage) -> Artifact:
    return struct_of(message.artifact, Artifact) or Artifact()


def _plausible(value: object) -> datetime | None:
    instant = instant_of(value)
    earliest, latest = _PLAUSIBLE
    return instant if instant is not None and earliest <= instant < latest else None


def _figure(value: object) -> float | None:
    """A figure that can be of a length or of money."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        figure = float(value)
    except OverflowError:
        return None
    return figure if isfinite(figure) and figure >= 0 else None


def _value_in(raw: Raw) -> Any:
    try:
        return decode(replace_halves(bytes(raw))) if bytes(raw) else None
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _results_by_name(outputs: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for key, output in outputs.items():
        if isinstance(output, dict) and output.get("result") is not None:
            found[text_of(output.get("name")) or key] = output["result"]
    return found


def _address(*told: object) -> str:
    for value in told:
        address = text_of(value)
        if address.startswith("https://") and len(address) <= _LONGEST_ADDRESS and address.isprintable():
            return address
    return ""
