"""What is kept of one person in whichever table: to be given to them, or erased."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ARRAY,
    CollectionAggregate,
    ColumnElement,
    CompoundSelect,
    Result,
    Select,
    Text,
    Update,
    Uuid,
    any_,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.calls.call import Call, CallRecord
from booking.domain.people.contacts import Contact, Source, name_key
from booking.domain.people.dossiers import Erasure, GivenAnswer
from booking.domain.schedule.appointments import Status
from booking.domain.schedule.changes import Change
from booking.store._changes import ChangeQueries, noted
from booking.store.calls import CallQueries
from booking.store.contacts import SINCE
from booking.store.tables import appointments, calls, contacts, erasures, tool_calls

_OF_A_PERSON = (
    "caller_number",
    "summary",
    "structured_data",
    "success_evaluation",
    "sealed_transcript",
    "sealed_recording_urls",
)
"""What of a call tells of whoever called."""
_CHANGED = {"version": appointments.c.version + 1, "updated_at": func.now()}


class DossierQueries(CallQueries, ChangeQueries):
    async def calls_of(self, contact: Contact) -> Sequence[Call]:
        theirs = self._whole_calls_by_start().where(self._is_theirs_alone(contact))
        return [self._whole_call_of(row) for row in await self.session.execute(theirs)]

    async def answers_to(self, contact: Contact) -> Sequence[GivenAnswer]:
        answers = (
            select(tool_calls.c.created_at, tool_calls.c.conversation_id, tool_calls.c.say, tool_calls.c.data)
            .where(
                tool_calls.c.org_id == self.tenant,
                tool_calls.c.say.is_not(None),
                (tool_calls.c.conversation_id == self._any_of_their_calls(contact))
                | self._is_about_their_appointment(contact),
            )
            .order_by(tool_calls.c.created_at, tool_calls.c.tool_call_id)
        )
        return [GivenAnswer(*row) for row in await self.session.execute(answers)]

    async def calls_to_erase(self, contact: Contact) -> Sequence[str]:
        by_booking: Result[Any] = await self.session.execute(self._calls_with_appointments(contact))
        theirs = {row[0] for row in by_booking}
        by_number = self._whole_calls().add_columns(self._booked_in_it_by_another(contact).label("for_another"))
        for row in await self.session.execute(by_number.where(calls.c.caller_number == contact.phone)):
            # Who shares the number keeps the calls in which they were booked, unless these tell of the other too.
            if not row.for_another or _tells_of(contact, self._whole_call_of(row).record):
                theirs.add(row.vapi_call_id)
        return sorted(theirs)

    async def erase_calls(self, vapi_call_ids: Sequence[str]) -> int:
        if not vapi_call_ids:
            return 0
        # A call that has not been told of yet gets its row: what is told late finds it erased.
        rows = [
            {"org_id": self.tenant, "id": uuid4(), "vapi_call_id": vapi_call_id, "erased": True}
            for vapi_call_id in vapi_call_ids
        ]
        erased: Result[Any] = await self.session.execute(
            upsert(calls)
            .values(rows)
            .on_conflict_do_update(
                index_elements=["org_id", "vapi_call_id"],
                set_={**dict.fromkeys(_OF_A_PERSON), "erased": True},
            )
            .returning(literal_column("xmax <> 0").label("was_there"))
        )
        return sum(row.was_there for row in erased)

    async def erase_tool_calls(self, contact: Contact, vapi_call_ids: Sequence[str]) -> int:
        told_of: Result[Any] = await self.session.execute(
            select(tool_calls.c.appointment_id).where(
                tool_calls.c.org_id == self.tenant,
                tool_calls.c.conversation_id.in_(vapi_call_ids),
                tool_calls.c.appointment_id.is_not(None),
            )
        )
        cancelled_in_them = appointments.c.id.in_([row[0] for row in told_of])
        # By their key: somebody else of the same calls may be erased at this moment.
        key = (tool_calls.c.conversation_id, tool_calls.c.tool_call_id)
        theirs = (
            select(*key)
            .where(
                tool_calls.c.org_id == self.tenant,
                tool_calls.c.conversation_id.in_(vapi_call_ids) | self._is_about_their_appointment(contact),
            )
            .order_by(*key)
            .with_for_update()
            .cte("theirs")
        )
        # The claim stays, with arguments that no repetition has: what was done is not done again.
        erased = await self.session.execute(
            update(tool_calls)
            .where(tool_calls.c.org_id == self.tenant, tuple_(*key).in_(select(theirs)))
            .values(say="", data={}, arguments_hash=b"")
            .returning(*key)
        )
        await self.session.execute(self._forget_why_others_cancelled(cancelled_in_them))
        return len(erased.all())

    async def cancel_appointments(self, contact: Contact, now: datetime) -> int:
        cancelled = (
            update(appointments)
            .where(
                *self._their_appointments(contact),
                appointments.c.status == Status.BOOKED.value,
                appointments.c.starts_at > now,
            )
            .values(status=Status.CANCELLED.value, cancelled_at=now, **_CHANGED)
            .returning(appointments.c.id)
            .cte("cancelled")
        )
        statement = select(cancelled.c.id).add_cte(noted(Change.CANCELLED, cancelled))
        return len((await self.session.execute(statement, self.noting)).all())

    async def erase_appointments(self, contact: Contact) -> int:
        erased = await self.session.execute(
            update(appointments)
            .where(*self._their_appointments(contact))
            .values(contact_id=None, cancel_reason=None, told_to=None, erased=True, **_CHANGED)
            .returning(appointments.c.id)
        )
        await self.session.execute(self._forget_why_others_cancelled(appointments.c.told_to == contact.phone))
        await self.session.execute(self._forget_who_booked_for_others_or_held(contact))
        return len(erased.all())

    async def remove_contact(self, contact: Contact) -> None:
        await self.session.execute(
            delete(contacts).where(contacts.c.org_id == self.tenant, contacts.c.id == contact.id)
        )

    async def keep_erasure(self, erasure: Erasure) -> None:
        await self.session.execute(insert(erasures).values(org_id=self.tenant, **asdict(erasure)))

    def _their_appointments(self, contact: Contact) -> tuple[ColumnElement[bool], ...]:
        return appointments.c.org_id == self.tenant, appointments.c.contact_id == contact.id

    def _forget_who_booked_for_others_or_held(self, contact: Contact) -> Update:
        """Waits for nobody: who works with such an appointment may wait for this erasure."""
        theirs = contacts.alias("theirs")
        booked_from_here = (
            select(appointments.c.id)
            .outerjoin(theirs, (theirs.c.org_id == appointments.c.org_id) & (theirs.c.id == appointments.c.contact_id))
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.told_to == contact.phone,
                theirs.c.phone.is_distinct_from(contact.phone),
            )
            .with_for_update(of=appointments, skip_locked=True)
        )
        return (
            update(appointments)
            .where(appointments.c.org_id == self.tenant, appointments.c.id.in_(booked_from_here))
            .values(told_to=None)
        )

    def _forget_why_others_cancelled(self, theirs: ColumnElement[bool]) -> Update:
        """Of appointments that were told to their number, or in their calls: the words may be theirs.

        Waits for nobody either.
        """
        cancelled_from_here = (
            select(appointments.c.id)
            .where(
                appointments.c.org_id == self.tenant,
                theirs,
                appointments.c.cancel_reason.is_not(None),
            )
            .with_for_update(skip_locked=True)
        )
        return (
            update(appointments)
            .where(appointments.c.org_id == self.tenant, appointments.c.id.in_(cancelled_from_here))
            .values(cancel_reason=None)
        )

    def _calls_with_appointments(self, contact: Contact) -> Select[tuple[str]]:
        return select(appointments.c.vapi_call_id).where(
            *self._their_appointments(contact), appointments.c.vapi_call_id.is_not(None)
        )

    def _any_of_their_calls(self, contact: Contact) -> CollectionAggregate[Any]:
        theirs = select(calls.c.vapi_call_id).where(calls.c.org_id == self.tenant, self._is_theirs_alone(contact))
        return _any_of(self._calls_with_appointments(contact).union(theirs), Text)

    def _is_theirs_alone(self, contact: Contact) -> ColumnElement[bool]:
        """Calls in which they were booked; and those from their number, if nobody shares it and it is no hearsay."""
        sharing = select(contacts.c.id).where(
            contacts.c.org_id == self.tenant, contacts.c.phone == contact.phone, contacts.c.id != contact.id
        )
        known_by_it = select(contacts.c.id).where(
            contacts.c.org_id == self.tenant,
            contacts.c.id == contact.id,
            contacts.c.phone_since < SINCE[Source.HEARSAY],
        )
        return (calls.c.vapi_call_id == _any_of(self._calls_with_appointments(contact), Text)) | (
            (calls.c.caller_number == contact.phone) & ~sharing.exists() & known_by_it.exists()
        )

    def _booked_in_it_by_another(self, contact: Contact) -> ColumnElement[bool]:
        """Whether the call booked an appointment for somebody else who has the same number."""
        return (
            select(appointments.c.id)
            .join_from(
                appointments,
                contacts,
                (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id),
            )
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.vapi_call_id == calls.c.vapi_call_id,
                contacts.c.phone == contact.phone,
                contacts.c.id != contact.id,
            )
            .exists()
        )

    def _is_about_their_appointment(self, contact: Contact) -> ColumnElement[bool]:
        return tool_calls.c.appointment_id == self._any_of_their_appointments(contact)

    def _any_of_their_appointments(self, contact: Contact) -> CollectionAggregate[Any]:
        return _any_of(select(appointments.c.id).where(*self._their_appointments(contact)), Uuid)


def _any_of(ids: Select[Any] | CompoundSelect[Any], kind: type[Text | Uuid[Any]]) -> CollectionAggregate[Any]:
    """Any of what another query finds. It is found first, so that an index leads to the rows."""
    return any_(func.array(ids.scalar_subquery(), type_=ARRAY(kind)))


def _tells_of(contact: Contact, record: CallRecord) -> bool:
    """Whether the person is named in it."""
    told = (record.summary, record.structured_data, record.success_evaluation, record.transcript)
    return any(name_key(contact.name) in name_key(text) for text in told if text is not None)
