"""In which call or chat a message came, and who is really on the line."""

import re
import time
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import uuid4

from gateway.message.instants import instant_of
from gateway.message.messages import Call, Chat, Customer, Line, Message, Monitor, struct_of, text_of

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_IN_A_BROWSER = "webCall"
_ABOUT = 60.0
"""Seconds for which a message may be on its way, or clocks differ."""


@dataclass(frozen=True, slots=True)
class Conversation:
    vapi_call_id: str
    """Empty in a chat, or if the message has no usable one."""
    vapi_chat_id: str
    caller_number: str
    """E.164; empty in web calls, chats and SIP calls."""
    called_number: str
    """The clinic's own line, E.164; empty in web calls and chats."""
    delivery_id: str
    """Of a message that has neither call nor chat, the same when it is delivered again, if that is told; else empty."""
    control_url: str = field(default="", repr=False)
    """Where the live call takes commands, as the message says; empty if it says nothing. Never logged or passed on."""
    at: float = field(default=0.0, compare=False)
    """Seconds since 1970, when the message was sent: by Vapi's clock, which all gateways see alike, where the message
    says so and that is about when it came; else when it came."""


def conversation_of(message: Message, delivery: str = "") -> Conversation:
    """`delivery`: what the sender has signed of this delivery (`Proven.delivery`); without it each is a new one."""
    call = struct_of(message.call, Call) or Call()
    chat = struct_of(message.chat, Chat) or Chat()
    monitor = struct_of(call.monitor, Monitor) or Monitor()
    call_id, chat_id = identifier(call.id), identifier(chat.id)
    # What a browser tells of a number is no number that anybody calls from.
    caller = (
        "" if call.type == _IN_A_BROWSER else _number(message.customer, Customer) or _number(call.customer, Customer)
    )
    return Conversation(
        vapi_call_id=call_id,
        vapi_chat_id=chat_id,
        caller_number=caller,
        called_number=_number(message.phone_number, Line),
        delivery_id="" if call_id or chat_id else _delivery_id(delivery),
        control_url=text_of(monitor.control_url),
        at=_sent_at(message.timestamp),
    )


def _sent_at(timestamp: object) -> float:
    now = time.time()
    sent = instant_of(timestamp)
    return now if sent is None or abs(sent.timestamp() - now) > _ABOUT else sent.timestamp()


def _delivery_id(delivery: str) -> str:
    return f"signed_{sha256(delivery.encode()).hexdigest()[:32]}" if delivery else uuid4().hex


def identifier(value: object) -> str:
    """An id of Vapi's or the model's, if it can be one: printable ASCII without spaces, at most 128 characters."""
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else ""


def _number(value: object, kind: type[Customer] | type[Line]) -> str:
    party = struct_of(value, kind)
    number = party.number if party else None
    return number if isinstance(number, str) and _E164.fullmatch(number) else ""
