"""What is noted while a message is answered: little, and nothing that a body can make large without being counted."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chassis.rpc.timing import ServerTiming
from chassis.tenant import TenantId
from chassis.tools import Tool
from gateway.answer.arrival import Arrival
from gateway.answer.records.recording import Record
from gateway.answer.replies import Result
from gateway.message.conversation import conversation_of, identifier
from gateway.message.messages import Message, Spoken, read, text_of
from gateway.message.wire import ToolUse
from gateway.sender.admission import Admitted
from switchboard.tools.v1.tools_pb2 import ToolReply

_NOTE = 1_500
"""Bytes that a note takes about, without what was asked and answered."""
_SAID_BY = frozenset({"user", "assistant", "bot"})


class MessageNote(NamedTuple):
    """A message, once it is answered or sent back."""

    organization: TenantId
    vapi_call_id: str
    at: float
    """As in `Conversation`, of which nothing else is kept: its control URL least of all."""
    type: str
    seconds: float
    outcome: str
    evidence: Sequence[str]
    was_remembered: bool
    verified_by: str
    admission_seconds: float
    turns: int | None = None
    """That were said so far; None if the message does not tell."""
    status: str = ""
    ended_reason: str = ""
    answer: bytes = b""
    """To a request."""
    sent_back: str = ""
    """Why."""
    was_quarantined: bool = False


class ToolCallNote(NamedTuple):
    """A tool call, once there is an answer to it."""

    organization: TenantId
    vapi_call_id: str
    at: float
    tool: Tool
    use: ToolUse
    ended: str
    result: Result
    seconds: float
    reply: ToolReply | None
    """None where its service gave none."""
    effects: Sequence[str]
    rpc_seconds: float
    timing: ServerTiming | None


Note = MessageNote | ToolCallNote


@dataclass(frozen=True, slots=True)
class Times:
    """By the process's own clock (`time.perf_counter`)."""

    received_at: float
    admitted_at: float


def message_note(
    arrival: Arrival, admitted: Admitted, times: Times, *, answer: bytes = b"", sent_back: str = ""
) -> MessageNote | None:
    """None for what is nobody's. `answer` is the body of the answer, `sent_back` why there is none."""
    resolution, message = arrival.resolution, arrival.message
    if resolution.organization is None:
        return None
    return MessageNote(
        organization=resolution.organization,
        vapi_call_id=arrival.conversation.vapi_call_id,
        at=arrival.conversation.at,
        type=arrival.type,
        seconds=time.perf_counter() - times.received_at,
        outcome=resolution.outcome,
        evidence=resolution.decided_by,
        was_remembered=resolution.was_remembered,
        verified_by=admitted.verified_by,
        admission_seconds=times.admitted_at - times.received_at,
        turns=_turns_of(message),
        status=identifier(message.status),
        ended_reason=identifier(message.ended_reason),
        answer=answer if arrival.type.endswith("-request") else b"",
        sent_back=sent_back,
    )


def late_note(record: Record, received_at: datetime) -> MessageNote:
    """Of a message that was nobody's when it came. Raises NotAMessage."""
    message = read(record.body).message
    return MessageNote(
        organization=record.organization,
        vapi_call_id=conversation_of(message).vapi_call_id,
        at=received_at.timestamp(),
        type=record.message_type,
        seconds=0.0,
        outcome="",
        evidence=(),
        was_remembered=False,
        verified_by="",
        admission_seconds=0.0,
        status=identifier(message.status),
        ended_reason=identifier(message.ended_reason),
        was_quarantined=record.was_quarantined,
    )


def _turns_of(message: Message) -> int | None:
    """Counted at once: to keep them would take as much as a body has of them."""
    turns = message.conversation if message.turns is None else message.turns
    if not isinstance(turns, list):
        return None
    return sum(isinstance(turn, Spoken) and text_of(turn.role) in _SAID_BY for turn in turns)


def effort_of(note: Note) -> int:
    """About how much work it is to write it out and to keep it, there, where that of a message takes 1."""
    return 1 if isinstance(note, MessageNote) else 4


def size_of(note: Note) -> int:
    """About as many bytes as it takes."""
    if isinstance(note, MessageNote):
        return _NOTE + len(note.answer)
    answer = 0 if note.reply is None else note.reply.ByteSize()
    return _NOTE + sys.getsizeof(note.use.id) + len(note.use.raw_arguments) + 4 * answer
