"""Whom Vapi asks to put a caller through to, as far as its message says.

Where it says it is written nowhere: in `parameters`, in a tool call or in a function call it has been seen, or nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from gateway.message.messages import Message, text_of
from gateway.message.wire import ArgumentsUnreadable, legacy_use, tool_uses

_DEPARTMENT = ("department", "departmentName", "destination", "destinationName", "transferTo", "to")
_WISH = ("reason", "summary", "query", "wish", "topic")
_SAYS_NOTHING = frozenset({"", "dynamic", "number", "sip", "assistant", "squad", "default", "none", "null"})
"""Vapi's own words for kinds of destinations, and models' for none."""

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class DestinationAsked:
    department: str = ""
    """In the model's words; empty: nobody in particular."""
    wish: str = field(default="", repr=False)
    """What the caller wants, in the model's words."""


def destination_asked(message: Message) -> DestinationAsked:
    said = list(_arguments(message))
    return DestinationAsked(_first(said, _DEPARTMENT), _first(said, _WISH))


def _arguments(message: Message) -> Iterator[Mapping[str, Any]]:
    try:
        parameters = decode(bytes(message.parameters)) if bytes(message.parameters) else None
    except (DecodeError, UnicodeError, RecursionError):
        parameters = None
    if isinstance(parameters, dict):
        yield parameters
    uses = tool_uses(message, body=b"", named_in_url="")
    for use in (*uses, legacy_use(message, body=b"", named_in_url="")):
        try:
            yield use.arguments()
        except ArgumentsUnreadable:
            continue


def _first(said: list[Mapping[str, Any]], names: tuple[str, ...]) -> str:
    for arguments in said:
        for name in names:
            text = text_of(arguments.get(name)).strip()
            if text.lower() not in _SAYS_NOTHING:
                return text[:_LONGEST]
    return ""
