"""What the use-cases need of the store: one transaction, for one organization."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from booking.domain.answers import Answer, Recorded, ToolCall
from booking.domain.appointments import Appointment, Position, Slot
from booking.domain.availability import Busy
from booking.domain.calendars import Calendar
from booking.domain.contacts import Patient
from booking.domain.local_time import Period
from booking.domain.services import Service
from chassis.tenant import TenantId


class Unit(Protocol):
    """One transaction. Committed when its block ends, rolled back when the block raises.

    A unit of work, not a store per noun: the tool call's claim, the contact, the appointment and the kept answer are
    rows of four tables and happen together or not at all.
    """

    async def record_tool_call(self, call: ToolCall) -> Recorded | None:
        """Claim a tool call; what was recorded if it was answered before, waiting for one that is in flight."""

    async def record_answer(self, call: ToolCall, answer: Answer) -> None: ...

    async def calendars(self) -> Sequence[Calendar]:
        """All calendars in the order of their ids: whoever locks several does so in this order."""

    async def services(self) -> Sequence[Service]:
        """All services in the order of their names."""

    async def busy(self, calendars: Sequence[Calendar], period: Period) -> Busy: ...

    async def lock(self, calendar: Calendar) -> None:
        """Wait until nobody else writes to the calendar, until the transaction ends."""

    async def find_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID | None:
        """The id of the patient's contact, if the organization knows them."""

    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
        """The id of the patient's contact: updated if the organization knows them, else new."""

    async def add_appointment(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> UUID | None:
        """The new appointment's id, or None if the time is occupied or this very wish was fulfilled before."""

    async def same_wish(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> tuple[UUID, UUID] | None:
        """The appointment (id, calendar) this call, or none, made for the same contact, service and time, if it did."""

    async def appointments(self, after: Position | None, limit: int) -> Sequence[Appointment]: ...

    async def add_calendar(self, calendar: Calendar) -> Calendar:
        """The calendar, or the one that exists under its id."""

    async def add_service(self, service: Service) -> Service:
        """The service, or the one that exists under its id. Raises ServiceNameTaken, DefaultServiceExists."""


class Store(Protocol):
    def unit(self, tenant: TenantId) -> AbstractAsyncContextManager[Unit]: ...
