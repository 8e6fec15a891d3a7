"""Calls, and the appointments that were made in them: by the call's id, never by when."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.calls.call import Call, CallRecord
from booking.domain.schedule.appointments import Position, Status
from booking.store.tables import appointments, calls
from booking.store.transaction import InTransaction

_MADE_IN_IT = (
    select(func.array_agg(aggregate_order_by(appointments.c.id, appointments.c.starts_at, appointments.c.id)))
    .where(
        appointments.c.org_id == calls.c.org_id,
        appointments.c.vapi_call_id == calls.c.vapi_call_id,
        appointments.c.status != Status.HELD.value,
    )
    .scalar_subquery()
)
_CALLS = select(calls, _MADE_IN_IT.label("appointment_ids"))
_LATEST_AT = func.coalesce(calls.c.started_at, calls.c.created_at)


class CallQueries(InTransaction):
    async def release_holds(self, vapi_call_id: str) -> None:
        await self.session.execute(
            delete(appointments).where(
                appointments.c.org_id == self.tenant,
                appointments.c.vapi_call_id == vapi_call_id,
                appointments.c.status == Status.HELD.value,
            )
        )

    async def call_to_record(self, vapi_call_id: str) -> Call:
        await self.session.execute(
            upsert(calls).values(org_id=self.tenant, id=uuid4(), vapi_call_id=vapi_call_id).on_conflict_do_nothing()
        )
        found = await self.session.execute(
            self._calls_all_calls().where(calls.c.vapi_call_id == vapi_call_id).with_for_update(of=calls)
        )
        return call_of(found.one())

    async def change_call(self, call_id: UUID, record: CallRecord) -> None:
        await self.session.execute(
            update(calls).where(calls.c.org_id == self.tenant, calls.c.id == call_id).values(**asdict(record))
        )

    async def calls(self, after: Position | None, limit: int) -> Sequence[Call]:
        query = self._calls_by_start().limit(limit)
        if after is not None:
            query = query.where(tuple_(_LATEST_AT, calls.c.id) < tuple_(after.starts_at, after.id))
        return [call_of(row) for row in await self.session.execute(query)]

    async def call(self, call_id: UUID) -> Call | None:
        row = (await self.session.execute(self._calls_all_calls().where(calls.c.id == call_id))).one_or_none()
        return None if row is None else call_of(row)

    def _calls_by_start(self) -> Select[Any]:
        """The latest first."""
        return self._calls_all_calls().order_by(_LATEST_AT.desc(), calls.c.id.desc())

    def _calls_all_calls(self) -> Select[Any]:
        return _CALLS.where(calls.c.org_id == self.tenant)


def call_of(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        record=CallRecord(
            vapi_call_id=row.vapi_call_id,
            caller_number=row.caller_number,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_seconds=row.duration_seconds,
            ended_reason=row.ended_reason,
            cost=row.cost,
            summary=row.summary,
            status=row.status,
        ),
        created_at=row.created_at,
        erased=row.erased,
        appointment_ids=tuple(row.appointment_ids or ()),
    )
