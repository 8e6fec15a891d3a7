"""What is locked, and in which order, so that nobody waits in a circle. Whoever locks several takes them as listed:

1. the tool call: claiming it is the first thing done;
2. the holds of a call or chat (`lock_holds`);
3. what was missed for a call, a number and a name (`lock_misses`), by digest; who misses locks nothing else after;
4. the person of an appointment that is to be changed, shared with all but whoever has the person alone; then the
   appointment. One of each, no more;
5. calendars (`lock`), by id;
6. who else is booked for under that name, by a number and an address both or in one of several calendars
   (`lock_people`), then the person who is, shared likewise; then no further calendar. Two who are one are merged only
   where nobody else has either of them;
7. holds that are in the way, and the asker's own, all of them at once and by id;
8. that nobody is erased meanwhile (`share_erased_numbers`), then a call's row, then what is kept of that call.

Who has a person alone, to correct or erase them, begins with that and locks no calendar. Since nobody changes an
appointment without sharing its person, theirs are free by then. What else is erased is locked by its key: tool calls,
then calls. So whoever waits for a person while they have a calendar waits for somebody who waits for no calendar.
Before these an erasure takes the numbers of whoever was erased alone, then the organization's events; whoever adds
events shares them, and locks nothing else.

Who sets an organization up begins with its calendars' names (`lock_calendar_names`), if they give one, and the row of
what they change; then 5, if it goes out of use.

The constraint decides about overlaps, whatever is locked (ADR 0006).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text

from booking.domain.schedule.calendars import Calendar
from booking.store.tables import appointments, contacts
from booking.store.transaction import InTransaction

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


class LockQueries(InTransaction):
    async def lock(self, calendar: Calendar) -> None:
        await self.session.execute(_LOCK, {"name": f"{self.tenant}/{calendar.id}"})

    async def lock_holds(self, conversation_id: str) -> None:
        await self.session.execute(_LOCK, {"name": f"{self.tenant}/holds/{conversation_id}"})

    async def lock_misses(self, subjects: Sequence[bytes]) -> None:
        for subject in sorted(subjects):
            await self.session.execute(_LOCK, {"name": f"{self.tenant}/misses/{subject.hex()}"})

    async def lock_calendar_names(self) -> None:
        # No unique index instead: calendars that had one name before names were told apart are still there.
        await self.session.execute(_LOCK, {"name": f"{self.tenant}/calendar names"})

    async def lock_people(self, name_key: str) -> None:
        await self.session.execute(_LOCK, {"name": f"{self.tenant}/people/{name_key}"})

    async def _share_person_of(self, appointment_id: UUID) -> None:
        """Until the transaction ends nobody erases whoever the appointment is for."""
        of_appointment = select(appointments.c.contact_id).where(
            appointments.c.org_id == self.tenant, appointments.c.id == appointment_id
        )
        await self.session.execute(
            select(contacts.c.id)
            .where(contacts.c.org_id == self.tenant, contacts.c.id == of_appointment.scalar_subquery())
            .with_for_update(key_share=True, read=True)
        )
