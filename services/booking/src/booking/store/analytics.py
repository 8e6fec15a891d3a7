"""What is counted of calls, of what was done to appointments, and of the tools' uses.

Money and lengths are added up as decimal numbers, of the digits in which they are told.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Numeric,
    Row,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.analytics.call_outcomes import ASKING_FOR_A_TIME, Caller, CallKind
from booking.domain.analytics.counts import (
    CallSums,
    ChangeCount,
    CountedCall,
    CountedChange,
    CountedToolUse,
    Counts,
    Latency,
    ToolCount,
)
from booking.domain.analytics.report_period import ReportPeriod
from booking.domain.analytics.tool_answers import REPLAYED
from booking.domain.calls.call import ENDED, Direction
from booking.domain.schedule.appointments import Position
from booking.domain.schedule.changes import Change
from booking.store.tables import appointment_changes, call_events, calls, contacts
from chassis.database.engine import Database
from chassis.tenant import TenantId

_LONGER_THAN_A_CALL = timedelta(days=1)
"""Vapi's calls end after 12 hours at most."""

_ROOM = text("select set_config('work_mem', '32MB', true)")
"""To count a hundred thousand calls without sorting them."""

_Moment = DateTime(timezone=True)
_TENANT = bindparam("tenant", type_=Uuid)
_START, _END = bindparam("start", type_=_Moment), bindparam("end", type_=_Moment)


def _exact(number: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(cast(number, Text), Numeric)


def _seconds(told: FromClause) -> ColumnElement[Any]:
    lasted = extract("epoch", told.c.ended_at - told.c.started_at)
    known = case((told.c.ended_at >= told.c.started_at, lasted), (told.c.ended_at < told.c.started_at, 0))
    return func.coalesce(_exact(told.c.duration_seconds), known)


def _calls(
    told: FromClause,
    known_since: ColumnElement[Any],
    done: Mapping[Change, ColumnElement[Any]],
    asked: ColumnElement[bool],
) -> Select[Any]:
    """Calls with all that figures are made of.

    Since when their number is a contact's, what was done in them, and whether the gateway saw somebody ask for a time.
    """
    asking = told.c.tools_used.bool_op("&&")(sorted(ASKING_FOR_A_TIME)) | asked | (done[Change.BOOKED] > 0)
    is_known = (known_since < told.c.counted_at, Caller.KNOWN.value)
    has_number = (told.c.caller_number.is_not(None), Caller.NEW.value)
    return select(
        told.c.id,
        told.c.vapi_call_id,
        told.c.counted_at.label("at"),
        told.c.started_at,
        told.c.ended_at,
        _seconds(told).label("seconds"),
        _exact(told.c.cost).label("cost"),
        told.c.cost_parts,
        told.c.tools_used,
        told.c.direction,
        told.c.ended_reason,
        case(is_known, has_number, else_=Caller.UNKNOWN.value).label("caller"),
        (told.c.started_at.is_not(None) | func.coalesce(told.c.duration_seconds > 0, false())).label("has_begun"),
        (told.c.ended_at.is_not(None) | func.coalesce(told.c.status == ENDED, false())).label("has_ended"),
        told.c.reported,
        asking.label("asked"),
        *(times.label(change.value) for change, times in done.items()),
        *((times > 0).label(f"has_{change.value}") for change, times in done.items()),
    )


_CALLS_IN_PERIOD = (calls.c.org_id == _TENANT, calls.c.counted_at >= _START, calls.c.counted_at < _END)
_HOW_OFTEN = tuple(func.count().filter(appointment_changes.c.change == one.value).label(one.value) for one in Change)
_SINCE = func.min(func.greatest(contacts.c.created_at, contacts.c.phone_since))

# Of many calls both are joined as a whole: looked up call by call it would take too long.
_KNOWN_NUMBERS = (
    select(contacts.c.phone, _SINCE.label("since"))
    .where(contacts.c.org_id == _TENANT, contacts.c.phone.is_not(None))
    .group_by(contacts.c.phone)
    .subquery("known_numbers")
)
_DONE_IN_CALLS = (
    select(appointment_changes.c.conversation_id, *_HOW_OFTEN)
    .where(
        appointment_changes.c.org_id == _TENANT,
        appointment_changes.c.conversation_id.is_not(None),
        appointment_changes.c.at >= _START - _LONGER_THAN_A_CALL,
        appointment_changes.c.at < _END + _LONGER_THAN_A_CALL,
    )
    .group_by(appointment_changes.c.conversation_id)
    .subquery("done_in_calls")
)
_ASKING = (
    call_events.c.org_id == _TENANT,
    call_events.c.tool.in_(sorted(ASKING_FOR_A_TIME)),
    call_events.c.ended != REPLAYED,
)
_ASKING_CALLS = (
    select(call_events.c.vapi_call_id)
    .where(
        *_ASKING,
        call_events.c.at >= _START - _LONGER_THAN_A_CALL,
        call_events.c.at < _END + _LONGER_THAN_A_CALL,
    )
    .distinct()
    .subquery("asking_calls")
)
_CALL = (
    _calls(
        calls,
        _KNOWN_NUMBERS.c.since,
        {one: func.coalesce(_DONE_IN_CALLS.c[one.value], 0) for one in Change},
        _ASKING_CALLS.c.vapi_call_id.is_not(None),
    )
    .outerjoin(_KNOWN_NUMBERS, _KNOWN_NUMBERS.c.phone == calls.c.caller_number)
    .outerjoin(_DONE_IN_CALLS, _DONE_IN_CALLS.c.conversation_id == calls.c.vapi_call_id)
    .outerjoin(_ASKING_CALLS, _ASKING_CALLS.c.vapi_call_id == calls.c.vapi_call_id)
    .where(*_CALLS_IN_PERIOD)
    .subquery("call")
)

_TRAITS = (
    "direction",
    "ended_reason",
    "caller",
    "has_begun",
    "has_ended",
    "reported",
    "asked",
    *(f"has_{change.value}" for change in Change),
)
_PLACED = select(
    func.width_bucket(_CALL.c.at, bindparam("hours", type_=ARRAY(_Moment))).label("hour"),
    *(_CALL.c[trait] for trait in _TRAITS),
    _CALL.c.seconds,
    _CALL.c.cost,
    _CALL.c.booked,
).subquery("placed")
_KIND = tuple(_PLACED.c[trait] for trait in _TRAITS)
# Each call once by its hour and once by its kind: both in one statement, so that they are of the same calls.
_CALL_SUMS: Select[Any] = select(
    _PLACED.c.hour,
    *_KIND,
    (func.grouping(_PLACED.c.hour) == 0).label("is_hour"),
    func.count().label("calls"),
    func.coalesce(func.sum(_PLACED.c.seconds), 0).label("total_seconds"),
    func.count(_PLACED.c.seconds).label("timed"),
    func.coalesce(func.sum(_PLACED.c.cost), 0).label("total_cost"),
    func.count(_PLACED.c.cost).label("costed"),
    func.count().filter(_PLACED.c.asked).label("that_asked"),
    func.count().filter(_PLACED.c.has_booked).label("that_booked"),
    func.sum(_PLACED.c.booked).label("appointments"),
).group_by(func.grouping_sets(tuple_(_PLACED.c.hour), tuple_(*_KIND)))
_MIDDLE = select(
    func.percentile_disc(0.5).within_group(_seconds(calls).asc()),
    func.percentile_disc(0.5).within_group(_seconds(calls).desc()),
).where(*_CALLS_IN_PERIOD)
_PART = func.jsonb_each_text(calls.c.cost_parts).table_valued("key", "value").lateral("part")
_COST_PARTS = (
    select(_PART.c.key, func.sum(cast(_PART.c.value, Numeric)))
    .select_from(calls.join(_PART, true()))
    .where(*_CALLS_IN_PERIOD)
    .group_by(_PART.c.key)
    .order_by(_PART.c.key)
)
_TOOL = func.unnest(calls.c.tools_used).table_valued("name").lateral("tool")
_TOOLS_IN_CALLS = (
    select(_TOOL.c.name, func.count())
    .select_from(calls.join(_TOOL, true()))
    .where(*_CALLS_IN_PERIOD)
    .group_by(_TOOL.c.name)
)

_CHANGES_IN_PERIOD = (
    appointment_changes.c.org_id == _TENANT,
    appointment_changes.c.at >= _START,
    appointment_changes.c.at < _END,
)
_CHANGE_COUNTS = (
    select(appointment_changes.c.change, appointment_changes.c.by_assistant, func.count())
    .where(*_CHANGES_IN_PERIOD)
    .group_by(appointment_changes.c.change, appointment_changes.c.by_assistant)
)

_USES_IN_PERIOD = (
    call_events.c.org_id == _TENANT,
    call_events.c.at >= _START,
    call_events.c.at < _END,
    call_events.c.tool.is_not(None),
    call_events.c.ended != REPLAYED,
)
_ENDS = (call_events.c.tool, call_events.c.ended, call_events.c.outcome)
_USE_COUNTS = select(*_ENDS, func.count()).where(*_USES_IN_PERIOD).group_by(*_ENDS)
_LATENCIES = (
    select(
        call_events.c.tool,
        *(func.percentile_disc(share).within_group(call_events.c.milliseconds) for share in (0.5, 0.95)),
    )
    .where(*_USES_IN_PERIOD)
    .group_by(call_events.c.tool)
)


def _in_order(rows: Select[Any], at: ColumnElement[Any], row_id: Column[Any]) -> Select[Any]:
    """A page of them, by time, then by id."""
    after = tuple_(bindparam("after_at", type_=_Moment), bindparam("after_id", type_=Uuid))
    return rows.where(tuple_(at, row_id) > after).order_by(at, row_id).limit(bindparam("at_most", type_=Integer))


_PAGE = _in_order(select(calls).where(*_CALLS_IN_PERIOD), calls.c.counted_at, calls.c.id).subquery("page")
_DONE_IN_IT = (
    select(*_HOW_OFTEN)
    .where(
        appointment_changes.c.org_id == _TENANT,
        appointment_changes.c.conversation_id == _PAGE.c.vapi_call_id,
    )
    .lateral("done_in_it")
)
_KNOWN_SINCE = (
    select(_SINCE).where(contacts.c.org_id == _TENANT, contacts.c.phone == _PAGE.c.caller_number).scalar_subquery()
)
_HAS_ASKED = exists().where(*_ASKING, call_events.c.vapi_call_id == _PAGE.c.vapi_call_id)
_CALL_ROWS = (
    _calls(_PAGE, _KNOWN_SINCE, {one: _DONE_IN_IT.c[one.value] for one in Change}, _HAS_ASKED)
    .join(_DONE_IN_IT, true())
    .order_by(_PAGE.c.counted_at, _PAGE.c.id)
)
_CHANGE_ROWS = _in_order(
    select(
        appointment_changes.c.id,
        appointment_changes.c.appointment_id,
        appointment_changes.c.at,
        appointment_changes.c.change,
        appointment_changes.c.by_assistant,
        appointment_changes.c.conversation_id,
    ).where(*_CHANGES_IN_PERIOD),
    appointment_changes.c.at,
    appointment_changes.c.id,
)
_USE_ROWS = _in_order(
    select(call_events.c.id, call_events.c.vapi_call_id, call_events.c.at, *_ENDS, call_events.c.milliseconds).where(
        *_USES_IN_PERIOD
    ),
    call_events.c.at,
    call_events.c.id,
)
_LAST_ID = UUID(int=2**128 - 1)


class AnalyticsStore:
    """`booking.domain.ports.Analytics`"""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, tenant: TenantId, period: ReportPeriod) -> Counts:
        asked = {"tenant": tenant, "start": period.start, "end": period.end}
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(_ROOM)
            sums = (await session.execute(_CALL_SUMS, asked | {"hours": period.hours})).all()
            shorter, longer = (await session.execute(_MIDDLE, asked)).one()
            return Counts(
                by_hour=[(row.hour - 1, _sums_of(row)) for row in sums if row.is_hour],
                by_kind=[(_kind_of(row), _sums_of(row)) for row in sums if not row.is_hour],
                middle_seconds=None if shorter is None else (shorter, longer),
                cost_parts=await _pairs(session, _COST_PARTS, asked),
                tools_in_calls=await _pairs(session, _TOOLS_IN_CALLS, asked),
                changes=[
                    ChangeCount(Change(change), by_assistant, count)
                    for change, by_assistant, count in await session.execute(_CHANGE_COUNTS, asked)
                ],
                tool_uses=[ToolCount(*row) for row in await session.execute(_USE_COUNTS, asked)],
                latencies={tool: Latency(*both) for tool, *both in await session.execute(_LATENCIES, asked)},
            )

    async def calls(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedCall]:
        return [_call_of(row) for row in await self._listed(tenant, _CALL_ROWS, period, after, limit)]

    async def changes(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedChange]:
        found = await self._listed(tenant, _CHANGE_ROWS, period, after, limit)
        return [CountedChange(**row._asdict() | {"change": Change(row.change)}) for row in found]

    async def tool_uses(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedToolUse]:
        found = await self._listed(tenant, _USE_ROWS, period, after, limit)
        return [CountedToolUse(**row._asdict()) for row in found]

    async def _listed(
        self, tenant: TenantId, rows: Select[Any], period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[Row[Any]]:
        last = after or Position(period.start - timedelta(microseconds=1), _LAST_ID)
        # The index leads to where the page begins.
        asked = {"tenant": tenant, "start": max(period.start, last.starts_at), "end": period.end}
        asked |= {"after_at": last.starts_at, "after_id": last.id, "at_most": limit}
        async with self._database.tenant_transaction(tenant) as session:
            found: Sequence[Row[Any]] = (await session.execute(rows, asked)).all()
        return found


async def _pairs(session: AsyncSession, query: Select[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in await session.execute(query, asked)}


def _sums_of(row: Row[Any]) -> CallSums:
    return CallSums(
        calls=row.calls,
        seconds=Decimal(row.total_seconds),
        timed=row.timed,
        cost=Decimal(row.total_cost),
        costed=row.costed,
        asked=row.that_asked,
        that_booked=row.that_booked,
        appointments=int(row.appointments),
    )


def _kind_of(row: Row[Any]) -> CallKind:
    return CallKind(
        direction=None if row.direction is None else Direction(row.direction),
        ended_reason=row.ended_reason,
        caller=Caller(row.caller),
        has_begun=row.has_begun,
        has_ended=row.has_ended,
        reported=row.reported,
        asked=row.asked,
        booked=row.has_booked,
        moved=row.has_moved,
        cancelled=row.has_cancelled,
    )


def _call_of(row: Row[Any]) -> CountedCall:
    return CountedCall(
        id=row.id,
        vapi_call_id=row.vapi_call_id,
        at=row.at,
        kind=_kind_of(row),
        started_at=row.started_at,
        ended_at=row.ended_at,
        seconds=row.seconds,
        cost=row.cost,
        cost_parts=row.cost_parts,
        tools_used=row.tools_used,
        appointments=row.booked,
        moves=row.moved,
        cancellations=row.cancelled,
    )
