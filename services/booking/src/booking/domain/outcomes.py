"""What a tool call can come to. Each is said in `speech.py` and told to programs as facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from booking.domain.appointments import Slot
from booking.domain.services import Service


@dataclass(frozen=True, slots=True)
class Free:
    """Slots of a day, earliest first; at least one."""

    day: date
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class NothingFree:
    """The day is closed or full; `alternatives` are the nearest later slots."""

    day: date
    closed: bool
    alternatives: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Booked:
    appointment_id: UUID
    slot: Slot


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


@dataclass(frozen=True, slots=True)
class UnknownService:
    services: Sequence[Service]


@dataclass(frozen=True, slots=True)
class NothingToBook:
    """The organization has no calendar or no service yet."""


Outcome = (
    Free
    | NothingFree
    | Booked
    | Taken
    | NotAStart
    | Past
    | TooFarAhead
    | NoSuchTime
    | TimeOccursTwice
    | UnknownService
    | NothingToBook
)
