"""What happened in calls. What was said is sealed to its row."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Row, Text, Uuid, any_, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.calls.call import Call
from booking.domain.calls.events import CallEvent, Erased
from booking.domain.people.contacts import Contact
from booking.store.dossiers import DossierQueries
from booking.store.tables import appointments, call_events, calls, contacts, erased_numbers, tool_calls
from chassis.database.engine import Database
from chassis.encryption import CannotOpen

_TOLD = ("id", "vapi_call_id", "at", "milliseconds", "message_type", "tool", "ended", "outcome", "appointment_id")
_ALL = select(*(call_events.c[name] for name in (*_TOLD, "facts", "sealed_details")))
_BESIDE_ERASURES = text("select pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")

# One question for both: it is asked with every telling of the gateways, and costs less than its round trip.
_ERASED_AMONG = select(
    select(func.array_agg(calls.c.vapi_call_id, type_=ARRAY(Text)))
    .where(
        calls.c.org_id == bindparam("tenant"),
        calls.c.vapi_call_id == any_(bindparam("calls", type_=ARRAY(Text))),
        calls.c.erased,
    )
    .scalar_subquery(),
    select(func.array_agg(appointments.c.id, type_=ARRAY(Uuid)))
    .where(
        appointments.c.org_id == bindparam("tenant"),
        appointments.c.id == any_(bindparam("appointments", type_=ARRAY(Uuid))),
        appointments.c.erased,
    )
    .scalar_subquery(),
)
_ADD = upsert(call_events).on_conflict_do_nothing()

_OLD = (bindparam("before", type_=DateTime(timezone=True)), bindparam("most", type_=Integer))
_FORGET_DETAILS = text("select forget_call_event_details(:before, :most)").bindparams(*_OLD)
_FORGET = text("select forget_call_events(:before, :most)").bindparams(*_OLD)
_FORGET_NUMBERS = text("select forget_erased_numbers(:before, :most)").bindparams(*_OLD)


class CallEventQueries(DossierQueries):
    async def erased_among(self, events: Sequence[CallEvent]) -> Erased:
        await self.session.execute(_BESIDE_ERASURES, self._lock)
        asked = {
            "tenant": self.tenant,
            "calls": list({event.vapi_call_id for event in events}),
            "appointments": list({event.appointment_id for event in events} - {None}),
        }
        of_calls, of_appointments = (await self.session.execute(_ERASED_AMONG, asked)).one()
        return Erased(frozenset(of_calls or ()), frozenset(of_appointments or ()))

    async def add_call_events(self, events: Sequence[CallEvent]) -> None:
        await self.session.execute(_ADD, [self._row_of(one) for one in events])

    async def call_events(self, vapi_call_id: str, limit: int) -> Sequence[CallEvent]:
        theirs = _ALL.where(call_events.c.org_id == self.tenant, call_events.c.vapi_call_id == vapi_call_id)
        found = await self.session.execute(theirs.order_by(call_events.c.at, call_events.c.id).limit(limit))
        return self._events_of(found)

    async def call_of_vapi(self, vapi_call_id: str) -> Call | None:
        found = await self.session.execute(self._whole_calls().where(calls.c.vapi_call_id == vapi_call_id))
        row = found.one_or_none()
        return None if row is None else self._whole_call_of(row)

    async def call_events_of(self, contact: Contact) -> Sequence[CallEvent]:
        theirs = _ALL.where(
            call_events.c.org_id == self.tenant,
            call_events.c.tool.is_not(None),
            (call_events.c.vapi_call_id == self._any_of_their_calls(contact))
            | (call_events.c.appointment_id == self._any_of_their_appointments(contact)),
        )
        return self._events_of(await self.session.execute(theirs.order_by(call_events.c.at, call_events.c.id)))

    async def erase_call_events(self, contact: Contact, vapi_call_ids: Sequence[str]) -> None:
        await self.session.execute(_ALONE, self._lock)
        await self.session.execute(
            update(call_events)
            .where(
                call_events.c.org_id == self.tenant,
                call_events.c.sealed_details.is_not(None),
                call_events.c.vapi_call_id.in_(vapi_call_ids)
                | (call_events.c.appointment_id == self._any_of_their_appointments(contact)),
            )
            .values(sealed_details=None)
        )

    async def lock_erased_numbers(self) -> None:
        await self.session.execute(_ALONE, self._numbers_lock)

    async def share_erased_numbers(self) -> None:
        await self.session.execute(_BESIDE_ERASURES, self._numbers_lock)

    async def keep_erased_number(self, number: str, at: datetime) -> None:
        insert = upsert(erased_numbers).values(org_id=self.tenant, digest=self._digests(number)[0], erased_at=at)
        await self.session.execute(
            insert.on_conflict_do_update(
                index_elements=["org_id", "digest"],
                set_={"erased_at": func.greatest(erased_numbers.c.erased_at, insert.excluded.erased_at)},
            )
        )

    async def number_erased_at(self, number: str, vapi_call_id: str) -> datetime | None:
        booked_for_who_has_it = (
            select(appointments.c.id)
            .join(
                contacts,
                (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id),
            )
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.vapi_call_id == vapi_call_id,
                contacts.c.phone == number,
            )
            .exists()
        )
        erased = select(func.max(erased_numbers.c.erased_at)).where(
            erased_numbers.c.org_id == self.tenant,
            erased_numbers.c.digest.in_(self._digests(number)),
            ~booked_for_who_has_it,
        )
        erased_at: datetime | None = await self.session.scalar(erased)
        return erased_at

    async def erase_late_call(self, vapi_call_id: str) -> None:
        # Whoever adds events waits for nothing of ours.
        await self.session.execute(_ALONE, self._lock)
        await self.session.execute(
            update(call_events)
            .where(call_events.c.org_id == self.tenant, call_events.c.vapi_call_id == vapi_call_id)
            .values(sealed_details=None)
        )
        await self.session.execute(
            update(tool_calls)
            .where(tool_calls.c.org_id == self.tenant, tool_calls.c.conversation_id == vapi_call_id)
            .values(say="", data={}, arguments_hash=b"")
        )
        await self.erase_calls([vapi_call_id])

    def _digests(self, number: str) -> list[bytes]:
        return self.sealer.digests(number.encode(), about=f"{self.tenant}/erased_numbers")

    @property
    def _numbers_lock(self) -> dict[str, str]:
        return {"name": f"{self.tenant}/erased numbers"}

    @property
    def _lock(self) -> dict[str, str]:
        return {"name": f"{self.tenant}/call events"}

    def _row_of(self, event: CallEvent) -> dict[str, Any]:
        row = {name: getattr(event, name) for name in _TOLD}
        return {**row, "org_id": self.tenant, "facts": dict(event.facts), "sealed_details": self._sealed_details(event)}

    def _sealed_details(self, event: CallEvent) -> bytes | None:
        if event.details is None:
            return None
        told = json.dumps(event.details, ensure_ascii=False, separators=(",", ":"))
        return self.sealer.seal(told.encode(), about=self._about_event(event.id))

    def _events_of(self, rows: Iterable[Row[Any]]) -> list[CallEvent]:
        return [self._event_of(row) for row in rows]

    def _event_of(self, row: Row[Any]) -> CallEvent:
        told = {name: getattr(row, name) for name in _TOLD}
        return CallEvent(**told, facts=row.facts, details=self._details(row.id, row.sealed_details))

    def _details(self, event_id: UUID, sealed: bytes | None) -> dict[str, Any] | None:
        """None if the key it was sealed with is gone, too."""
        if sealed is None:
            return None
        try:
            told: dict[str, Any] = json.loads(self.sealer.open(sealed, about=self._about_event(event_id)))
        except CannotOpen:
            return None
        return told

    def _about_event(self, event_id: UUID) -> str:
        return f"{self.tenant}/call_events/{event_id}/details"


class PastEventStore:
    """`booking.domain.ports.PastEvents`"""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_details(self, before: datetime, most: int) -> int:
        return await self._count(_FORGET_DETAILS, before, most)

    async def forget(self, before: datetime, most: int) -> int:
        return await self._count(_FORGET, before, most)

    async def forget_erased_numbers(self, before: datetime, most: int) -> int:
        return await self._count(_FORGET_NUMBERS, before, most)

    async def _count(self, function: Any, before: datetime, most: int) -> int:
        async with self._database.directory_transaction() as session:
            count: int = await session.scalar(function, {"before": before, "most": most})
            return count
