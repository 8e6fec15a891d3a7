"""Contacts: one row per person, found again by what is known of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from booking.domain.errors import ContactExists
from booking.domain.people.contacts import Contact, ContactSearch, KnownContact, Patient, name_key
from booking.store.tables import appointments, contacts
from booking.store.transaction import InTransaction
from chassis.tenant import TenantId

_PERSON = (contacts.c.id, contacts.c.phone, contacts.c.email)
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
_CONTACT = (
    contacts.c.id,
    contacts.c.name,
    contacts.c.phone,
    contacts.c.email,
    contacts.c.created_at,
    contacts.c.updated_at,
)


class ContactQueries(InTransaction):
    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
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
            .where(contacts.c.org_id == self.tenant, contacts.c.phone == phone)
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

    async def change_contact(self, contact: Contact) -> Contact:
        changed = {
            "name": contact.name,
            "name_key": name_key(contact.name),
            "phone": contact.phone,
            "email": contact.email,
        }
        statement = update(contacts).where(*self._this(contact.id)).values(**changed, updated_at=func.now())
        try:
            row = (await self.session.execute(statement.returning(*_CONTACT))).one()
        except IntegrityError:
            # The database's own text names the other person and stays here.
            raise ContactExists from None
        return Contact(*row)

    async def _one(self, query: Select[Any]) -> Contact | None:
        row = (await self.session.execute(query)).one_or_none()
        return None if row is None else Contact(*row)

    async def _same_person(
        self, patient: Patient, vapi_call_id: str | None, *, lock: bool = False
    ) -> Sequence[Row[UUID, str | None, str | None]]:
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

    async def _complete(self, patient: Patient, found: Sequence[Row[UUID, str | None, str | None]]) -> None:
        """Whoever calls may add a number and an address; only the clinic's staff replaces one, or a name's spelling."""
        contact_id, phone, email = found[0]
        told = {"phone": phone or patient.phone, "email": email or patient.email}
        if len(found) > 1 or told == {"phone": phone, "email": email}:
            return
        # Who calls from a number that was added hears of nothing that was booked before it was.
        since = func.now() if phone is None else contacts.c.phone_since
        try:
            async with self.session.begin_nested():
                await self.session.execute(
                    update(contacts)
                    .where(*self._this(contact_id))
                    .values(**told, phone_since=since, updated_at=func.now())
                )
        except IntegrityError:
            return  # in this moment it became another's of that name

    async def _add(self, patient: Patient) -> UUID | None:
        """None if somebody else has just added the same person."""
        added = await self.session.execute(
            upsert(contacts)
            .values(
                org_id=self.tenant,
                id=uuid4(),
                name=patient.name,
                name_key=patient.name_key,
                phone=patient.phone,
                email=patient.email,
            )
            .on_conflict_do_nothing()
            .returning(contacts.c.id)
        )
        contact_id: UUID | None = added.scalar_one_or_none()
        return contact_id

    def _this(self, contact_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return contacts.c.org_id == self.tenant, contacts.c.id == contact_id


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
