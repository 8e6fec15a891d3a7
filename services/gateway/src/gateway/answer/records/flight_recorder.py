"""What happens in calls, told to booking once Vapi has its answer: for people who ask later what went on, and why.

What is noted before the answer is little (`notes.py`); all else is done after. Some of it may be lost, and is counted:
what must not get lost is recorded elsewhere (`recording.py`).
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.answer.records.backlog import Backlog
from gateway.answer.records.call_events import event_of
from gateway.answer.records.notes import MessageNote, Note, effort_of, size_of
from gateway.metrics import EventsLost, Metrics
from switchboard.booking.v1.call_event_service_pb2 import RecordCallEventsRequest
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub

TOO_MANY_TO_KEEP = frozenset({"speech-update", "transcript", "model-output", "voice-input", "assistant.speechStarted"})
"""Types of messages that come with every word; a call has hundreds of each, and the rest of it tells as much."""

MOST_WAITING = 8 * 1024 * 1024
"""Bytes of notes that may wait in memory, beside as many that are being told; what comes then is lost."""

TOLD_AT_ONCE = 64
"""The effort that notes of one organization may take together that are told at once.

While they are written out here, and read there, nothing else is done: whoever calls then waits some milliseconds.
"""

GATHERED_FOR = 1.0
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
        self._gathered: deque[tuple[TenantId, list[Note]]] = deque()
        self._written: tuple[TenantId, RecordCallEventsRequest] | None = None
        """What is being told, until booking has it: the same events as often as it takes."""
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
                while await self._tell_all() and self._waiting:
                    pass
        except TimeoutError:
            pass
        being_told = 0 if self._written is None else len(self._written[1].events)
        lost = being_told + sum(len(notes) for _, notes in self._gathered) + len(self._waiting)
        self._metrics.count_events_lost(EventsLost.STOPPED, lost)

    async def _tell_all(self) -> bool:
        """Whether all that was gathered is told: what comes meanwhile gathers for the next time.

        What a cancellation interrupts stays: told twice, an event is one.
        """
        if not (self._written or self._gathered):
            self._gather()
        while self._written or self._gathered:
            if self._written is None:
                organization, notes = self._gathered.popleft()
                self._written = (organization, self._request_of(notes))
            if not await self._is_settled(*self._written):
                return False
            self._written = None
            self._times_late = 0
        return True

    def _gather(self) -> None:
        """What waits, by organization: to tell many events of one costs little more than to tell one."""
        by_organization: dict[TenantId, list[Note]] = {}
        for note in self._waiting.first(len(self._waiting)):
            by_organization.setdefault(note.organization, []).append(note)
        for organization, notes in by_organization.items():
            self._gathered.extend((organization, part) for part in _parts(notes))
        self._waiting.remove(len(self._waiting))

    def _request_of(self, notes: Sequence[Note]) -> RecordCallEventsRequest:
        request = RecordCallEventsRequest()
        for note in notes:
            try:
                request.events.append(event_of(note))
            except Exception:  # noqa: BLE001  # without this task nothing that waits is told any more
                _log.exception("an event was lost unexpectedly")
                self._metrics.count_events_lost(EventsLost.NOT_WRITTEN)
        return request

    async def _is_settled(self, organization: TenantId, request: RecordCallEventsRequest) -> bool:
        """Whether the events are told, or never will be."""
        if not request.events:
            return True
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


def _parts(notes: Iterable[Note]) -> Iterator[list[Note]]:
    """In order, as much in each as may be told at once."""
    part: list[Note] = []
    effort = 0
    for note in notes:
        effort += effort_of(note)
        if part and effort > TOLD_AT_ONCE:
            yield part
            part, effort = [], effort_of(note)
        part.append(note)
    yield part
