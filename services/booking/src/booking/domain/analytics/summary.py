"""A period in figures: each of them follows from what was counted, by the rules that docs/analytics.md tells."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from booking.domain.analytics.call_outcomes import Caller, CallKind, CallOutcome
from booking.domain.analytics.counts import CallSums, Counts, Latency
from booking.domain.analytics.report_period import ReportPeriod
from booking.domain.analytics.tool_answers import failure, no_answer
from booking.domain.calls.call import Direction
from booking.domain.schedule.changes import Change

_DAYS_A_WEEK, _HOURS_A_DAY = 7, 24

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Totals:
    """Sums of calls; exact, rounded only where they are shown."""

    calls: int = 0
    seconds: Decimal = Decimal()
    timed: int = 0
    cost: Decimal = Decimal()
    costed: int = 0
    asked: int = 0
    that_booked: int = 0
    appointments: int = 0

    def add(self, sums: CallSums) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(sums, name))

    @property
    def mean_seconds(self) -> Decimal | None:
        return self.seconds / self.timed if self.timed else None

    @property
    def cost_per_call(self) -> Decimal | None:
        """Of the calls whose cost is known."""
        return self.cost / self.costed if self.costed else None

    @property
    def cost_per_appointment(self) -> Decimal | None:
        """What all calls cost, for each appointment that was made in them."""
        return self.cost / self.appointments if self.appointments and self.costed else None

    @property
    def booked_of_asked(self) -> Decimal | None:
        return Decimal(self.that_booked) / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class EndedReason:
    """Calls that ended for one reason and came to one thing."""

    outcome: CallOutcome
    reason: str | None
    calls: int


@dataclass(slots=True)
class ToolFigures:
    calls: int = 0
    """In which it was used, as their reports tell."""
    uses: int | None = None
    """None if none was recorded."""
    failures: Counter[str] = field(default_factory=Counter)
    """By reason."""
    no_answers: Counter[str] = field(default_factory=Counter)
    """Why it did not give what was asked for."""
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    period: ReportPeriod
    totals: Totals
    directions: Mapping[Direction | None, int]
    answered: int
    incomplete: int
    """Calls whose report is not here: there may be more to tell of them."""
    median_seconds: Decimal | None
    cost_parts: Mapping[str, Decimal]
    outcomes: Mapping[CallOutcome, int]
    ended_reasons: Sequence[EndedReason]
    callers: Mapping[Caller, int]
    changes: Mapping[tuple[Change, bool], int]
    """Of appointments, by what was done and whether an assistant did it."""
    days: Mapping[date, Totals]
    hours: Sequence[Sequence[int]]
    """Calls by weekday, Monday first, and by hour of the clock."""
    tools: Mapping[str, ToolFigures]


def summarize(period: ReportPeriod, counts: Counts) -> Summary:
    by_kind = [(kind, sums.calls) for kind, sums in counts.by_kind]
    totals, days, hours = _in_time(period, counts)
    return Summary(
        period=period,
        totals=totals,
        directions=_counted((kind.direction, calls) for kind, calls in by_kind),
        answered=sum(calls for kind, calls in by_kind if kind.answered),
        incomplete=sum(calls for kind, calls in by_kind if not kind.reported),
        median_seconds=None if counts.middle_seconds is None else sum(counts.middle_seconds, Decimal()) / 2,
        cost_parts=counts.cost_parts,
        outcomes=_counted((kind.outcome, calls) for kind, calls in by_kind),
        ended_reasons=_ended_reasons(by_kind),
        callers=_counted((kind.caller, calls) for kind, calls in by_kind),
        changes={(one.change, one.by_assistant): one.count for one in counts.changes},
        days=days,
        hours=hours,
        tools=_tools(counts),
    )


def _in_time(period: ReportPeriod, counts: Counts) -> tuple[Totals, Mapping[date, Totals], Sequence[Sequence[int]]]:
    """Of all, of each day of the clinic, and how many calls began at which hour of which weekday."""
    totals, days = Totals(), {day: Totals() for day in period.days()}
    hours = [[0] * _HOURS_A_DAY for _ in range(_DAYS_A_WEEK)]
    for place, sums in counts.by_hour:
        clock = period.hours[place].astimezone(period.zone)
        totals.add(sums)
        days[clock.date()].add(sums)
        hours[clock.weekday()][clock.hour] += sums.calls
    return totals, days, hours


def _ended_reasons(by_kind: Iterable[tuple[CallKind, int]]) -> list[EndedReason]:
    """The most frequent first."""
    counted = _counted(((kind.outcome, kind.ended_reason), calls) for kind, calls in by_kind)
    found = [EndedReason(outcome, reason, calls) for (outcome, reason), calls in counted.items()]
    return sorted(found, key=lambda one: (-one.calls, one.outcome, one.reason or ""))


def _tools(counts: Counts) -> Mapping[str, ToolFigures]:
    """In the order of their names."""
    tools: defaultdict[str, ToolFigures] = defaultdict(ToolFigures)
    for tool, calls in counts.tools_in_calls.items():
        tools[tool].calls = calls
    for use in counts.tool_uses:
        figures = tools[use.tool]
        figures.uses = (figures.uses or 0) + use.count
        if (reason := failure(use.ended)) is not None:
            figures.failures[reason] += use.count
        elif (reason := no_answer(use.ended, use.outcome)) is not None:
            figures.no_answers[reason] += use.count
    for tool, latency in counts.latencies.items():
        tools[tool].latency = latency
    return dict(sorted(tools.items()))


def _counted(told: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    counted: Counter[_Key] = Counter()
    for key, count in told:
        counted[key] += count
    return counted
