"""Reports. Sums are exact until here; they are rounded where they are shown."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from booking.domain.analytics.call_outcomes import Caller, CallOutcome
from booking.domain.analytics.counts import CountedCall, CountedChange, CountedToolUse
from booking.domain.analytics.report_period import ReportPeriod, report_period
from booking.domain.analytics.summary import Summary, ToolFigures, Totals
from booking.domain.analytics.tool_answers import no_answer
from booking.domain.calls.call import Direction
from booking.domain.schedule.changes import Change
from booking.rpc.convert.calls import DIRECTIONS
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import analytics_service_pb2 as analytics_pb2

_Word = TypeVar("_Word", bound=StrEnum)

_UNKNOWN = "unknown"
_MONEY, _SECONDS, _MINUTES, _SHARE = 6, 3, 2, 4
"""Decimal places."""


def period(request: analytics_pb2.ReportPeriod, now: datetime) -> ReportPeriod:
    """Raises MalformedPeriod, UnknownTimezone."""
    return report_period(request.begins, request.ends, request.timezone, now)


def summary_message(given: Summary) -> analytics_pb2.Summary:
    return analytics_pb2.Summary(
        starts_at=timestamp(given.period.start),
        ends_at=timestamp(given.period.end),
        total=_figures(given.totals),
        directions={
            word: given.directions.get(direction, 0)
            for direction, word in ((None, _UNKNOWN), *((one, one.value) for one in Direction))
        },
        answered=given.answered,
        incomplete=given.incomplete,
        mean_seconds=_rounded(given.totals.mean_seconds, _SECONDS),
        median_seconds=_rounded(given.median_seconds, _SECONDS),
        cost_parts={part: _shown(cost, _MONEY) for part, cost in given.cost_parts.items()},
        cost_per_call=_rounded(given.totals.cost_per_call, _MONEY),
        cost_per_appointment=_rounded(given.totals.cost_per_appointment, _MONEY),
        outcomes=_every(CallOutcome, given.outcomes),
        ended_reasons=[
            analytics_pb2.Summary.EndedReason(outcome=one.outcome.value, reason=one.reason or "", calls=one.calls)
            for one in given.ended_reasons
        ],
        callers=_every(Caller, given.callers),
        booked_of_asked=_rounded(given.totals.booked_of_asked, _SHARE),
        changes_by_assistants={one.value: given.changes.get((one, True), 0) for one in Change},
        changes_by_staff={one.value: given.changes.get((one, False), 0) for one in Change},
        days=[
            analytics_pb2.Summary.Day(day=day.isoformat(), figures=_figures(totals))
            for day, totals in given.days.items()
        ],
        weekdays=[analytics_pb2.Summary.Weekday(calls=calls) for calls in given.hours],
        tools=[_tool(name, figures) for name, figures in given.tools.items()],
    )


def call_message(given: CountedCall) -> analytics_pb2.CountedCall:
    kind = given.kind
    message = analytics_pb2.CountedCall(
        id=str(given.id),
        vapi_call_id=given.vapi_call_id,
        at=timestamp(given.at),
        outcome=kind.outcome.value,
        answered=kind.answered,
        incomplete=not kind.reported,
        ended_reason=kind.ended_reason or "",
        seconds=None if given.seconds is None else float(given.seconds),
        cost=None if given.cost is None else float(given.cost),
        cost_parts=given.cost_parts,
        caller=kind.caller.value,
        asked=kind.asked,
        booked=given.appointments,
        moved=given.moves,
        cancelled=given.cancellations,
        tools_used=given.tools_used,
    )
    if kind.direction is not None:
        message.direction = DIRECTIONS[kind.direction]
    if given.started_at is not None:
        message.started_at.CopyFrom(timestamp(given.started_at))
    if given.ended_at is not None:
        message.ended_at.CopyFrom(timestamp(given.ended_at))
    return message


def change_message(given: CountedChange) -> analytics_pb2.AppointmentChange:
    return analytics_pb2.AppointmentChange(
        id=str(given.id),
        appointment_id=str(given.appointment_id),
        at=timestamp(given.at),
        change=given.change.value,
        by_assistant=given.by_assistant,
        conversation_id=given.conversation_id or "",
    )


def use_message(given: CountedToolUse) -> analytics_pb2.ToolUse:
    return analytics_pb2.ToolUse(
        id=str(given.id),
        vapi_call_id=given.vapi_call_id,
        at=timestamp(given.at),
        tool=given.tool,
        ended=given.ended,
        outcome=given.outcome or "",
        no_answer=no_answer(given.ended, given.outcome) or "",
        milliseconds=given.milliseconds,
    )


def _figures(totals: Totals) -> analytics_pb2.Summary.Figures:
    return analytics_pb2.Summary.Figures(
        calls=totals.calls,
        minutes=_shown(totals.seconds / 60, _MINUTES),
        cost=_shown(totals.cost, _MONEY),
        asked=totals.asked,
        booked=totals.that_booked,
        appointments=totals.appointments,
    )


def _tool(name: str, figures: ToolFigures) -> analytics_pb2.Summary.Tool:
    latency = figures.latency
    return analytics_pb2.Summary.Tool(
        tool=name,
        calls=figures.calls,
        uses=figures.uses,
        failures=figures.failures,
        no_answers=figures.no_answers,
        p50=None if latency is None else latency.p50,
        p95=None if latency is None else latency.p95,
    )


def _every(words: type[_Word], counted: Mapping[_Word, int]) -> dict[str, int]:
    return {word.value: counted.get(word, 0) for word in words}


def _shown(number: Decimal, places: int) -> float:
    return round(float(number), places)


def _rounded(number: Decimal | None, places: int) -> float | None:
    return None if number is None else _shown(number, places)
