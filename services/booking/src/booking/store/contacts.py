"""Contacts: one row per person, found again by what is known of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from booking.domain.errors import ContactExists
from booking.domain.people.contacts import Contact, ContactSearch, KnownContact, Patient, Source, name_key
from booking.store.locks import LockQueries
from booking.store.tables import appointments, contacts
from chassis.tenant import TenantId

SINCE = {
    Source.STAFF: literal_column("timestamptz '-infinity'"),
    Source.CALL: func.now(),
    Source.HEARSAY: literal_column("timestamptz 'infinity'"),
}
"""Since when a number is a contact's, by where it comes from: of hearsay never."""
_PERSON = (
    contacts.c.id,
    contacts.c.phone,
    contacts.c.email,
    (contacts.c.phone_since == SINCE[Source.HEARSAY]).label("by_hearsay"),
    (contacts.c.phone_since == SINCE[Source.STAFF]).label("by_staff"),
)
_WITH_NUMBER = contacts.c.phone == bindparam("phone", type_=Text)
_REACHABLE = (
    select(*_PERSON)
    .where(
        contacts.c.org_id == bindparam("tenant"),
        contacts.c.name_key == bindparam("name_key"),
        _WITH_NUMBER | (contacts.c.email == bindparam("email", type_=Text)),
    )
    # Who has the number is meant before who has the address; a contact that has neither is none of these.
    .order_by(_WITH_NUMBER.desc().nulls_last())
)
_ADDED: dict[str, Any] = {name: bindparam(name) for name in ("org_id", "id", "name", "name_key", "phone", "email")}
_ADD = {
    source: upsert(contacts).values(**_ADDED, phone_since=since).on_conflict_do_nothing().returning(contacts.c.id)
    for source, since in SINCE.items()
}
_CONTACT = (
    contacts.c.id,
    contacts.c.name,
    contacts.c.phone,
    contacts.c.email,
    contacts.c.created_at,
    contacts.c.updated_at,
    contacts.c.phone_since <= contacts.c.created_at,
)


_Person = Row[UUID, str | None, str | None, bool, bool]


class ContactQueries(LockQueries):
    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
        if patient.phone is not None and patient.email is not None:
            await self.lock_people(patient.name_key)
        while True:
            # Locked, so that nobody is erased between being found and being booked.
            if found := await self._same_person(patient, vapi_call_id, lock=True):
                await self._complete(patient, found)
                known: UUID = found[0].id
                return known
            if (added := await self._add(patient)) is not None:
                return added

    async def find_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID | None:
        found = await self._same_person(patient, vapi_call_id)
        return found[0].id if found else None

    async def contacts_of_number(self, phone: str) -> Sequence[KnownContact]:
        found = await self.session.execute(
            select(contacts.c.id, contacts.c.name, contacts.c.email)
            .where(
                contacts.c.org_id == self.tenant,
                contacts.c.phone == phone,
                contacts.c.phone_since < SINCE[Source.HEARSAY],
            )
            .order_by(contacts.c.name, contacts.c.id)
        )
        return [KnownContact(*row) for row in found]

    async def contacts(self, search: ContactSearch | None, after: Contact | None, limit: int) -> Sequence[Contact]:
        query = (
            select(*_CONTACT)
            .where(contacts.c.org_id == self.tenant)
            .order_by(contacts.c.name_key, contacts.c.id)
            .limit(limit)
        )
        if search is not None:
            query = query.where(_matches(search))
        if after is not None:
            query = query.where(tuple_(contacts.c.name_key, contacts.c.id) > tuple_(name_key(after.name), after.id))
        return [Contact(*row) for row in await self.session.execute(query)]

    async def contact(self, contact_id: UUID) -> Contact | None:
        return await self._one(select(*_CONTACT).where(*self._this(contact_id)))

    async def contact_to_book_for(self, contact_id: UUID) -> Contact | None:
        return await self._one(
            select(*_CONTACT).where(*self._this(contact_id)).with_for_update(key_share=True, read=True)
        )

    async def contact_to_change(self, contact_id: UUID) -> Contact | None:
        return await self._one(select(*_CONTACT).where(*self._this(contact_id)).with_for_update())

    async def change_contact(self, contact: Contact, *, phone_entered: bool) -> Contact:
        changed: dict[str, Any] = {
            "name": contact.name,
            "name_key": name_key(contact.name),
            "phone": contact.phone,
            "email": contact.email,
        }
        if phone_entered:
            changed["phone_since"] = SINCE[Source.STAFF]
        statement = update(contacts).where(*self._this(contact.id)).values(**changed, updated_at=func.now())
        try:
            row = (await self.session.execute(statement.returning(*_CONTACT))).one()
        except IntegrityError:
            # The database's own text names the other person and stays here.
            raise ContactExists from None
        if phone_entered:
            await self._tell_all(contact.id, contact.phone)
        return Contact(*row)

    async def _one(self, query: Select[Any]) -> Contact | None:
        row = (await self.session.execute(query)).one_or_none()
        return None if row is None else Contact(*row)

    async def _same_person(
        self, patient: Patient, vapi_call_id: str | None, *, lock: bool = False
    ) -> Sequence[_Person]:
        """Who this is, and behind them who else has their name and their address."""
        query, asked = _REACHABLE, {"tenant": self.tenant, "name_key": patient.name_key}
        if patient.phone is None and patient.email is None:
            query = select(*_PERSON).where(
                contacts.c.org_id == self.tenant,
                contacts.c.name_key == patient.name_key,
                _unreachable_but_of_this_call(self.tenant, vapi_call_id),
            )
        if lock:
            query = query.with_for_update(key_share=True, read=True)
        found = await self.session.execute(query, {**asked, "phone": patient.phone, "email": patient.email})
        return found.all()

    async def _complete(self, patient: Patient, found: Sequence[_Person]) -> None:
        """Whoever calls may add a number and an address; only the clinic's staff replaces one, or a name's spelling."""
        known, *others = found
        merged = [await self._merge(other, known) for other in others]
        phone = known.phone or patient.phone
        email = known.email or (patient.email if all(merged) else None)
        better_sourced = _is_better_sourced(patient, known)
        if (phone, email) == (known.phone, known.email) and not better_sourced:
            return
        since = SINCE[patient.phone_source] if better_sourced else contacts.c.phone_since
        try:
            async with self.session.begin_nested():
                await self.session.execute(
                    update(contacts)
                    .where(*self._this(known.id))
                    .values(phone=phone, email=email, phone_since=since, updated_at=func.now())
                )
        except IntegrityError:
            return  # in this moment it became another's of that name
        if better_sourced and patient.phone_source is Source.STAFF:
            await self._tell_all(known.id, phone)

    async def _merge(self, other: _Person, into: _Person) -> bool:
        """Make one of whom an address alone and whom a number alone was known of; not while others work with either.

        It waits for nobody: calendars are locked by now. What is told of an appointment stays as it was booked.
        """
        if other.phone is not None or into.email is not None:
            return False
        both = (
            select(contacts.c.id)
            .where(contacts.c.org_id == self.tenant, contacts.c.id.in_((other.id, into.id)))
            .with_for_update(skip_locked=True)
        )
        try:
            async with self.session.begin_nested():
                if len((await self.session.execute(both)).all()) < len((other, into)):
                    return False
                await self._change_appointments(other.id, contact_id=into.id)
                await self.session.execute(delete(contacts).where(*self._this(other.id)))
        except IntegrityError:
            return False  # both were booked for the same time in one call
        return True

    async def _tell_all(self, contact_id: UUID, phone: str | None) -> None:
        await self._change_appointments(contact_id, told_to=phone)

    async def _change_appointments(self, of: UUID, **changes: object) -> None:
        await self.session.execute(
            update(appointments)
            .where(appointments.c.org_id == self.tenant, appointments.c.contact_id == of)
            .values(**changes)
        )

    async def _add(self, patient: Patient) -> UUID | None:
        """None if somebody else has just added the same person."""
        row = {
            "org_id": self.tenant,
            "id": uuid4(),
            "name": patient.name,
            "name_key": patient.name_key,
            "phone": patient.phone,
            "email": patient.email,
        }
        added = await self.session.execute(_ADD[patient.phone_source], row)
        contact_id: UUID | None = added.scalar_one_or_none()
        return contact_id

    def _this(self, contact_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return contacts.c.org_id == self.tenant, contacts.c.id == contact_id


def _is_better_sourced(patient: Patient, known: _Person) -> bool:
    """Whether more is known now of whose the number is."""
    if patient.phone is None or known.phone not in {None, patient.phone}:
        return False
    match patient.phone_source:
        case Source.STAFF:
            return known.phone is None or not known.by_staff
        case Source.CALL:
            return known.phone is None or bool(known.by_hearsay)
        case Source.HEARSAY:
            return known.phone is None


def _matches(search: ContactSearch) -> ColumnElement[bool]:
    matches = func.strpos(contacts.c.name_key, search.name_part) > 0
    if search.phone is not None:
        matches |= contacts.c.phone == search.phone
    if search.email is not None:
        matches |= contacts.c.email == search.email
    return matches


def _unreachable_but_of_this_call(tenant: TenantId, vapi_call_id: str | None) -> ColumnElement[bool]:
    """People of one name are one person only where more is known of them, or within one call."""
    of_this_call = select(appointments.c.contact_id).where(
        appointments.c.org_id == tenant, appointments.c.vapi_call_id == vapi_call_id
    )
    return contacts.c.phone.is_(None) & contacts.c.email.is_(None) & contacts.c.id.in_(of_this_call)
