"""Contacts: one row per person, found again by what is known of them."""

from uuid import uuid4

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.contacts import Contact, Patient
from booking.store.tables import contacts
from booking.store.transaction import InTransaction


class ContactQueries(InTransaction):
    async def save_contact(self, patient: Patient) -> Contact:
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
                    "email": func.coalesce(statement.excluded.email, contacts.c.email),
                    "updated_at": func.now(),
                },
            ).returning(contacts.c.id)
        )
        return Contact(saved.scalar_one(), patient.name)


def _identity(patient: Patient) -> tuple[list[str], ColumnElement[bool]]:
    """What a person is recognised by, besides their name, and the partial index that says so."""
    if patient.phone is not None:
        return ["phone"], contacts.c.phone.is_not(None)
    if patient.email is not None:
        return ["email"], contacts.c.phone.is_(None) & contacts.c.email.is_not(None)
    return [], contacts.c.phone.is_(None) & contacts.c.email.is_(None)
