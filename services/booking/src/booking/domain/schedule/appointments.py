"""Appointments and the slots they can take."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.local_time import Period
from booking.domain.schedule.services import Service


class Status(StrEnum):
    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that a service can be booked at, in one calendar."""

    calendar: Calendar
    service: Service
    start: datetime
    """Aware, UTC."""

    @property
    def end(self) -> datetime:
        return self.start + self.service.duration

    @property
    def occupied(self) -> Period:
        """What nobody else can have: the appointment and its buffers."""
        return Period(self.start - self.service.buffer_before, self.end + self.service.buffer_after)

    @property
    def local_start(self) -> datetime:
        return self.start.astimezone(self.zone)

    @property
    def zone(self) -> ZoneInfo:
        return self.calendar.zone


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as the clinic's staff see it."""

    id: UUID
    calendar_id: UUID
    service_id: UUID
    contact_id: UUID | None
    """None, and no name: whoever it was for was erased."""
    patient_name: str
    starts_at: datetime
    ends_at: datetime
    status: Status
    vapi_call_id: str | None
    cancel_reason: str | None = None
    """In the caller's words."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which appointments are asked for; None: all of them."""

    starts_from: datetime | None = None
    starts_before: datetime | None = None
    calendar_id: UUID | None = None
    contact_id: UUID | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class PatientsAppointment:
    """An appointment as its patient may hear of it: booked, or cancelled."""

    id: UUID
    contact_id: UUID
    patient_name: str
    calendar_id: UUID
    calendar_chosen: bool
    """Whether the patient asked for this calendar by name."""
    service_id: UUID
    service_name: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    status: Status

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of appointments ended."""

    starts_at: datetime
    id: UUID
