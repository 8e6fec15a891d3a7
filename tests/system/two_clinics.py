"""Two organizations that have one of everything, with a canary in every text that belongs to them."""

import base64
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from secrets import token_hex
from typing import Any
from uuid import uuid4

from chassis.deadline import deadline_scope
from chassis.tenant import establish, tenant_scope
from switchboard.assistants.v1.agent_service_pb2 import FOLLOW_UP, INBOUND, SaveAgentRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.booking.v1.appointment_service_pb2 import ListAppointmentsRequest
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.calendar_service_pb2 import CreateCalendarRequest, CreateServiceRequest
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.call_service_pb2 import RecordCallRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard_cli.demo.calls import next_workday
from switchboard_cli.stack.backends import Backends
from tests.system.administering import Desk, new_number


@dataclass(slots=True)
class Planted:
    """An organization. Of everything it has, the other one knows one piece, and shall learn of no other."""

    id: str
    canary: str
    """In each of its texts; in nothing that is ever sent by the other."""
    number: str
    known: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids, numbers and cursors by their kind: what the other one tries."""
    hidden: list[str] = field(default_factory=list)
    """Ids, numbers and keys that nobody tries."""
    keys: list[str] = field(default_factory=list)
    """Its own API keys."""

    def keep(self, *, hidden: bool, **of_kind: str) -> None:
        for kind, value in of_kind.items():
            (self.hidden if hidden else self.known[kind]).append(value)

    @property
    def secrets(self) -> list[str]:
        """What no answer to the other one may hold."""
        return [self.canary, base64.b64encode(self.canary.encode()).decode(), *self.hidden]


async def plant(desk: Desk, backends: Backends) -> tuple[Planted, Planted]:
    return await _plant(desk, backends), await _plant(desk, backends)


async def _plant(desk: Desk, backends: Backends) -> Planted:
    canary = f"canary{token_hex(6)}"
    made = await desk.new_organization(f"{canary} Practice")
    clinic = Planted(made["id"], canary, new_number())
    clinic.keep(hidden=False, organization=clinic.id)
    await _plant_tenancy(desk, clinic)
    with tenant_scope(establish(clinic.id)), deadline_scope(30):
        await _plant_booking(backends, clinic)
        await _plant_agents(backends, clinic)
    await _plant_calendars_elsewhere(desk, clinic)
    await _plant_cursors(desk, clinic)
    return clinic


async def _plant_tenancy(desk: Desk, clinic: Planted) -> None:
    keys = f"/api/organizations/{clinic.id}/api-keys"
    for hidden in (False, True):
        fields = {"clinic_name": f"{clinic.canary} desk", "vapi_phone_number_id": str(uuid4())}
        number = new_number() if hidden else clinic.number
        mapping = await desk.new_mapping(clinic.id, number, **fields)
        clinic.keep(hidden=hidden, mapping=mapping["id"], number=number, line=mapping["vapi_phone_number_id"])
        key = await desk.told("POST", keys, {"name": f"{clinic.canary} website"})
        plan = {"type": "secret", "secret": f"{clinic.canary}{token_hex(8)}"}
        credential = await desk.new_credential(clinic.id, plan=plan, name=f"{clinic.canary} Vapi")
        clinic.keep(hidden=hidden, key=key["id"], credential=credential["id"])
    for scope in ("read", "write"):
        own = await desk.new_key(clinic.id, scope)
        clinic.keys.append(own["api_key"])
        clinic.hidden += [own["id"], own["name"], own["api_key"]]


async def _plant_booking(backends: Backends, clinic: Planted) -> None:
    calendars = backends.booking.stub(CalendarServiceStub)
    receptionist = backends.booking.stub(ReceptionistServiceStub)
    for hidden in (False, True):
        calendar = CreateCalendarRequest(
            calendar_id=str(uuid4()),
            name=f"{'Room' if hidden else 'Dr.'} {clinic.canary}",
            timezone="America/New_York",
        )
        for weekday in range(1, 8):
            calendar.opening_hours.add(weekday=weekday, opens="08:00", closes="18:00")
        await calendars.CreateCalendar(calendar)
        service = CreateServiceRequest()
        service.service.id = str(uuid4())
        service.service.name = f"{clinic.canary} {'treatment' if hidden else 'check-up'}"
        service.service.duration_minutes = service.service.step_minutes = 30
        service.service.horizon_days = 180
        service.service.default_service = not hidden
        await calendars.CreateService(service)
        clinic.keep(hidden=hidden, calendar=calendar.calendar_id, service=service.service.id)
    for hour, hidden in ((10, False), (11, True), (12, True)):
        request = BookClinicAppointmentRequest(
            appointment_date=str(next_workday(date.today())),
            appointment_time=f"{hour}:00",
            patient_name=f"Ana {clinic.canary}",
            patient_phone=new_number(),
            patient_email=f"{clinic.canary}{hour}@example.com",
        )
        request.context.vapi_call_id, request.context.tool_call_id = str(uuid4()), str(uuid4())
        request.context.caller_number = request.patient_phone
        booked = await receptionist.BookClinicAppointment(request)
        assert "appointmentId" in booked.data, booked.say
        clinic.keep(hidden=hidden, call=request.context.vapi_call_id, tool_call=request.context.tool_call_id)
        clinic.keep(hidden=hidden, number=request.patient_phone)
    appointments = await backends.booking.stub(AppointmentServiceStub).ListAppointments(ListAppointmentsRequest())
    for appointment, hidden in zip(appointments.appointments, (False, True, True), strict=True):
        clinic.keep(hidden=hidden, appointment=appointment.id, contact=appointment.contact_id)
        told = RecordCallRequest(vapi_call_id=appointment.vapi_call_id, summary=f"{clinic.canary} called", cost=0.12)
        call = await backends.booking.stub(CallServiceStub).RecordCall(told)
        clinic.keep(hidden=hidden, record=call.call.id)


async def _plant_calendars_elsewhere(desk: Desk, clinic: Planted) -> None:
    path = f"/api/calendars/{clinic.known['calendar'][0]}"
    for hidden in (False, True):
        feed = await desk.told("POST", f"{path}/feeds", {"with_names": True}, organization=clinic.id)
        clinic.hidden.append(feed["url"])
        busy = {"url": f"https://{clinic.canary}.invalid/{hidden}.ics", "name": f"{clinic.canary} elsewhere"}
        source = await desk.told("POST", f"{path}/busy-sources", busy, organization=clinic.id)
        account = {"username": clinic.canary, "password": f"{clinic.canary}{token_hex(8)}"}
        connected = {"url": f"https://{clinic.canary}.invalid/{hidden}/", **account}
        connection = await desk.told("POST", f"{path}/connections", connected, organization=clinic.id)
        clinic.keep(hidden=hidden, feed=feed["id"], source=source["id"], connection=connection["id"])


async def _plant_agents(backends: Backends, clinic: Planted) -> None:
    for kind in (INBOUND, FOLLOW_UP):
        request = SaveAgentRequest(
            type=kind,
            name=f"{clinic.canary} desk",
            first_message=f"{clinic.canary}!",
            prompt=f"Be {clinic.canary}.",
        )
        request.vapi.update({"endCallMessage": f"{clinic.canary}, goodbye."})
        saved = await backends.assistant_sync.stub(AgentServiceStub).SaveAgent(request)
        assert saved.agent.vapi_assistant_id
        clinic.keep(hidden=kind == FOLLOW_UP, assistant=saved.agent.vapi_assistant_id)


async def _plant_cursors(desk: Desk, clinic: Planted) -> None:
    lists: dict[str, Any] = {
        f"/api/organizations/{clinic.id}/api-keys": {},
        f"/api/organizations/{clinic.id}/webhook-credentials": {},
        f"/api/organizations/{clinic.id}/audit": {},
        "/api/inbound/phone-mappings": {"organization": clinic.id},
        "/api/calendars": {"organization": clinic.id},
        "/api/services": {"organization": clinic.id},
        "/api/appointments": {"organization": clinic.id},
        "/api/contacts": {"organization": clinic.id},
        "/api/calls": {"organization": clinic.id},
    }
    for path, how in lists.items():
        page = await desk.told("GET", path, limit="1", **how)
        assert page["next_cursor"], path
        clinic.keep(hidden=False, cursor=page["next_cursor"])
