"""Erasing a person: nothing that is kept tells of them any more, nor will what comes late of a call of theirs."""

from datetime import datetime
from uuid import UUID, uuid4

from booking.domain.errors import ContactNotFound
from booking.domain.people.dossiers import Erasure
from booking.domain.ports import Unit
from booking.domain.reception.misses import digests_of


async def erase_contact(unit: Unit, now: datetime, contact_id: UUID) -> Erasure:
    """The receipt, which is kept. Appointments to come are cancelled. Raises ContactNotFound."""
    contact = await unit.contact_to_change(contact_id)
    if contact is None:
        raise ContactNotFound
    await unit.lock_erased_numbers()
    if contact.phone is not None:
        await unit.keep_erased_number(contact.phone, now)
    calls = await unit.calls_to_erase(contact)
    await unit.erase_call_events(contact, calls)
    erasure = Erasure(
        id=uuid4(),
        erased_at=now,
        contact_id=contact.id,
        tool_calls=await unit.erase_tool_calls(contact, calls),
        calls=await unit.erase_calls(calls),
        cancelled=await unit.cancel_appointments(contact, now),
        appointments=await unit.erase_appointments(contact),
    )
    await unit.forget_misses(digests_of(contact))
    await unit.remove_contact(contact)
    await unit.keep_erasure(erasure)
    return erasure
