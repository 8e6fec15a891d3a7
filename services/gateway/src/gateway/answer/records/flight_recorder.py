"""What happens in calls, told to booking once Vapi has its answer: for people who ask later what went on, and why.

What is noted before the answer is little, and nothing that a body can make large without being counted; all else is
done after. Some of it may be lost, and is counted: what must not get lost is recorded elsewhere (`recording.py`).
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import msgspec

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.rpc.timing import ServerTiming
from chassis.tenant import TenantId, tenant_scope
from chassis.tools import Tool
from gateway.answer.arrival import Arrival
from gateway.answer.records.recording import Record
from gateway.answer.replies import Result
from gateway.message.conversation import conversation_of, identifier
from gateway.message.messages import Message, Spoken, read, text_of
from gateway.message.wire import ArgumentsUnreadable, ToolUse
from gateway.metrics import EventsLost, Metrics
from gateway.sender.admission import Admitted
from gateway.structs import json_of
from switchboard.booking.v1.call_event_service_pb2 import (
    CallEvent,
    MessageEvent,
    RecordCallEventsRequest,
    ToolCallEvent,
)
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.tools.v1.annotations_pb2 import ArgumentOptions
from switchboard.tools.v1.tools_pb2 import ToolReply

TOO_MANY_TO_KEEP = frozenset({"speech-update", "transcript", "model-output", "voice-input", "assistant.speechStarted"})
"""Types of messages that come with every word; a call has hundreds of each, and the rest of it tells as much."""

MOST_WAITING = 8 * 1024 * 1024
"""Bytes of notes that may wait in memory; what comes then is lost."""

BATCH = 64
"""Notes that are written out at once: for as long, nothing else is done."""

GATHERED_FOR = 0.25
"""Seconds in which more may come, before the first is told: many at once cost little more than one."""

RETRIED_AFTER = 1.0
"""Seconds, where booking is away."""

MOST_TIMES_LATE = 20
"""That booking may take too long for the same events, about a minute: others wait behind them."""

DRAIN_SECONDS = 2.0
"""For which a gateway that stops still tells what waits."""

_SECONDS = 2.0
"""That booking may take."""

_NOTE = 1_500
"""Bytes that a note takes about, without what was asked and answered."""
_LONGEST_ARGUMENTS = 20_000
_SAID_BY = frozenset({"user", "assistant", "bot"})

_log = get_logger()


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


class FlightRecorder:
    def __init__(self, booking: RpcClient, metrics: Metrics) -> None:
        self._tell = booking.stub(CallEventServiceStub).RecordCallEvents
        self._metrics = metrics
        self._waiting: deque[tuple[Note, int]] = deque()
        """With their sizes."""
        self._bytes_waiting = 0
        self._filled = asyncio.Event()
        self._written: deque[tuple[TenantId, RecordCallEventsRequest]] = deque()
        self._times_late = 0
        """That booking took too long for the first of them."""

    def note(self, note: Note | None) -> None:
        """What is of no call, or comes with every word, is not kept."""
        if note is None or not note.vapi_call_id:
            return
        if isinstance(note, MessageNote) and note.type in TOO_MANY_TO_KEEP:
            return
        if self._bytes_waiting >= MOST_WAITING:
            self._metrics.count_events_lost(EventsLost.TOO_MANY)
            return
        size = size_of(note)
        self._waiting.append((note, size))
        self._bytes_waiting += size
        self._filled.set()

    async def run(self) -> None:
        """Tell what waits, until it is cancelled."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(GATHERED_FOR)
            while not await self._tell_all():  # noqa: ASYNC110  # booking says nothing when it is back
                await asyncio.sleep(RETRIED_AFTER)

    async def drain(self) -> None:
        """Tell what still waits, for a while. Raises nothing that booking does."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                if await self._tell_all():
                    return
        except TimeoutError:
            pass
        lost = len(self._waiting) + sum(len(request.events) for _, request in self._written)
        self._metrics.count_events_lost(EventsLost.STOPPED, lost)

    async def _tell_all(self) -> bool:
        """Whether nothing waits any more. What a cancellation interrupts stays: told twice, an event is one."""
        while self._written or self._waiting:
            if not self._written:
                self._write_batch()
            organization, request = self._written[0]
            if not await self._is_settled(organization, request):
                return False
            self._written.popleft()
            self._times_late = 0
        self._filled.clear()
        return True

    def _write_batch(self) -> None:
        by_organization: dict[TenantId, RecordCallEventsRequest] = {}
        for _ in range(min(BATCH, len(self._waiting))):
            note, size = self._waiting.popleft()
            self._bytes_waiting -= size
            try:
                event = event_of(note)
            except Exception:  # noqa: BLE001  # without this task nothing that waits is told any more
                _log.exception("an event was lost unexpectedly")
                self._metrics.count_events_lost(EventsLost.NOT_WRITTEN)
                continue
            by_organization.setdefault(note.organization, RecordCallEventsRequest()).events.append(event)
        self._written.extend(by_organization.items())

    async def _is_settled(self, organization: TenantId, request: RecordCallEventsRequest) -> bool:
        """Whether the events are told, or never will be."""
        why = EventsLost.REFUSED
        try:
            with tenant_scope(organization):
                await self._tell(request, timeout=_SECONDS)
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                return False
            if error.kind is Kind.DEADLINE:
                why = EventsLost.LATE
                self._times_late += 1
                if self._times_late < MOST_TIMES_LATE:
                    return False
            _log.warning("events were lost", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # without this task nothing that waits is told any more
            _log.exception("events were lost unexpectedly")
        else:
            self._metrics.count_events(len(request.events))
            return True
        self._metrics.count_events_lost(why, len(request.events))
        return True


def event_of(note: Note) -> CallEvent:
    event = CallEvent(id=str(uuid4()), vapi_call_id=note.vapi_call_id, milliseconds=_milliseconds(note.seconds))
    event.at.FromDatetime(datetime.fromtimestamp(note.at, UTC))
    if isinstance(note, ToolCallNote):
        event.tool_call.CopyFrom(_tool_call(note))
    else:
        event.message.CopyFrom(_message(note))
    return event


def _message(note: MessageNote) -> MessageEvent:
    return MessageEvent(
        type=note.type,
        outcome=note.outcome,
        evidence=note.evidence,
        was_remembered=note.was_remembered,
        verified_by=note.verified_by,
        admission_milliseconds=_milliseconds(note.admission_seconds),
        turns=note.turns,
        status=note.status,
        ended_reason=note.ended_reason,
        answered=_kind_of_answer(note.answer),
        sent_back=note.sent_back,
        was_quarantined=note.was_quarantined,
    )


def _tool_call(note: ToolCallNote) -> ToolCallEvent:
    arguments = _declared_arguments(note.tool, note.use)
    message = ToolCallEvent(
        tool=note.tool.name,
        tool_call_id=identifier(note.use.id),
        ended=note.ended,
        arguments=_json(arguments),
        personal_arguments=_personal(note.tool, ArgumentOptions.IDENTITY),
        worded_arguments=_personal(note.tool, ArgumentOptions.WORDS),
        chosen_arguments=[name for name, value in arguments.items() if value in note.tool.arguments[name].choices],
        say=note.result.result or "",
        error=note.result.error or "",
        data=_json(note.result.metadata),
        effects=note.effects,
    )
    if note.reply is not None:
        message.because = _json(json_of(note.reply.because))
    if note.rpc_seconds:
        message.rpc_milliseconds = _milliseconds(note.rpc_seconds)
    if note.timing is not None:
        message.service_milliseconds = note.timing.total
        message.database_milliseconds = note.timing.database
    return message


def _personal(tool: Tool, kind: "ArgumentOptions.Personal.ValueType") -> list[str]:
    return [name for name, argument in tool.arguments.items() if argument.personal == kind]


def _declared_arguments(tool: Tool, use: ToolUse) -> dict[str, object]:
    if len(use.raw_arguments) > _LONGEST_ARGUMENTS:
        return {}
    try:
        return tool.known(use.arguments())
    except ArgumentsUnreadable:
        return {}


def _kind_of_answer(answer: bytes) -> str:
    """What a request was answered with, by the names of its parts: nothing of what they hold."""
    if not answer:
        return ""
    try:
        parts = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return ""
    return " ".join(sorted(parts))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _turns_of(message: Message) -> int | None:
    """Counted at once: to keep them would take as much as a body has of them."""
    turns = message.conversation if message.turns is None else message.turns
    if not isinstance(turns, list):
        return None
    return sum(isinstance(turn, Spoken) and text_of(turn.role) in _SAID_BY for turn in turns)


def size_of(note: Note) -> int:
    """About as many bytes as it takes."""
    if isinstance(note, MessageNote):
        return _NOTE + len(note.answer)
    answer = 0 if note.reply is None else note.reply.ByteSize()
    return _NOTE + sys.getsizeof(note.use.id) + len(note.use.raw_arguments) + 4 * answer


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
