"""Calls, and the appointments that were made in them: by the call's id, never by when.

What was said, and where it was recorded, is sealed to its row.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.calls.call import ENDED, Call, CallRecord, Direction
from booking.domain.schedule.appointments import Position, Status
from booking.store.tables import appointments, calls, contacts
from booking.store.transaction import InTransaction
from chassis.encryption import CannotOpen, Sealer

_MADE_IN_IT = (
    select(func.array_agg(aggregate_order_by(appointments.c.id, appointments.c.starts_at, appointments.c.id)))
    .where(
        appointments.c.org_id == calls.c.org_id,
        appointments.c.vapi_call_id == calls.c.vapi_call_id,
        appointments.c.status != Status.HELD.value,
    )
    .scalar_subquery()
)
_WHOSE_NUMBER_IT_IS = (
    select(func.array_agg(contacts.c.id)[1])
    .where(contacts.c.org_id == calls.c.org_id, contacts.c.phone == calls.c.caller_number)
    # Whoever has the number since the call was not the caller.
    .having(func.count() == 1, func.min(contacts.c.phone_since) <= func.coalesce(calls.c.ended_at, func.now()))
    .scalar_subquery()
)
_LARGE = ("structured_data", "sealed_transcript", "sealed_recording_urls")
_BRIEF = select(
    *(column for column in calls.c if column.name not in _LARGE),
    calls.c.sealed_recording_urls.is_not(None).label("has_recording"),
    _MADE_IN_IT.label("appointment_ids"),
    _WHOSE_NUMBER_IT_IS.label("contact_id"),
)
_WHOLE = _BRIEF.add_columns(*(calls.c[name] for name in _LARGE))
_LATEST_AT = func.coalesce(calls.c.started_at, calls.c.created_at)


class CallQueries(InTransaction):
    sealer: Sealer

    async def release_holds(self, vapi_call_id: str) -> None:
        await self.session.execute(
            delete(appointments).where(
                appointments.c.org_id == self.tenant,
                appointments.c.vapi_call_id == vapi_call_id,
                appointments.c.status == Status.HELD.value,
            )
        )

    async def has_ended(self, vapi_call_id: str) -> bool:
        ended = select(calls.c.id).where(
            calls.c.org_id == self.tenant,
            calls.c.vapi_call_id == vapi_call_id,
            (calls.c.status == ENDED) | calls.c.ended_at.is_not(None),
        )
        return (await self.session.execute(ended)).first() is not None

    async def call_to_record(self, vapi_call_id: str) -> Call:
        await self.session.execute(
            upsert(calls).values(org_id=self.tenant, id=uuid4(), vapi_call_id=vapi_call_id).on_conflict_do_nothing()
        )
        found = await self.session.execute(
            self._whole_calls().where(calls.c.vapi_call_id == vapi_call_id).with_for_update(of=calls)
        )
        return self._whole_call_of(found.one())

    async def change_call(self, call_id: UUID, record: CallRecord) -> None:
        changes = _columns(record) | self._sealed(call_id, record)
        await self.session.execute(
            update(calls).where(calls.c.org_id == self.tenant, calls.c.id == call_id).values(changes)
        )

    async def calls(self, after: Position | None, limit: int) -> Sequence[Call]:
        query = _by_start(_BRIEF.where(calls.c.org_id == self.tenant)).limit(limit)
        if after is not None:
            query = query.where(tuple_(_LATEST_AT, calls.c.id) < tuple_(after.starts_at, after.id))
        return [_call_of(row, _record_of(row)) for row in await self.session.execute(query)]

    async def call(self, call_id: UUID) -> Call | None:
        row = (await self.session.execute(self._whole_calls().where(calls.c.id == call_id))).one_or_none()
        return None if row is None else self._whole_call_of(row)

    async def reported_among(self, vapi_call_ids: Collection[str]) -> set[str]:
        reported = select(calls.c.vapi_call_id).where(
            calls.c.org_id == self.tenant, calls.c.vapi_call_id.in_(vapi_call_ids), calls.c.reported
        )
        return set((await self.session.execute(reported)).scalars())

    def _whole_calls(self) -> Select[Any]:
        return _WHOLE.where(calls.c.org_id == self.tenant)

    def _whole_calls_by_start(self) -> Select[Any]:
        return _by_start(self._whole_calls())

    def _whole_call_of(self, row: Row[Any]) -> Call:
        recording_urls = self._opened(row.sealed_recording_urls, row.id, "recording_urls")
        record = _record_of(
            row,
            structured_data=row.structured_data,
            transcript=self._opened(row.sealed_transcript, row.id, "transcript"),
            recording_urls=json.loads(recording_urls or "{}"),
        )
        return _call_of(row, record)

    def _sealed(self, call_id: UUID, record: CallRecord) -> dict[str, bytes]:
        """What there is to seal. What cannot be opened stays as it is: its key may come back."""
        recording_urls = json.dumps(dict(record.recording_urls)) if record.recording_urls else None
        told = {"transcript": record.transcript, "recording_urls": recording_urls}
        return {
            f"sealed_{field}": self.sealer.seal(text.encode(), about=self._about(call_id, field))
            for field, text in told.items()
            if text is not None
        }

    def _opened(self, sealed: bytes | None, call_id: UUID, field: str) -> str | None:
        """None if the key it was sealed with is gone."""
        if sealed is None:
            return None
        try:
            return self.sealer.open(sealed, about=self._about(call_id, field)).decode()
        except CannotOpen:
            return None

    def _about(self, call_id: UUID, field: str) -> str:
        return f"{self.tenant}/calls/{call_id}/{field}"


def _by_start(query: Select[Any]) -> Select[Any]:
    """The latest first."""
    return query.order_by(_LATEST_AT.desc(), calls.c.id.desc())


def _columns(record: CallRecord) -> dict[str, Any]:
    """All but what is sealed."""
    return {
        "caller_number": record.caller_number,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration_seconds": record.duration_seconds,
        "ended_reason": record.ended_reason,
        "cost": record.cost,
        "summary": record.summary,
        "status": record.status,
        "direction": record.direction,
        "called_number": record.called_number,
        "assistant_id": record.assistant_id,
        "cost_parts": dict(record.cost_parts),
        "structured_data": record.structured_data,
        "success_evaluation": record.success_evaluation,
        "tools_used": sorted(record.tools_used),
        "reported": record.is_reported,
        "start_reported": record.start_is_reported,
        "end_reported": record.end_is_reported,
    }


def _record_of(row: Row[Any], **rest: Any) -> CallRecord:
    """`rest` is what is not read of every call."""
    return CallRecord(
        vapi_call_id=row.vapi_call_id,
        caller_number=row.caller_number,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_seconds=row.duration_seconds,
        ended_reason=row.ended_reason,
        cost=row.cost,
        summary=row.summary,
        status=row.status,
        direction=None if row.direction is None else Direction(row.direction),
        called_number=row.called_number,
        assistant_id=row.assistant_id,
        cost_parts=row.cost_parts,
        success_evaluation=row.success_evaluation,
        tools_used=frozenset(row.tools_used),
        is_reported=row.reported,
        start_is_reported=row.start_reported,
        end_is_reported=row.end_reported,
        **rest,
    )


def _call_of(row: Row[Any], record: CallRecord) -> Call:
    return Call(
        id=row.id,
        record=record,
        created_at=row.created_at,
        erased=row.erased,
        appointment_ids=tuple(row.appointment_ids or ()),
        contact_id=row.contact_id,
        has_recording=row.has_recording,
    )
