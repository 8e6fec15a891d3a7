"""Keeping a time for a caller while they give their details.

A hold is a row among the appointments, within the same constraint: what is held can be had by nobody else, and what is
booked cannot be held.
"""

from dataclasses import dataclass

from booking.domain.ports import Unit
from booking.domain.reception.already_booked import already_booked
from booking.domain.reception.clinics_day import clinics_day
from booking.domain.reception.offers import Offer, find_offer
from booking.domain.reception.outcomes import AlreadyBooked, FreeButNotHeld, Held, Outcome
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.reception.wanted_time import SpokenTime, take_wanted_time
from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.holds import KEPT_FOR, Asking


@dataclass(frozen=True, slots=True)
class HoldWish:
    """A time on the clinic's clock to be kept, for something, with somebody; the last two may be empty."""

    when: SpokenTime
    service_type: str = ""
    practitioner: str = ""


async def hold_slot(unit: Unit, asking: Asking, wish: HoldWish) -> Outcome:
    """Raises ArgumentNotUnderstood for a day or time that has to be asked for again.

    A hold is a call's or a chat's. Where there is neither, it would stand in the way of the caller's own booking, which
    nobody could tell from another's; and of a call that has ended nothing would free it: then it is only said that the
    time is free.
    """
    wall = wish.when.wall(await clinics_day(unit, asking.now, wish.when.day))
    if isinstance(wall, WrongWeekday):
        return wall
    offer = await find_offer(unit, service_type=wish.service_type, practitioner=wish.practitioner)
    if not isinstance(offer, Offer):
        return offer
    until = asking.now + KEPT_FOR
    kept = asking.conversation_id is not None and await _goes_on(unit, asking.conversation_id)

    async def take(slot: Slot) -> Held | FreeButNotHeld | None:
        if not kept:
            return FreeButNotHeld(slot)
        return None if await unit.hold(slot, until) is None else Held(slot, until)

    async def had(slot: Slot) -> AlreadyBooked | None:
        return await already_booked(unit, asking.now, asking.caller_number, slot)

    return await take_wanted_time(unit, asking.now, offer, wall, take, had=had)


async def _goes_on(unit: Unit, conversation_id: str) -> bool:
    """Asked under the lock that whoever records the call's end takes too."""
    await unit.lock_holds(conversation_id)
    return not await unit.has_ended(conversation_id)
