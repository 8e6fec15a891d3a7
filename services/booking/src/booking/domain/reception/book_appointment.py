"""Booking a time for a caller in whichever calendar that they may mean has it free."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from booking.domain.people.contacts import Told, e164, patient
from booking.domain.ports import Unit
from booking.domain.reception.already_booked import already_booked
from booking.domain.reception.clinics_day import clinics_day
from booking.domain.reception.offers import Offer, find_offer
from booking.domain.reception.outcomes import AlreadyBooked, Booked, Outcome
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.reception.wanted_time import SpokenTime, take_wanted_time
from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants: a time on the clinic's clock, for somebody, for something, with somebody."""

    when: SpokenTime
    told: Told
    service_type: str = ""
    practitioner: str = ""
    vapi_call_id: str | None = None


async def book_appointment(unit: Unit, now: datetime, wish: Wish) -> Outcome:
    """Raises ArgumentNotUnderstood for what was told of the time or the patient and has to be asked for again."""
    wall = wish.when.wall(await clinics_day(unit, now, wish.when.day))
    if isinstance(wall, WrongWeekday):
        return wall
    offer = await find_offer(unit, service_type=wish.service_type, practitioner=wish.practitioner)
    if not isinstance(offer, Offer):
        return offer
    whom = patient(wish.told, offer.calendars[0].timezone)
    caller = e164(wish.told.caller_number)
    chosen = bool(wish.practitioner.strip())

    async def calendar_of(calendar_id: UUID) -> Calendar | None:
        return next((one for one in await unit.calendars() if one.id == calendar_id), None)

    async def had(slot: Slot) -> Booked | AlreadyBooked | None:
        """The appointment made for the same wish: by this very call or, like this one, by none; else by an earlier."""
        contact_id = await unit.find_contact(whom, wish.vapi_call_id)
        found = None if contact_id is None else await unit.same_wish(slot, contact_id, wish.vapi_call_id)
        if found is not None:
            appointment_id, calendar_id = found
            there = Slot(await calendar_of(calendar_id) or slot.calendar, slot.service, slot.start)
            return Booked(appointment_id, there, there.calendar not in offer.calendars)
        known = await already_booked(unit, now, caller, slot, whom.name_key)
        if known is None:
            return None
        calendar = await calendar_of(known.appointment.calendar_id)
        return known if calendar in offer.calendars else replace(known, elsewhere=calendar)

    async def take(slot: Slot) -> Booked | AlreadyBooked | None:
        # In the only calendar it would have been in the way; in several nobody is at two places at one time.
        if offer.one_of_several:
            await unit.lock_people(whom.name_key)
            if (known := await had(slot)) is not None:
                return known
        contact_id = await unit.save_contact(whom, wish.vapi_call_id)
        appointment_id = await unit.add_appointment(
            slot, contact_id, wish.vapi_call_id, told_to=caller, calendar_chosen=chosen
        )
        return None if appointment_id is None else Booked(appointment_id, slot)

    return await take_wanted_time(unit, now, offer, wall, take, had=had)
