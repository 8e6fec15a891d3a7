"""Which appointment a caller means, and whether they may hear of it.

They may hear of those that were booked from the number they really call from; and, from another number, of those of
whom they name in full together with a day on which there is one, while they do not guess. Nothing else that a caller
says proves who they are: not a number, not an id, not a part of a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.people.contacts import e164, name_key, says_nothing, single_line
from booking.domain.ports import Unit
from booking.domain.reception.clinics_day import clinics_day
from booking.domain.reception.misses import Guess
from booking.domain.reception.outcomes import NoAppointment, StaffWillHelp, WhichAppointment
from booking.domain.reception.spoken_times import Said, WrongWeekday, read
from booking.domain.schedule.appointments import PatientsAppointment, Status


@dataclass(frozen=True, slots=True)
class Mention:
    """What is known of an appointment that a caller means; all but the number is the assistant's, and may be empty."""

    caller_number: str
    """The number that the call itself comes from."""
    patient_name: str = ""
    day: str = ""
    time_of_day: str = ""
    appointment_id: str = ""
    conversation_id: str | None = None
    """Vapi's id of the call or chat."""

    async def read(self, unit: Unit, now: datetime) -> "Meant | WrongWeekday":
        """Raises ArgumentNotUnderstood for a day or time that has to be asked for again."""
        today = await clinics_day(unit, now, self.day)
        told, clock = _read("appointmentDate", self.day, today), _read("appointmentTime", self.time_of_day, today)
        if self.day.strip() and told.day is None:
            raise ArgumentNotUnderstood("appointmentDate")
        if self.time_of_day.strip() and (clock.time_of_day is None or clock.day not in {None, told.day}):
            raise ArgumentNotUnderstood("appointmentTime")
        day, time_of_day = told.day, clock.time_of_day
        # Models fill up a day with midnight.
        if told.time_of_day not in {None, time(), time_of_day}:
            if time_of_day is not None:
                raise ArgumentNotUnderstood("appointmentTime")
            time_of_day = told.time_of_day
        if isinstance(day, WrongWeekday):
            return day
        return Meant(
            caller_number=e164(self.caller_number),
            name_key="" if says_nothing(self.patient_name) else name_key(single_line(self.patient_name)),
            day=day,
            time_of_day=time_of_day,
            appointment_id=self.appointment_id.strip().lower(),
            conversation_id=self.conversation_id,
        )


def _read(argument: str, text: str, today: date | None) -> Said:
    if not text.strip():
        return Said()
    said = read(text, today)
    if said is None:
        raise ArgumentNotUnderstood(argument)
    return said


@dataclass(frozen=True, slots=True)
class Meant:
    """A mention, understood."""

    caller_number: str | None
    name_key: str
    day: date | None
    time_of_day: time | None
    appointment_id: str
    conversation_id: str | None

    def fits(self, appointment: PatientsAppointment) -> bool:
        return (
            self.day in (None, appointment.local_start.date())
            and self.time_of_day in (None, appointment.local_start.time())
            and self.appointment_id in ("", str(appointment.id))
        )

    def names(self, name: str) -> bool:
        """Whether somebody of the caller's own number is meant: `Mia` will do for `Mia Exempla`."""
        return set(self.name_key.split()) <= set(name_key(name).split())


@dataclass(frozen=True, slots=True)
class Heard:
    """Appointments that the caller may hear of, cancelled ones too, by start."""

    appointments: Sequence[PatientsAppointment]
    by_number: bool
    """Whether it is the number they call from that tells so; else the name and the day that they said."""

    def of(self, status: Status) -> list[PatientsAppointment]:
        return [one for one in self.appointments if one.status is status]


async def heard_of(unit: Unit, now: datetime, meant: Meant) -> Heard | StaffWillHelp:
    """Those to come that are meant and that the caller may hear of."""
    if meant.caller_number is not None:
        shared = await unit.appointments_of_number(meant.caller_number, now)
        if found := [one for one in shared if meant.names(one.patient_name) and meant.fits(one)]:
            return Heard(found, by_number=True)
    if not meant.name_key or meant.day is None:
        return Heard((), by_number=False)
    guess = Guess(meant.name_key, meant.day, meant.caller_number, meant.conversation_id)
    if await guess.is_one_too_many(unit, now):
        return StaffWillHelp()
    that_day = await unit.appointments_of_name(meant.name_key, meant.day, now)
    # Of several who have that name nobody can tell which of them calls: what else is said does not prove it either.
    found = [one for one in that_day if meant.fits(one)] if people(that_day) == 1 else []
    if not found:
        await guess.miss(unit, now)
    return Heard(found, by_number=False)


async def find_appointment(
    unit: Unit, now: datetime, mention: Mention
) -> PatientsAppointment | WrongWeekday | WhichAppointment | NoAppointment | StaffWillHelp:
    """The one to come that is meant, as it is until the transaction ends: a booked one, else a cancelled one.

    Raises ArgumentNotUnderstood for a day or time that has to be asked for again.
    """
    meant = await mention.read(unit, now)
    if isinstance(meant, WrongWeekday):
        return meant
    heard = await heard_of(unit, now, meant)
    if isinstance(heard, StaffWillHelp):
        return heard
    candidates = heard.of(Status.BOOKED) or heard.of(Status.CANCELLED)[:1]
    if len(candidates) > 1:
        return WhichAppointment(candidates)
    current = await unit.lock_appointment(candidates[0].id) if candidates else None
    return NoAppointment() if current is None or not meant.fits(current) else current


def people(appointments: Sequence[PatientsAppointment]) -> int:
    return len({one.contact_id for one in appointments})
