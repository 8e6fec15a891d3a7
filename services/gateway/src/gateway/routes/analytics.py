"""`/api/analytics`: what came of an organization's calls, in figures and row by row. docs/analytics.md defines each."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from google.protobuf.message import Message
from msgspec import Meta, Struct
from starlette.responses import Response

from chassis.actor import actor_scope, current_actor
from chassis.deadline import deadline_scope
from chassis.rpc.client import RpcClient
from chassis.tenant import current_tenant, tenant_scope
from gateway.http.answers import Rfc3339
from gateway.http.csv_tables import MEDIA_TYPE, Columns, csv_table
from gateway.http.operations import Content, Handler, Operation, Resource, operation, resource
from gateway.http.parameters import Query
from gateway.routes.listing import instant_in, rfc3339
from switchboard.booking.v1 import analytics_service_pb2 as analytics
from switchboard.booking.v1.analytics_service_pb2 import AppointmentChange, CountedCall, ReportPeriod, Summary, ToolUse
from switchboard.booking.v1.analytics_service_pb2_grpc import AnalyticsServiceStub
from switchboard.booking.v1.call_service_pb2 import Call
from switchboard.tenancy.v1.organization_service_pb2 import GetOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub

_SECONDS = 15.0
"""That a report may take; a page of a table, too."""

_Counts = TypeVar("_Counts", bound=Struct)

_END = "a day on the organization's clock, which is its midnight, or a time with its offset"


class Span(Query):
    """From one up to, not including, the other; at most 366 days."""

    begins: Annotated[str, Meta(description=f"Where the period begins: {_END}. 30 days before its end, if absent.")] = (
        msgspec.field(name="from", default="")
    )
    ends: Annotated[str, Meta(description="Where it ends, likewise. The end of today, if absent.")] = msgspec.field(
        name="to", default=""
    )


class CallCounts(Struct):
    total: int
    inbound: int
    outbound: int
    web: int
    unknown: int
    """Of which it is not told how they came about."""
    answered: int
    incomplete: int
    """Whose report is not here."""


class Durations(Struct):
    minutes: float
    mean_seconds: float | None
    median_seconds: float | None


class Costs(Struct):
    """In US dollars."""

    total: float
    parts: dict[str, float]
    per_call: float | None
    per_appointment: float | None


class OutcomeCounts(Struct):
    booked: int
    rescheduled: int
    cancelled: int
    transferred: int
    voicemail: int
    no_answer: int
    failed: int
    open: int
    information: int


class EndedReason(Struct):
    outcome: str
    reason: str | None
    calls: int


class Conversion(Struct):
    asked: int
    booked: int
    rate: float | None
    appointments: int


class CallerCounts(Struct):
    known: int
    new: int
    unknown: int


class Deeds(Struct):
    """What was done to appointments."""

    booked: int
    moved: int
    cancelled: int


class Appointments(Struct):
    by_assistants: Deeds
    by_staff: Deeds


class Day(Struct):
    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    calls: int
    minutes: float
    cost: float
    asked: int
    booked: int
    appointments: int


class Latency(Struct):
    p50: float
    p95: float


class ToolFigures(Struct):
    tool: str
    calls: int
    uses: int | None
    failures: dict[str, int]
    no_answers: dict[str, int]
    latency_ms: Latency | None


class CallSummary(Struct):
    begins: Rfc3339 = msgspec.field(name="from")
    ends: Rfc3339 = msgspec.field(name="to")
    timezone: str
    calls: CallCounts
    duration: Durations
    cost: Costs
    outcomes: OutcomeCounts
    ended_reasons: list[EndedReason]
    conversion: Conversion
    appointments: Appointments
    callers: CallerCounts
    days: list[Day]
    hours: Annotated[list[list[int]], Meta(description="Calls by weekday, Monday first, and by hour of the clock.")]
    tools: list[ToolFigures]


_PROBLEMS = {400: ("MALFORMED_PERIOD",)}


def _table(handler: Handler, summary: str) -> Operation:
    return operation(handler, summary, seconds=_SECONDS, answers={200: Content(MEDIA_TYPE)}, problems=_PROBLEMS)


class AnalyticsRoutes:
    def __init__(self, tenancy: RpcClient, booking: RpcClient) -> None:
        self._tenancy = tenancy.stub(OrganizationServiceStub)
        self._booking = booking.stub(AnalyticsServiceStub)

    def resources(self) -> list[Resource]:
        summary = operation(
            self.summary, "Read what came of the calls of a period", seconds=_SECONDS, problems=_PROBLEMS
        )
        return [
            resource("/api/analytics/summary", GET=summary),
            resource("/api/analytics/calls.csv", GET=_table(self.calls, "Export the calls of a period")),
            resource(
                "/api/analytics/appointments.csv",
                GET=_table(self.changes, "Export what was done to appointments in a period"),
            ),
            resource("/api/analytics/tools.csv", GET=_table(self.tool_uses, "Export the uses of tools in a period")),
        ]

    async def summary(self, span: Span) -> CallSummary:
        period = await self._period(span)
        found = await self._booking.GetSummary(analytics.GetSummaryRequest(period=period))
        return _summary(found.summary, period.timezone)

    async def calls(self, span: Span) -> Response:
        period = await self._period(span)
        request = analytics.ListCountedCallsRequest(period=period)
        pages = pages_of(self._booking.ListCountedCalls, request, lambda page: page.calls)
        return await csv_table("calls", _call_columns(ZoneInfo(period.timezone)), pages)

    async def changes(self, span: Span) -> Response:
        request = analytics.ListAppointmentChangesRequest(period=await self._period(span))
        pages = pages_of(self._booking.ListAppointmentChanges, request, lambda page: page.changes)
        return await csv_table("appointments", _CHANGE_COLUMNS, pages)

    async def tool_uses(self, span: Span) -> Response:
        request = analytics.ListToolUsesRequest(period=await self._period(span))
        pages = pages_of(self._booking.ListToolUses, request, lambda page: page.uses)
        return await csv_table("tools", _USE_COLUMNS, pages)

    async def _period(self, span: Span) -> ReportPeriod:
        found = await self._tenancy.GetOrganization(GetOrganizationRequest(organization_id=str(current_tenant())))
        # In a query a `+` that was not escaped arrives as a space.
        begins, ends = (text.replace(" ", "+") for text in (span.begins, span.ends))
        return ReportPeriod(begins=begins, ends=ends, timezone=found.organization.timezone)


async def pages_of(
    ask: Callable[[Any], Awaitable[Any]], request: Any, rows: Callable[[Any], Iterable[Any]]
) -> AsyncIterator[Iterable[Any]]:
    """All that is listed, for whoever asks now: what opened the scopes has ended when the later pages are read."""
    tenant, actor = current_tenant(), current_actor()
    more = True
    while more:
        with tenant_scope(tenant), actor_scope(actor), deadline_scope(_SECONDS):
            page = await ask(request)
        yield rows(page)
        request.page_token = page.next_page_token
        more = bool(page.next_page_token)


def _call_columns(zone: ZoneInfo) -> Columns[CountedCall]:
    return {
        "id": lambda call: call.id,
        "vapi_call_id": lambda call: call.vapi_call_id,
        "at": lambda call: call.at.ToDatetime(zone).isoformat(),
        "started_at": lambda call: instant_in(call, "started_at"),
        "ended_at": lambda call: instant_in(call, "ended_at"),
        "direction": lambda call: Call.Direction.Name(call.direction).lower() if call.direction else "unknown",
        "outcome": lambda call: call.outcome,
        "answered": lambda call: call.answered,
        "incomplete": lambda call: call.incomplete,
        "ended_reason": lambda call: call.ended_reason,
        "duration_seconds": lambda call: _told(call, "seconds"),
        "cost": lambda call: _told(call, "cost"),
        "cost_parts": lambda call: json.dumps(dict(call.cost_parts), sort_keys=True),
        "caller": lambda call: call.caller,
        "asked": lambda call: call.asked,
        "booked": lambda call: call.booked,
        "moved": lambda call: call.moved,
        "cancelled": lambda call: call.cancelled,
        "tools_used": lambda call: " ".join(call.tools_used),
    }


_CHANGE_COLUMNS: Columns[AppointmentChange] = {
    "id": lambda one: one.id,
    "appointment_id": lambda one: one.appointment_id,
    "at": lambda one: rfc3339(one.at),
    "change": lambda one: one.change,
    "by": lambda one: "assistant" if one.by_assistant else "staff",
    "conversation_id": lambda one: one.conversation_id,
}
_USE_COLUMNS: Columns[ToolUse] = {
    "id": lambda use: use.id,
    "vapi_call_id": lambda use: use.vapi_call_id,
    "at": lambda use: rfc3339(use.at),
    "tool": lambda use: use.tool,
    "ended": lambda use: use.ended,
    "outcome": lambda use: use.outcome,
    "no_answer": lambda use: use.no_answer,
    "milliseconds": lambda use: use.milliseconds,
}


def _summary(told: Summary, timezone: str) -> CallSummary:
    return CallSummary(
        begins=rfc3339(told.starts_at),
        ends=rfc3339(told.ends_at),
        timezone=timezone,
        calls=_call_counts(told),
        duration=Durations(
            minutes=told.total.minutes,
            mean_seconds=_told(told, "mean_seconds"),
            median_seconds=_told(told, "median_seconds"),
        ),
        cost=Costs(
            total=told.total.cost,
            parts=dict(sorted(told.cost_parts.items())),
            per_call=_told(told, "cost_per_call"),
            per_appointment=_told(told, "cost_per_appointment"),
        ),
        outcomes=_counts(OutcomeCounts, told.outcomes),
        ended_reasons=[EndedReason(one.outcome, one.reason or None, one.calls) for one in told.ended_reasons],
        conversion=Conversion(
            asked=told.total.asked,
            booked=told.total.booked,
            rate=_told(told, "booked_of_asked"),
            appointments=told.total.appointments,
        ),
        appointments=Appointments(_counts(Deeds, told.changes_by_assistants), _counts(Deeds, told.changes_by_staff)),
        callers=_counts(CallerCounts, told.callers),
        days=[_day(one) for one in told.days],
        hours=[list(weekday.calls) for weekday in told.weekdays],
        tools=[_tool(one) for one in told.tools],
    )


def _call_counts(told: Summary) -> CallCounts:
    counts = {"total": told.total.calls, "answered": told.answered, "incomplete": told.incomplete}
    return _counts(CallCounts, {**told.directions, **counts})


def _counts(kind: type[_Counts], told: Mapping[str, int]) -> _Counts:
    """Of every word that is shown; one that is not told was counted nowhere."""
    return kind(**{word: told.get(word, 0) for word in kind.__struct_fields__})


def _day(told: Summary.Day) -> Day:
    figures = told.figures
    return Day(
        told.day, figures.calls, figures.minutes, figures.cost, figures.asked, figures.booked, figures.appointments
    )


def _tool(told: Summary.Tool) -> ToolFigures:
    return ToolFigures(
        tool=told.tool,
        calls=told.calls,
        uses=_told(told, "uses"),
        failures=dict(sorted(told.failures.items())),
        no_answers=dict(sorted(told.no_answers.items())),
        latency_ms=Latency(told.p50, told.p95) if told.HasField("p50") else None,
    )


def _told(message: Message, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None
