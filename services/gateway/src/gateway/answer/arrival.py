"""A message whose sender may be answered, with what was found out about it."""

import re
from dataclasses import dataclass, field

from gateway.message.conversation import Conversation
from gateway.message.messages import Message
from gateway.message.wire import holds_tool_calls
from gateway.sender.tenants import Resolution

_TYPE = re.compile(r"[A-Za-z.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Arrival:
    body: bytes = field(repr=False)
    message: Message = field(repr=False)
    type: str
    """The message's type as far as it may be logged and shown; see `type_of`."""
    tool_in_url: str
    conversation: Conversation
    resolution: Resolution


def type_of(message: Message) -> str:
    """A name, without its filter, or `other`. What holds tool calls is `tool-calls` whether or not it says so."""
    if holds_tool_calls(message):
        return "tool-calls"
    name = message.type.partition("[")[0] if isinstance(message.type, str) else ""
    return name if _TYPE.fullmatch(name) else "other"
