"""What happens in calls, told to booking once Vapi has its answer: for people who ask later what went on, and why.

What is noted before the answer is little (`notes.py`); all else is done after. Some of it may be lost, and is counted:
what must not get lost is recorded elsewhere (`recording.py`).
"""

import asyncio
from collections import deque

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.answer.records.backlog import Backlog
from gateway.answer.records.call_events import event_of
from gateway.answer.records.notes import MessageNote, Note, size_of
from gateway.metrics import EventsLost, Metrics
from switchboard.booking.v1.call_event_service_pb2 import RecordCallEventsRequest
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub

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

_log = get_logger()


class FlightRecorder:
    def __init__(self, booking: RpcClient, metrics: Metrics) -> None:
        self._tell = booking.stub(CallEventServiceStub).RecordCallEvents
        self._metrics = metrics
        self._waiting = Backlog[Note](MOST_WAITING)
        self._written: deque[tuple[TenantId, RecordCallEventsRequest]] = deque()
        self._times_late = 0
        """That booking took too long for the first of them."""

    def note(self, note: Note | None) -> None:
        """What is of no call, or comes with every word, is not kept."""
        if note is None or not note.vapi_call_id:
            return
        if isinstance(note, MessageNote) and note.type in TOO_MANY_TO_KEEP:
            return
        if not self._waiting.add(note, size_of(note)):
            self._metrics.count_events_lost(EventsLost.TOO_MANY)

    async def run(self) -> None:
        """Tell what waits, until it is cancelled."""
        while True:
            await self._waiting.filled()
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
        """Whether all is told that waited at the beginning: what comes meanwhile gathers for the next time.

        What a cancellation interrupts stays: told twice, an event is one.
        """
        unwritten = len(self._waiting)
        while self._written or unwritten:
            if not self._written:
                unwritten -= self._write_batch(min(BATCH, unwritten))
                continue
            organization, request = self._written[0]
            if not await self._is_settled(organization, request):
                return False
            self._written.popleft()
            self._times_late = 0
        return True

    def _write_batch(self, most: int) -> int:
        """How many were taken."""
        by_organization: dict[TenantId, RecordCallEventsRequest] = {}
        batch = self._waiting.first(most)
        self._waiting.remove(len(batch))
        for note in batch:
            try:
                event = event_of(note)
            except Exception:  # noqa: BLE001  # without this task nothing that waits is told any more
                _log.exception("an event was lost unexpectedly")
                self._metrics.count_events_lost(EventsLost.NOT_WRITTEN)
                continue
            by_organization.setdefault(note.organization, RecordCallEventsRequest()).events.append(event)
        self._written.extend(by_organization.items())
        return len(batch)

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
