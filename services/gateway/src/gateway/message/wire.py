"""The ways in which a tool call is written on the wire.

Vapi has sent four: `function.arguments` as an object or as JSON text, and flat calls with `arguments` or `parameters`,
in `toolCallList`, `toolCalls` or `toolWithToolCallList[].toolCall`. Older prompts' tools post one `toolCall` without a
message type, and the legacy `function-call` has a `functionCall`. All of them become `ToolUse`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from msgspec import DecodeError, Raw
from msgspec.json import decode

from gateway.message.depth import is_too_deep
from gateway.message.messages import Function, Message, ToolCall, ToolWithToolCall, struct_of, text_of
from gateway.message.surrogates import replace_halves


class ArgumentsUnreadable(Exception):
    """The arguments are no JSON object; a model that reaches its token limit sends them cut off."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model's wish to use a tool."""

    id: str
    """As it was sent, or one made from the body."""
    name: str
    """Empty if neither the body nor the URL names a tool."""
    raw_arguments: bytes
    """JSON as it arrived: an object, a string that holds one, or empty."""

    def arguments(self) -> dict[str, Any]:
        """Raises ArgumentsUnreadable."""
        try:
            value = _decoded(self.raw_arguments) if self.raw_arguments else None
            if isinstance(value, str):
                value = _decoded(replace_halves(value.encode())) if value.strip() else None
        except (DecodeError, UnicodeError, RecursionError):
            raise ArgumentsUnreadable from None
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise ArgumentsUnreadable
        return value


def _decoded(json: bytes) -> Any:
    """Raises ArgumentsUnreadable for what is too deep, and what `decode` does."""
    if is_too_deep(json):
        raise ArgumentsUnreadable
    return decode(json)


def holds_tool_calls(message: Message) -> bool:
    """Whether answers in `results` are wanted: told by the type, or, where older bodies send none, by a call."""
    return message.type == "tool-calls" or (message.type is None and any(True for _ in _calls(message)))


def tool_uses(message: Message, *, body: bytes, named_in_url: str) -> list[ToolUse]:
    """The calls in the order asked. A name in the body wins over the one in the URL."""
    made = _MadeIds(body)
    return [
        ToolUse(
            id=text_of(call.id) or made.at(position),
            name=name or named_in_url,
            raw_arguments=_raw_arguments(call),
        )
        for position, (call, name) in enumerate(_calls(message))
    ]


def legacy_use(message: Message, *, body: bytes, named_in_url: str) -> ToolUse:
    """The one call of a `function-call` message, which never has an id."""
    function = struct_of(message.function_call, Function) or Function()
    return ToolUse(
        id=_MadeIds(body).at(0),
        name=text_of(function.name) or named_in_url,
        raw_arguments=_first_present(function.arguments, function.parameters),
    )


def _calls(message: Message) -> Iterator[tuple[ToolCall, str]]:
    """Each call with the name that the body gives it. What is no object still counts, and is answered, as a call."""
    for calls in (message.tool_call_list, message.tool_calls):
        if isinstance(calls, list) and calls:
            for entry in calls:
                call = struct_of(entry, ToolCall) or ToolCall()
                yield call, name_in(call)
            return
    if isinstance(message.tool_with_tool_call_list, list) and message.tool_with_tool_call_list:
        for wrapped in message.tool_with_tool_call_list:
            tool = struct_of(wrapped, ToolWithToolCall) or ToolWithToolCall()
            call = struct_of(tool.tool_call, ToolCall) or ToolCall()
            yield call, name_in(call) or name_in(tool)
        return
    if message.tool_call is not None:
        call = struct_of(message.tool_call, ToolCall) or ToolCall()
        yield call, name_in(call)


def name_in(holder: ToolCall | ToolWithToolCall) -> str:
    """Empty if none is told."""
    function = struct_of(holder.function, Function)
    return (text_of(function.name) if function else "") or text_of(holder.name)


def _raw_arguments(call: ToolCall) -> bytes:
    function = struct_of(call.function, Function) or Function()
    return _first_present(function.arguments, function.parameters, call.arguments, call.parameters)


def _first_present(*candidates: Raw) -> bytes:
    for raw in candidates:
        if (value := bytes(raw)) and value != b"null":
            return value
    return b""


class _MadeIds:
    """The same body, delivered again, gets the same ids."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @cached_property
    def _digest(self) -> str:
        return sha256(self._body).hexdigest()[:32]

    def at(self, position: int) -> str:
        return f"made_{self._digest}_{position}"
