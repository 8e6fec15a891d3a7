"""Everything that is kept of a person, for them to have."""

from uuid import UUID

from booking.domain.people.administer_contacts import get_contact
from booking.domain.people.dossiers import Dossier
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Selection

_ALL = 2**31 - 1


async def export_contact(unit: Unit, contact_id: UUID) -> Dossier:
    """Raises ContactNotFound."""
    contact = await get_contact(unit, contact_id)
    return Dossier(
        contact,
        await unit.appointments(Selection(contact_id=contact.id), None, _ALL),
        await unit.calls_of(contact),
        await unit.answers_to(contact),
        await unit.call_events_of(contact),
    )
