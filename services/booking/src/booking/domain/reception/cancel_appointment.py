"""Cancelling an appointment: its time is free again, and what is cancelled stays so."""

from dataclasses import dataclass
from datetime import datetime

from booking.domain.people.contacts import single_line
from booking.domain.ports import Unit
from booking.domain.reception.answers import ToolCall
from booking.domain.reception.outcomes import AlreadyCancelled, Cancelled, Outcome
from booking.domain.reception.which_appointment import Mention, find_appointment
from booking.domain.schedule.appointments import PatientsAppointment, Status

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class CancelWish:
    which: Mention
    reason: str = ""


async def cancel_appointment(unit: Unit, now: datetime, wish: CancelWish, call: ToolCall | None) -> Outcome:
    """Raises ArgumentNotUnderstood for a day or time that has to be asked for again."""
    if call is not None and (cancelled := await _cancelled_before(unit, call)) is not None:
        return AlreadyCancelled(cancelled)
    found = await find_appointment(unit, now, wish.which)
    if not isinstance(found, PatientsAppointment):
        return found
    if found.status is not Status.BOOKED:
        return AlreadyCancelled(found)
    await unit.cancel(found.id, now, single_line(wish.reason)[:_LONGEST_REASON])
    return Cancelled(found)


async def _cancelled_before(unit: Unit, call: ToolCall) -> PatientsAppointment | None:
    """What the same wish, made in the same conversation under another id, has cancelled.

    Else a wish that names no day would, said twice, cancel the patient's next appointment too.
    """
    about = await unit.answered_about(call)
    appointment = None if about is None else await unit.patients_appointment(about)
    return appointment if appointment is not None and appointment.status is Status.CANCELLED else None
