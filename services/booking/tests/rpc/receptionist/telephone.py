"""A clinic, and people who call it: their assistant uses the tools over gRPC, by the catalogue alone."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.tools import load_catalogue
from switchboard.booking.v1.appointment_service_pb2 import (
    Appointment,
    CreateAppointmentRequest,
    ListAppointmentsRequest,
)
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.contact_service_pb2 import UpdateContactRequest
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

TUESDAY, WEDNESDAY = "2026-12-01", "2026-12-02"
ANA, BEN = "+14155550123", "+14155550124"
_CATALOGUE = load_catalogue()
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Clinic:
    booking: RpcClient
    tenant: TenantId

    def call(self, number: str = ANA, **context: str) -> "Call":
        return Call(self, {"vapi_call_id": f"call-{uuid4()}", "caller_number": number} | context)

    async def appointments(self, status: "Appointment.Status.ValueType" = Appointment.BOOKED) -> list[Appointment]:
        with tenant_scope(self.tenant):
            stub = self.booking.stub(AppointmentServiceStub)
            listed = await stub.ListAppointments(ListAppointmentsRequest(), timeout=_SECONDS)
        return [one for one in listed.appointments if one.status == status]

    async def add_calendar(self, timezone: str) -> None:
        week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 6)]
        request = CreateCalendarRequest(name=f"Room in {timezone}", timezone=timezone, opening_hours=week)
        with tenant_scope(self.tenant):
            await self.booking.stub(CalendarServiceStub).CreateCalendar(request, timeout=_SECONDS)

    async def contact_of(self, booked: ToolReply) -> str:
        return next(one.contact_id for one in await self.appointments() if one.id == booked.data["appointmentId"])

    async def book_as_staff(self, booked: ToolReply, time: str) -> None:
        """For the same contact, in the same calendar, on Tuesday."""
        starts_at = datetime.fromisoformat(f"{TUESDAY}T{time}-05:00")
        request = CreateAppointmentRequest(
            calendar_id=str(booked.data["calendarId"]),
            service_id=str(booked.data["serviceId"]),
            contact_id=await self.contact_of(booked),
            starts_at=Timestamp(seconds=int(starts_at.timestamp())),
        )
        with tenant_scope(self.tenant):
            await self.booking.stub(AppointmentServiceStub).CreateAppointment(request, timeout=_SECONDS)

    async def change_contact_as_staff(self, booked: ToolReply, **changes: str) -> None:
        request = UpdateContactRequest(id=await self.contact_of(booked), **changes)
        with tenant_scope(self.tenant):
            await self.booking.stub(ContactServiceStub).UpdateContact(request, timeout=_SECONDS)

    async def starts(self) -> list[str]:
        """When the booked ones start, as `Tue 10:00` in UTC."""
        return [f"{one.starts_at.ToDatetime():%a %H:%M}" for one in await self.appointments()]


@dataclass(frozen=True, slots=True)
class Call:
    clinic: Clinic
    context: dict[str, str] = field(default_factory=dict)

    async def use(self, tool_name: str, *, tool_call_id: str = "", **arguments: Any) -> ToolReply:
        tool = _CATALOGUE[tool_name]
        request: Any = tool.request(arguments)
        request.context.CopyFrom(CallContext(tool_call_id=tool_call_id or f"tool-{uuid4()}", **self.context))
        method = self.clinic.booking.method(tool.method, tool.request_class.SerializeToString, ToolReply.FromString)
        with tenant_scope(self.clinic.tenant):
            reply: ToolReply = await method(request, timeout=_SECONDS)
        assert "\n" not in reply.say
        return reply

    async def book(
        self, time: str = "10:00", name: str = "Ana Exempla", *, date: str = TUESDAY, **more: str
    ) -> ToolReply:
        wish = {"appointmentDate": date, "appointmentTime": time, "patientName": name}
        return await self.use("bookClinicAppointment", **wish, **more)

    async def hold(self, time: str = "10:00", *, date: str = TUESDAY, **more: str) -> ToolReply:
        return await self.use("holdSlot", appointmentDate=date, appointmentTime=time, **more)

    async def move(self, time: str, *, to: str = TUESDAY, **which: str) -> ToolReply:
        return await self.use("rescheduleAppointment", newDate=to, newTime=time, **which)

    async def cancel(self, **which: str) -> ToolReply:
        return await self.use("cancelAppointment", **which)

    async def list(self, **which: str) -> ToolReply:
        return await self.use("listAppointments", **which)

    async def look_up(self, key: str, by: str) -> ToolReply:
        return await self.use("lookupCaller", searchKey=key, searchType=by)


async def open_clinic(
    booking: RpcClient, *, rooms: int = 1, timezone: str = "America/New_York", **service: Any
) -> Clinic:
    """Open Monday to Friday from 8 to 18; a consultation of half an hour, every quarter of an hour."""
    tenant = TenantId(uuid4())
    stub = booking.stub(CalendarServiceStub)
    week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 6)]
    usual = {"name": "Consultation", "duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}
    with tenant_scope(tenant):
        for number in range(rooms):
            await stub.CreateCalendar(
                CreateCalendarRequest(name=f"Room {number}", timezone=timezone, opening_hours=week), timeout=_SECONDS
            )
        await stub.CreateService(
            CreateServiceRequest(service=Service(**{**usual, "default_service": True, **service})), timeout=_SECONDS
        )
    return Clinic(booking, tenant)


def outcome(reply: ToolReply) -> str:
    return str(reply.data["outcome"])
