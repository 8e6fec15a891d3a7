"""Which appointments a caller has."""

from datetime import datetime

from booking.domain.ports import Unit
from booking.domain.reception.outcomes import Appointments, NoAppointment, Outcome, StaffWillHelp
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.reception.which_appointment import Mention, heard_of, people
from booking.domain.schedule.appointments import Status


async def tell_appointments(unit: Unit, now: datetime, mention: Mention) -> Outcome:
    """Raises ArgumentNotUnderstood for a day that has to be asked for again.

    Whose name and day are told from another number hears of that day alone: whoever knows a patient's name can book in
    it, and would hear of all that the patient has by naming the day they booked. Where two people of that name have
    appointments on that day, nobody can tell which of them calls.
    """
    meant = await mention.read(unit, now)
    if isinstance(meant, WrongWeekday):
        return meant
    heard = await heard_of(unit, now, meant)
    if isinstance(heard, StaffWillHelp):
        return heard
    found = heard.of(Status.BOOKED)
    if not found:
        return NoAppointment()
    return Appointments(found, names_told=people(found) > 1)
