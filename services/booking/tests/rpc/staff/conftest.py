"""A clinic, its staff and its callers, over gRPC."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from switchboard.booking.v1 import appointment_service_pb2 as appointment_pb2
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2
from switchboard.booking.v1 import call_service_pb2 as call_pb2
from switchboard.booking.v1 import contact_service_pb2 as contact_pb2
from switchboard.booking.v1 import receptionist_service_pb2 as receptionist_pb2
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

SECONDS = 30
NUMBER = "+14155550123"


@dataclass(frozen=True, slots=True)
class Clinic:
    """In New York, open Monday to Friday from 8 to 18, with two calendars and half-hour consultations."""

    client: RpcClient
    tenant: TenantId
    calendar_id: str
    other_calendar_id: str
    service_id: str

    async def ask(self, stub: Any, method: str, request: Any) -> Any:
        with tenant_scope(self.tenant):
            return await getattr(self.client.stub(stub), method)(request, timeout=SECONDS)

    async def use(self, tool: str, request: Callable[..., Any], **arguments: Any) -> ToolReply:
        """Uses a tool in a call of its own, unless it says which."""
        context = {"vapi_call_id": str(uuid4()), "tool_call_id": str(uuid4()), "caller_number": NUMBER}
        context |= {key: arguments.pop(key) for key in list(arguments) if key in context}
        asked = request(context=CallContext(**context), **arguments)
        reply: ToolReply = await self.ask(ReceptionistServiceStub, tool, asked)
        return reply

    async def book(self, **arguments: Any) -> ToolReply:
        usual = {"appointment_date": "2026-12-01", "appointment_time": "10:00", "patient_name": "Ana Exempla"}
        request = receptionist_pb2.BookClinicAppointmentRequest
        return await self.use("BookClinicAppointment", request, **(usual | arguments))

    async def hold(self, **arguments: Any) -> ToolReply:
        usual = {"appointment_date": "2026-12-01", "appointment_time": "10:00"}
        return await self.use("HoldSlot", receptionist_pb2.HoldSlotRequest, **(usual | arguments))

    async def appointments(self) -> list[appointment_pb2.Appointment]:
        request = appointment_pb2.ListAppointmentsRequest()
        return list((await self.ask(AppointmentServiceStub, "ListAppointments", request)).appointments)

    async def appointment(self, appointment_id: str) -> Any:
        request = appointment_pb2.GetAppointmentRequest(id=appointment_id)
        return (await self.ask(AppointmentServiceStub, "GetAppointment", request)).appointment

    async def make_appointment(self, contact_id: str, clock: str, **changes: Any) -> Any:
        usual: dict[str, Any] = {"calendar_id": self.calendar_id, "service_id": self.service_id}
        if clock:
            usual["starts_at"] = datetime.fromisoformat(f"2026-12-01T{clock}:00-05:00").astimezone(UTC)
        request = appointment_pb2.CreateAppointmentRequest(**(usual | {"contact_id": contact_id} | changes))
        return (await self.ask(AppointmentServiceStub, "CreateAppointment", request)).appointment

    async def change_appointment(self, appointment_id: str, **changes: Any) -> Any:
        request = appointment_pb2.UpdateAppointmentRequest(id=appointment_id, **changes)
        return (await self.ask(AppointmentServiceStub, "UpdateAppointment", request)).appointment

    async def contact(self, name: str = "Ana Exempla", phone: str = NUMBER, email: str = "") -> Any:
        """The contact of that person, new or known."""
        request = contact_pb2.CreateContactRequest(name=name, phone=phone, email=email)
        return (await self.ask(ContactServiceStub, "CreateContact", request)).contact

    async def change_contact(self, contact_id: str, **changes: str) -> Any:
        request = contact_pb2.UpdateContactRequest(id=contact_id, **changes)
        return (await self.ask(ContactServiceStub, "UpdateContact", request)).contact

    async def contacts(self, search: str = "") -> list[contact_pb2.Contact]:
        request = contact_pb2.ListContactsRequest(search=search)
        return list((await self.ask(ContactServiceStub, "ListContacts", request)).contacts)

    async def export(self, contact_id: str) -> Any:
        """The first part, which is the whole unless there is very much."""
        return (await self.export_part(contact_id)).document

    async def export_part(self, contact_id: str, page_token: str = "") -> Any:
        request = contact_pb2.ExportContactRequest(id=contact_id, page_token=page_token)
        return await self.ask(ContactServiceStub, "ExportContact", request)

    async def erase(self, contact_id: str) -> Any:
        request = contact_pb2.EraseContactRequest(id=contact_id)
        return (await self.ask(ContactServiceStub, "EraseContact", request)).receipt

    async def record_call(self, vapi_call_id: str, **told: Any) -> Any:
        request = call_pb2.RecordCallRequest(vapi_call_id=vapi_call_id, **told)
        return (await self.ask(CallServiceStub, "RecordCall", request)).call

    async def call(self, call_id: str) -> Any:
        return (await self.ask(CallServiceStub, "GetCall", call_pb2.GetCallRequest(id=call_id))).call

    async def calls(self) -> list[call_pb2.Call]:
        return list((await self.ask(CallServiceStub, "ListCalls", call_pb2.ListCallsRequest())).calls)


OpenClinic = Callable[[], Awaitable[Clinic]]


@pytest.fixture
def open_clinic(booking: RpcClient) -> OpenClinic:
    async def opened() -> Clinic:
        tenant = TenantId(uuid4())
        week = [calendar_pb2.OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 6)]
        calendars = [
            calendar_pb2.CreateCalendarRequest(name=name, timezone="America/New_York", opening_hours=week)
            for name in ("Room 1", "Room 2")
        ]
        consultation = calendar_pb2.Service(
            name="Consultation", duration_minutes=30, step_minutes=15, horizon_days=180, default_service=True
        )
        stub = booking.stub(CalendarServiceStub)
        with tenant_scope(tenant):
            made = [await stub.CreateCalendar(calendar, timeout=SECONDS) for calendar in calendars]
            request = calendar_pb2.CreateServiceRequest(service=consultation)
            service = await stub.CreateService(request, timeout=SECONDS)
        return Clinic(booking, tenant, made[0].calendar.id, made[1].calendar.id, service.service.id)

    return opened


@pytest.fixture
async def desk(open_clinic: OpenClinic) -> Clinic:
    """The clinic at whose front desk the staff sit."""
    return await open_clinic()


Refused = Callable[[Awaitable[Any]], Awaitable[RemoteError]]


@pytest.fixture
def refused() -> Refused:
    """`await refused(…)`: the state that it ends in."""

    async def outcome(asked: Awaitable[Any]) -> RemoteError:
        with pytest.raises(RemoteError) as state:
            await asked
        return state.value

    return outcome
