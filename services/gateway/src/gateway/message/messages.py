"""Vapi's server messages, as far as the gateway reads them.

Only what is declared here is decoded; the transcripts, prompts and credentials that every body repeats are skipped.
Every value may be of any type, because nothing may be refused for a field that is strange: an object where one is
expected becomes its struct; whatever else arrives stays what it is, and `text_of` and `struct_of` pass over it.
"""

from typing import Annotated, Any, TypeVar

from msgspec import DecodeError, Meta, Raw, Struct, field
from msgspec.json import Decoder

from gateway.message.surrogates import replace_halves

Other = str | int | float | bool | list[Any] | None
"""What arrives in the place of an object."""

OtherThanList = str | int | float | bool | dict[str, Any] | None

AnyStruct = TypeVar("AnyStruct", bound=Struct)

Bounded = Meta(max_length=1000)
"""A message with more calls than any model makes is no message."""


class NotAMessage(Exception):
    """The body is not JSON, not an object, or holds no message."""


class Metadata(Struct):
    org_id: Any = None


class Customer(Struct):
    number: Any = None
    metadata: Metadata | Other = None


class Line(Struct):
    """`phoneNumber`: the clinic's own line, inbound and outbound."""

    id: Any = None
    number: Any = None


class Overrides(Struct):
    metadata: Metadata | Other = None


class Assistant(Struct):
    id: Any = None
    metadata: Metadata | Other = None


class Monitor(Struct, rename="camel"):
    """Whoever knows this URL controls the live call."""

    control_url: Any = None


class Call(Struct, rename="camel"):
    """A snapshot from the call's creation; its own status is not to be trusted."""

    id: Any = None
    type: Any = None
    phone_number_id: Any = None
    assistant_id: Any = None
    created_at: Any = None
    customer: Customer | Other = None
    assistant_overrides: Overrides | Other = None
    monitor: Monitor | Other = None


class Chat(Struct):
    id: Any = None


class Function(Struct):
    """Arguments stay raw: one call's unreadable arguments must not spoil its siblings'."""

    name: Any = None
    arguments: Raw = Raw()
    parameters: Raw = Raw()


class ToolCall(Struct):
    id: Any = None
    name: Any = None
    function: Function | Other = None
    arguments: Raw = Raw()
    parameters: Raw = Raw()


class ToolWithToolCall(Struct, rename="camel"):
    """A tool's configuration, of which only the name counts, around a call of it."""

    name: Any = None
    function: Function | Other = None
    tool_call: ToolCall | Other = None


class Spoken(Struct):
    """A turn of the talk so far, as every conversation update repeats it: of whom, and nothing of what they said."""

    role: Any = None


class Message(Struct, rename="camel"):
    type: Any = None
    timestamp: Any = None
    status: Any = None
    ended_reason: Any = None
    started_at: Any = None
    call: Call | Other = None
    chat: Chat | Other = None
    phone_number: Line | Other = None
    customer: Customer | Other = None
    assistant: Assistant | Other = None
    tool_call_list: Annotated[list[ToolCall | Other], Bounded] | OtherThanList = None
    tool_calls: Annotated[list[ToolCall | Other], Bounded] | OtherThanList = None
    tool_with_tool_call_list: Annotated[list[ToolWithToolCall | Other], Bounded] | OtherThanList = None
    # The body of older prompts' tools holds one call and no type.
    tool_call: ToolCall | Other = None
    # The legacy `function-call`.
    function_call: Function | Other = None
    # What the model says of a hand-off.
    parameters: Raw = Raw()
    # The talk so far; until 2025 under another name.
    turns: list[Spoken | Other] | OtherThanList = field(default=None, name="messagesOpenAIFormatted")
    conversation: list[Spoken | Other] | OtherThanList = None


class Envelope(Struct):
    message: Message | Other = None
    # Older prompts' tools send the organization here, beside the message.
    customer: Customer | Other = None


class Received(Struct, frozen=True):
    """A whole body: the message, and the customer that older bodies put beside it."""

    message: Message
    customer: Customer | None


_decoder = Decoder(Envelope)


def read(body: bytes) -> Received:
    """Decode a request's body. Raises NotAMessage."""
    try:
        envelope = _decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise NotAMessage from None
    message = envelope.message
    if not isinstance(message, Message):
        raise NotAMessage
    return Received(message=message, customer=struct_of(envelope.customer, Customer))


def _decode(body: bytes) -> Envelope:
    try:
        return _decoder.decode(body)
    except DecodeError:
        return _decoder.decode(replace_halves(body))


def struct_of(value: object, struct: type[AnyStruct]) -> AnyStruct | None:
    """The value where it is the expected object; what is of another type holds nothing."""
    return value if isinstance(value, struct) else None


def text_of(value: object) -> str:
    """The value where it is text, else nothing."""
    return value if isinstance(value, str) else ""
