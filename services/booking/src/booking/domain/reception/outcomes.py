"""What a tool call can come to. Each is said in `speech.py` and told to programs as facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.schedule.appointments import PatientsAppointment, Slot
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.services import Service


@dataclass(frozen=True, slots=True)
class Free:
    """Slots of a day, earliest first; at least one."""

    day: date
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class FreeDays:
    """The days from `first` to `last` that have something free, each with its slots; at least one."""

    first: date
    last: date
    days: Sequence[Sequence[Slot]]
    shortened: bool = False
    """Whether more days were asked about than were looked at."""


@dataclass(frozen=True, slots=True)
class NothingFreeBetween:
    """From `first` to `last` nothing is free; `alternatives` are the nearest slots of another day."""

    first: date
    last: date
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class NothingFree:
    """The day is closed or full; `alternatives` are the slots of the nearest later day, else of the nearest before."""

    day: date
    closed: bool
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Booked:
    appointment_id: UUID
    slot: Slot
    elsewhere: bool = False
    """In a calendar that the caller has not meant this time: it was booked before, for the same wish."""


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """Whoever rings back wants what they have: it was booked in an earlier call from their number."""

    appointment: PatientsAppointment
    elsewhere: Calendar | None = None
    """Where it is, if the caller has not meant this calendar now."""


@dataclass(frozen=True, slots=True)
class Held:
    """The slot is kept for the caller until then, and for nobody else."""

    slot: Slot
    until: datetime


@dataclass(frozen=True, slots=True)
class FreeButNotHeld:
    """The slot is free, and there is no call or chat to keep it for."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Moved:
    appointment: PatientsAppointment
    """As it is now."""
    was: PatientsAppointment


@dataclass(frozen=True, slots=True)
class AlreadyThen:
    """It is to be moved to where it is."""

    appointment: PatientsAppointment


@dataclass(frozen=True, slots=True)
class NotMovable:
    """What it is for can be booked by callers in no calendar any more; it stays."""

    appointment: PatientsAppointment


@dataclass(frozen=True, slots=True)
class Cancelled:
    appointment: PatientsAppointment


@dataclass(frozen=True, slots=True)
class AlreadyCancelled:
    appointment: PatientsAppointment


@dataclass(frozen=True, slots=True)
class WhichAppointment:
    """Several fit what the caller said: of the number they call from, or of one person."""

    choices: Sequence[PatientsAppointment]


@dataclass(frozen=True, slots=True)
class NoAppointment:
    """The caller may hear of none that fits, whether there is one or not."""


@dataclass(frozen=True, slots=True)
class StaffWillHelp:
    """Too much was guessed: nothing more is answered here, whether it is true or not."""


@dataclass(frozen=True, slots=True)
class Appointments:
    """Those to come that the caller may hear of, by start; at least one."""

    appointments: Sequence[PatientsAppointment]
    names_told: bool = False
    """Whether it has to be said whose they are: people who share the number that the caller calls from."""


@dataclass(frozen=True, slots=True)
class CallerKnown:
    contact_ids: Sequence[UUID]
    names: Sequence[str]
    """Of people who share the number that the caller calls from; or the name that the caller said."""


@dataclass(frozen=True, slots=True)
class CallerUnknown:
    """Nobody is known under the number they call from who is called what they say."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The clinic is open then, and somebody else has it."""

    wanted: Slot
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class NotAStart:
    """The clinic is open that day, but nothing begins at that time."""

    wanted: datetime
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Past:
    """The day or time is over (or too close to be prepared for)."""

    now: datetime
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class PastYear:
    """The day is of a year that is over, as models say who take the year from when they were made."""

    day: date
    meant: date
    """The next day of that month and number, which may be meant."""


@dataclass(frozen=True, slots=True)
class TooFarAhead:
    last_day: date


@dataclass(frozen=True, slots=True)
class NoSuchTime:
    """Clocks go forward: the wall time does not exist that day."""

    wanted: datetime
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class TimeOccursTwice:
    """Clocks go back: the wall time occurs twice that day."""

    wanted: datetime
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class UnknownService:
    services: Sequence[Service]


@dataclass(frozen=True, slots=True)
class UnknownPractitioner:
    """Nobody is called so who offers the service, or several are; `calendars` are all that offer it."""

    service: Service
    calendars: Sequence[Calendar]


@dataclass(frozen=True, slots=True)
class NothingToBook:
    """The organization has no calendar or no service yet."""


Outcome = (
    Free
    | FreeDays
    | NothingFree
    | NothingFreeBetween
    | Booked
    | AlreadyBooked
    | Held
    | FreeButNotHeld
    | Moved
    | AlreadyThen
    | NotMovable
    | Cancelled
    | AlreadyCancelled
    | WhichAppointment
    | NoAppointment
    | StaffWillHelp
    | Appointments
    | CallerKnown
    | CallerUnknown
    | Taken
    | NotAStart
    | Past
    | PastYear
    | WrongWeekday
    | TooFarAhead
    | NoSuchTime
    | TimeOccursTwice
    | UnknownService
    | UnknownPractitioner
    | NothingToBook
)
