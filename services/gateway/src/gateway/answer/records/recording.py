"""Recording what is told of a call, in time or late: booking keeps it.

What Vapi tells once, and what frees somebody's time, is recorded before it is acknowledged: the report, and that a call
has ended. The other status updates are acknowledged first and may be lost: the report tells all of it again.
"""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.answer.records.backlog import Backlog
from gateway.message import call_messages as told_by
from gateway.message.call_messages import CallMessage
from gateway.message.conversation import conversation_of
from gateway.metrics import Metrics, NotRecorded
from switchboard.booking.v1.call_service_pb2 import Call, RecordCallRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub

RECORDED = frozenset({"status-update", "end-of-call-report"})
"""Types of messages that are recorded; others are answered, or of the moment."""

MOST_WAITING = 16 * 1024 * 1024
"""Bytes of records that may wait in memory; what comes then is lost."""

BATCH = 16
"""Records that are told to booking at once."""

DRAIN_SECONDS = 3.0
"""For which a gateway that stops still tells what waits."""

_SECONDS = 2.0
"""That booking may take to record."""

_DIRECTIONS = {
    "inboundPhoneCall": Call.INBOUND,
    "outboundPhoneCall": Call.OUTBOUND,
    "webCall": Call.WEB,
    "vapi.websocketCall": Call.WEB,
}

_ENDED = "ended"

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """A message that is to be recorded, and whose it is."""

    organization: TenantId
    message_type: str
    body: bytes = field(repr=False)
    was_quarantined: bool = False


class Recorder(Protocol):
    async def record(self, record: Record) -> None:
        """Raises whatever keeps it from being recorded. The same body may come again."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is left of a record when its body has been read."""

    organization: TenantId
    message_type: str
    was_quarantined: bool
    request: RecordCallRequest = field(repr=False)


class CallRecorder:
    """Records calls in booking. `tools` are the names of ours."""

    def __init__(self, booking: RpcClient, tools: frozenset[str], metrics: Metrics) -> None:
        self._record = booking.stub(CallServiceStub).RecordCall
        self._tools = tools
        self._metrics = metrics
        self._waiting = Backlog[_Told](MOST_WAITING)

    async def record(self, record: Record) -> None:
        message = told_by.read_call_message(record.body)
        request = request_of(message, self._tools)
        told = _Told(record.organization, record.message_type, record.was_quarantined, request)
        if not request.vapi_call_id:
            self._metrics.count_not_recorded(NotRecorded.OF_NO_CALL)
        elif record.was_quarantined or request.status == _ENDED:
            await self._tell(told)
        elif not self._waiting.add(told, request.ByteSize()):
            self._metrics.count_not_recorded(NotRecorded.TOO_MANY)

    async def run(self) -> None:
        """Tell what waits, until it is cancelled."""
        while True:
            await self._waiting.filled()
            await self._tell_batch()

    async def drain(self) -> None:
        """Tell what still waits, for a while. Raises nothing that booking does."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._waiting:
                    await self._tell_batch()
        except TimeoutError:
            _log.warning("records were lost at the end", count=len(self._waiting))
            self._metrics.count_not_recorded(NotRecorded.STOPPED, len(self._waiting))

    async def _tell_batch(self) -> None:
        """What a cancellation interrupts stays, to be told again: telling twice records once."""
        batch = self._waiting.first(BATCH)
        await asyncio.gather(*map(self._try_to_tell, batch))
        self._waiting.remove(len(batch))

    async def _try_to_tell(self, told: _Told) -> None:
        try:
            await self._tell(told)
        except DomainError as error:
            _log.warning("a status update was lost", kind=error.kind, reason=error.reason)
            self._metrics.count_not_recorded(NotRecorded.BOOKING_AWAY)
        except Exception:  # noqa: BLE001  # without this task nothing that waits is told any more
            _log.exception("a status update was lost unexpectedly")
            self._metrics.count_not_recorded(NotRecorded.BOOKING_AWAY)

    async def _tell(self, told: _Told) -> None:
        with tenant_scope(told.organization):
            await self._record(told.request, timeout=_SECONDS)
        self._metrics.count_recorded(was_quarantined=told.was_quarantined)
        _log.info(
            "recorded",
            organization_id=str(told.organization),
            message_type=told.message_type,
            call_id=told.request.vapi_call_id,
            was_quarantined=told.was_quarantined,
        )


def request_of(message: CallMessage, tools: frozenset[str]) -> RecordCallRequest:
    """What the message tells of its call; without an id if it is of none."""
    conversation = conversation_of(message)
    request = RecordCallRequest(
        vapi_call_id=conversation.vapi_call_id,
        caller_number=conversation.caller_number,
        called_number=conversation.called_number,
        direction=_DIRECTIONS.get(told_by.direction_of(message), Call.DIRECTION_UNSPECIFIED),
        assistant_id=told_by.assistant_id_of(message),
        status=told_by.status_of(message),
        ended_reason=told_by.ended_reason_of(message),
        duration_seconds=told_by.seconds_of(message),
        cost=told_by.cost_of(message),
        cost_parts=told_by.cost_parts_of(message),
        summary=told_by.summary_of(message),
        structured_data=told_by.structured_data_of(message),
        success_evaluation=told_by.success_evaluation_of(message),
        transcript=told_by.transcript_of(message),
        recording_urls=told_by.recording_urls_of(message),
        tools_used=sorted(told_by.tools_used_in(message, tools)),
        is_report=message.type == "end-of-call-report",
    )
    started_at, ended_at = told_by.times_of(message)
    if started_at is not None:
        request.started_at.FromDatetime(started_at)
    if ended_at is not None:
        request.ended_at.FromDatetime(ended_at)
    if (made_at := told_by.made_at(message)) is not None:
        request.created_at.FromDatetime(made_at)
    if not request.vapi_call_id and message.type == "end-of-call-report":
        request.vapi_call_id = _made_id(request)
    return request


def _made_id(report: RecordCallRequest) -> str:
    """Vapi has sent reports of calls that failed without the call. The same one, sent again, gets the same id.

    Addresses of recordings may be signed anew each time.
    """
    same = RecordCallRequest()
    same.CopyFrom(report)
    same.ClearField("recording_urls")
    same.ClearField("is_report")
    return f"made_{sha256(same.SerializeToString(deterministic=True)).hexdigest()[:32]}"
