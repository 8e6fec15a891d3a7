"""What the gateway counts, for Prometheus. Labels come from fixed lists: nothing of a tenant is in them."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from chassis.metrics import SECONDS
from gateway.limits.load import Load
from gateway.limits.rate_limits import Limited
from gateway.message.events import Event
from gateway.sender.memories import Memories

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Class(StrEnum):
    """What a message is for."""

    TOOL_CALLS = "tool_calls"
    REQUEST = "request"
    """Wants an answer for the call."""
    RECORD = "record"
    """Tells what must not be lost."""
    EVENT = "event"


_CLASSES = {
    "tool-calls": Class.TOOL_CALLS,
    "function-call": Class.TOOL_CALLS,
    "assistant-request": Class.REQUEST,
    "transfer-destination-request": Class.REQUEST,
    "handoff-destination-request": Class.REQUEST,
    "knowledge-base-request": Class.REQUEST,
    "status-update": Class.RECORD,
    "end-of-call-report": Class.RECORD,
}

_YES_OR_NO = ("yes", "no")
_SHED = {Event.SPEECH: "speech", Event.OTHER: Class.EVENT.value}


class VerifiedBy(StrEnum):
    PLATFORM = "platform"
    """The deployment's own secret."""
    PLATFORM_FORMER = "platform_former"
    """Another that the deployment accepts, which is being replaced."""
    CURRENT = "current"
    """The newest live credential of the organization."""
    FORMER = "former"
    """Another live one of it, which is being replaced."""


class Telephone(StrEnum):
    """Who told which assistant answers a telephone that rings."""

    ASKED = "assistant_sync"
    REMEMBERED = "memory"
    """Assistant-sync did not tell."""
    NO_ASSISTANT = "no_assistant"
    """The organization has none: the caller heard so."""
    UNANSWERED = "nobody"
    """Neither told: the caller heard an apology."""


class NotRecorded(StrEnum):
    """Why something that is recorded was not."""

    OF_NO_CALL = "of_no_call"
    """It names no call, and is no report."""
    TOO_MANY = "too_many"
    """More waits than may."""
    BOOKING_AWAY = "booking_away"
    STOPPED = "stopped"


class EventsLost(StrEnum):
    """Why events of calls were not told to booking."""

    TOO_MANY = "too_many"
    NOT_WRITTEN = "not_written"
    REFUSED = "refused"
    LATE = "late"
    """Booking took too long for them, many times."""
    STOPPED = "stopped"


class WorkerName(StrEnum):
    """What runs beside the requests."""

    ROUTE_WATCH = "route_watch"
    """Hears from tenancy what changes of whose call it is."""
    CREDENTIAL_USES = "credential_uses"
    """Tells tenancy how often each webhook credential was shown."""
    REDRIVE = "redrive"
    """Delivers what was in quarantine."""
    CALL_RECORDER = "call_recorder"
    """Tells booking the status updates that wait."""
    FLIGHT_RECORDER = "flight_recorder"
    """Tells booking the events of calls."""
    LOOP_LAG = "loop_lag"
    """Measures how late the process is."""


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # What is counted at every message is found without a search: that takes longer than to count.
        self._messages = cache(self._counter("messages", "Verified messages.", "class", "outcome").labels)
        self._seconds = cache(
            Histogram(
                "switchboard_gateway_message_seconds",
                "From a verified message's receipt to its answer.",
                ("class",),
                buckets=SECONDS,
                registry=self._registry,
            ).labels
        )
        self._tool_calls = self._counter(
            "tool_calls", "Tool calls by how they ended: said, replayed, or the reason of the failure.", "tool", "ended"
        )
        self._verified = cache(
            self._counter(
                "verified", "Messages by the credential that verified them.", "by", told=product(VerifiedBy)
            ).labels
        )
        self._unverified = self._counter("unverified", "Messages refused because nothing proves who sent them.")
        self._unverifiable = self._counter("unverifiable", "Messages whose sender could not be checked.")
        self._contradictions = self._counter("contradictions", "Verified messages whose evidence names two.")
        self._quarantined = self._counter(
            "quarantined",
            "Verified messages that are nobody's, kept or not.",
            "class",
            "kept",
            told=product(Class, _YES_OR_NO),
        )
        self._recorded = self._counter("recorded", "Status updates and reports, by when they were.", "when")
        self._not_recorded = self._counter(
            "not_recorded", "Status updates that were lost, and why.", "why", told=product(NotRecorded)
        )
        self._events = self._counter("call_events", "Events of calls that are on their timelines.")
        self._events_lost = self._counter(
            "call_events_lost", "Those that are not, and why.", "why", told=product(EventsLost)
        )
        self._sent_back = self._counter(
            "sent_back", "Records that are not certain to be kept, answered 503 so that Vapi sends them again."
        )
        self._look_ups = cache(
            self._counter("route_look_ups", "Questions whose call it is, and who answered.", "answered_by").labels
        )

        self._shed = self._counter(
            "shed",
            "Messages that were left undone, or turned away, because there was too much to do.",
            "class",
            told=product({*_CLASSES.values(), *_SHED.values()}),
        )
        self._limited = self._counter(
            "limited",
            "Tool calls, events and requests beyond their organization's limit, which were refused.",
            "class",
            told=product(Limited),
        )
        self._transfers = self._counter(
            "transfers",
            "Callers that were to be put through, and whether the live call took it.",
            "done",
            told=product(_YES_OR_NO),
        )
        self._telephones = self._counter(
            "assistant_requests",
            "Telephones that rang, and who told which assistant answers.",
            "answered_by",
            told=product(Telephone),
        )

        self._worker_restarts = self._counter(
            "worker_restarts",
            "Times that what runs beside the requests died and was begun again.",
            "worker",
            told=product(WorkerName),
        )

    def watch(self, memories: Memories) -> None:
        """Show how much is remembered, each time somebody looks."""
        self._registry.register(_MemoryFigures(memories))

    def watch_load(self, load: Load) -> None:
        """Likewise how busy the process is."""
        pressure = Gauge(
            "switchboard_gateway_pressure", "How busy the process is: 1 is as busy as may be.", registry=self._registry
        )
        pressure.set_function(lambda: load.pressure)

    def count_message(self, message_type: str, outcome: str, seconds: float) -> None:
        kind = _CLASSES.get(message_type, Class.EVENT)
        self._messages(kind, outcome).inc()
        self._seconds(kind).observe(seconds)
        if outcome == "contradiction":
            self._contradictions.inc()

    def count_tool_call(self, tool: str, ended: str) -> None:
        """`tool` is one of ours, or `unknown`: names that a sender makes up are nobody's label."""
        self._tool_calls.labels(tool, ended).inc()

    def count_verified(self, by: VerifiedBy) -> None:
        self._verified(by).inc()

    def count_unverified(self) -> None:
        self._unverified.inc()

    def count_unverifiable(self) -> None:
        self._unverifiable.inc()

    def count_look_up(self, *, was_remembered: bool) -> None:
        self._look_ups("memory" if was_remembered else "tenancy").inc()

    def count_shed(self, message_type: str, event: Event | None) -> None:
        """`event` is None for what is never left undone, and is turned away here."""
        kind = _CLASSES[message_type] if event is None else _SHED[event]
        self._shed.labels(kind).inc()

    def count_limited(self, kind: Limited, times: int) -> None:
        self._limited.labels(kind).inc(times)

    def count_telephone(self, answered_by: Telephone) -> None:
        self._telephones.labels(answered_by).inc()

    def count_quarantined(self, message_type: str, *, is_kept: bool) -> None:
        self._quarantined.labels(_CLASSES.get(message_type, Class.EVENT), "yes" if is_kept else "no").inc()

    def count_recorded(self, *, was_quarantined: bool) -> None:
        self._recorded.labels("late" if was_quarantined else "in_time").inc()

    def count_events(self, times: int) -> None:
        self._events.inc(times)

    def count_events_lost(self, why: EventsLost, times: int = 1) -> None:
        self._events_lost.labels(why).inc(times)

    def count_sent_back(self) -> None:
        self._sent_back.inc()

    def count_not_recorded(self, why: NotRecorded, times: int = 1) -> None:
        self._not_recorded.labels(why).inc(times)

    def count_worker_restart(self, name: WorkerName) -> None:
        self._worker_restarts.labels(name).inc()

    def count_transfer(self, *, is_done: bool) -> None:
        self._transfers.labels("yes" if is_done else "no").inc()

    def exposition(self) -> bytes:
        """All figures in Prometheus' text form."""
        return generate_latest(self._registry)

    def _counter(self, name: str, documentation: str, *labels: str, told: Iterable[tuple[str, ...]] = ()) -> Counter:
        """Told from the start, at 0, for the values in `told`: what appears as 5 has not grown for Prometheus."""
        counter = Counter(f"switchboard_gateway_{name}", documentation, labels, registry=self._registry)
        for values in told:
            counter.labels(*values)
        return counter


class _MemoryFigures:
    def __init__(self, memories: Memories) -> None:
        self._memories = memories

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("switchboard_gateway_routes", "Routes that are kept.", self._memories.entries)
        yield CounterMetricFamily(
            "switchboard_gateway_routes_forgotten", "Times that all of them were.", self._memories.times_forgotten
        )
        yield GaugeMetricFamily(
            "switchboard_gateway_routes_watched", "1 while changes of routes are heard of.", self._memories.is_watched
        )
