"""Contacts: one row per person, found again by what is known of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.contacts import KnownContact, Patient
from booking.store.tables import appointments, contacts
from booking.store.transaction import InTransaction
from chassis.tenant import TenantId


class ContactQueries(InTransaction):
    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
        if patient.phone is not None:
            return await self._upsert(patient, ["phone"], contacts.c.phone.is_not(None))
        if (known := await self.find_contact(patient, vapi_call_id)) is not None:
            return known
        if patient.email is not None:
            return await self._upsert(patient, ["email"], contacts.c.phone.is_(None) & contacts.c.email.is_not(None))
        return await self._add(patient)

    async def find_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID | None:
        same = select(contacts.c.id).where(contacts.c.org_id == self.tenant, contacts.c.name_key == patient.name_key)
        if patient.phone is not None:
            same = same.where(contacts.c.phone == patient.phone)
        elif patient.email is not None:
            same = same.where(contacts.c.email == patient.email)
        else:
            same = same.where(_unreachable_but_of_this_call(self.tenant, vapi_call_id))
        found = await self.session.execute(same.order_by(contacts.c.created_at, contacts.c.id).limit(1))
        contact_id: UUID | None = found.scalar_one_or_none()
        return contact_id

    async def contacts_of_number(self, phone: str) -> Sequence[KnownContact]:
        found = await self.session.execute(
            select(contacts.c.id, contacts.c.name, contacts.c.email)
            .where(contacts.c.org_id == self.tenant, contacts.c.phone == phone)
            .order_by(contacts.c.name, contacts.c.id)
        )
        return [KnownContact(*row) for row in found]

    async def _upsert(self, patient: Patient, key: list[str], condition: ColumnElement[bool]) -> UUID:
        statement = upsert(contacts).values(_new_row(self.tenant, patient))
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

    async def _add(self, patient: Patient) -> UUID:
        row = _new_row(self.tenant, patient)
        await self.session.execute(insert(contacts).values(row))
        contact_id: UUID = row["id"]
        return contact_id


def _new_row(tenant: TenantId, patient: Patient) -> dict[str, Any]:
    return {
        "org_id": tenant,
        "id": uuid4(),
        "name": patient.name,
        "name_key": patient.name_key,
        "phone": patient.phone,
        "email": patient.email,
    }


def _unreachable_but_of_this_call(tenant: TenantId, vapi_call_id: str | None) -> ColumnElement[bool]:
    """People of one name are one person only where more is known of them, or within one call."""
    of_this_call = select(appointments.c.contact_id).where(
        appointments.c.org_id == tenant, appointments.c.vapi_call_id == vapi_call_id
    )
    return contacts.c.phone.is_(None) & contacts.c.email.is_(None) & contacts.c.id.in_(of_this_call)
