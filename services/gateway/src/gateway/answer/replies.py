"""What is answered to Vapi, as its own JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from gateway.message.wire import ToolUse
from gateway.speech import one_line
from gateway.structs import json_of
from switchboard.tools.v1.tools_pb2 import ToolReply


class Result(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """One entry of `results`: exactly one of result and error, each a single line."""

    tool_call_id: str
    name: str
    result: str | None = None
    error: str | None = None
    metadata: dict[str, Any] | None = None
    message: dict[str, Any] | None = None


def said(use: ToolUse, reply: ToolReply) -> Result:
    say = one_line(reply.say)
    return Result(
        tool_call_id=use.id,
        name=use.name,
        result=say,
        metadata=json_of(reply.data) if reply.data.fields else None,
        message=_last_words(say) if any(effect.HasField("end_call") for effect in reply.effects) else None,
    )


def _last_words(say: str) -> dict[str, Any]:
    """Vapi speaks them as they stand, and hangs up."""
    return {"type": "request-complete", "content": say, "endCallAfterSpokenEnabled": True}


def failed(use: ToolUse, sentence: str) -> Result:
    return Result(tool_call_id=use.id, name=use.name, error=one_line(sentence))


# A map that crossed gRPC comes in any order; the same answer is the same bytes.
_encode = msgspec.json.Encoder(order="deterministic").encode

ACKNOWLEDGED = Response(b"{}", media_type="application/json")
"""The answer to every message that wants none."""


def results(entries: Sequence[Result]) -> Response:
    """The answer to `tool-calls`."""
    return _json({"results": entries})


def legacy_result(entry: Result) -> Response:
    """The answer to `function-call`, which knows no errors: what went wrong is a result too."""
    return _json({"result": entry.result if entry.result is not None else entry.error})


def assistant(assistant_id: str, variables: Mapping[str, str]) -> Response:
    """The answer to `assistant-request`: one that Vapi has. Metadata of ours would replace its own, and is not sent."""
    answer: dict[str, Any] = {"assistantId": assistant_id}
    if variables:
        answer["assistantOverrides"] = {"variableValues": variables}
    return _json(answer)


def documents(found: Sequence[msgspec.Struct]) -> Response:
    """The answer to `knowledge-base-request`."""
    return _json({"documents": found})


def destination(where: Mapping[str, Any] | None, caller_hears: str = "") -> Response:
    """The answer to `transfer-destination-request` and, without words, to `handoff-destination-request`."""
    answer: dict[str, Any] = {"destination": where}
    if caller_hears:
        answer["message"] = {"type": "request-start", "content": caller_hears}
    return _json(answer)


def spoken_error(sentence: str) -> Response:
    """The answer to a request that gets nothing else: Vapi speaks the sentence to the caller as it stands."""
    return _json({"error": sentence})


def _json(value: object) -> Response:
    return Response(_encode(value), media_type="application/json")
