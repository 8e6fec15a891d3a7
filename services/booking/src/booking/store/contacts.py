"""Contacts: one row per person, found again by what is known of them."""

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.contacts import Patient
from booking.store.tables import contacts
from booking.store.transaction import InTransaction


class ContactQueries(InTransaction):
    async def save_contact(self, patient: Patient) -> UUID:
        if patient.phone is None and (known := await self.find_contact(patient)) is not None:
            return known
        key, condition = _identity(patient)
        statement = upsert(contacts).values(
            org_id=self.tenant,
            id=uuid4(),
            name=patient.name,
            name_key=patient.name_key,
            phone=patient.phone,
            email=patient.email,
        )
        saved = await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["org_id", *key, "name_key"],
                index_where=condition,
                set_={
                    "name": statement.excluded.name,
                    # Whoever calls may add an address; only the clinic's staff replaces one.
                    "email": func.coalesce(contacts.c.email, statement.excluded.email),
                    "updated_at": func.now(),
                },
            ).returning(contacts.c.id)
        )
        contact_id: UUID = saved.scalar_one()
        return contact_id

    async def find_contact(self, patient: Patient) -> UUID | None:
        found = await self.session.execute(
            select(contacts.c.id)
            .where(contacts.c.org_id == self.tenant, contacts.c.name_key == patient.name_key, _reached_as(patient))
            .order_by(contacts.c.created_at, contacts.c.id)
            .limit(1)
        )
        contact_id: UUID | None = found.scalar_one_or_none()
        return contact_id


def _reached_as(patient: Patient) -> ColumnElement[bool]:
    """Whether a contact is the patient, given the name; by e-mail whatever number they called from before."""
    if patient.phone is not None:
        return contacts.c.phone == patient.phone
    if patient.email is not None:
        return contacts.c.email == patient.email
    return contacts.c.phone.is_(None) & contacts.c.email.is_(None)


def _identity(patient: Patient) -> tuple[list[str], ColumnElement[bool]]:
    """What a person is recognised by, besides their name, and the partial index that says so."""
    if patient.phone is not None:
        return ["phone"], contacts.c.phone.is_not(None)
    if patient.email is not None:
        return ["email"], contacts.c.phone.is_(None) & contacts.c.email.is_not(None)
    return [], contacts.c.phone.is_(None) & contacts.c.email.is_(None)
