"""A clinic with a calendar that others see, and calendars outside that it sees."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from booking.domain.outside.busy_sources import BusyTimes, CannotRead
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.domain.schedule.local_time import Period
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from switchboard.booking.v1 import busy_source_service_pb2 as source_pb2
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2
from switchboard.booking.v1 import receptionist_service_pb2 as receptionist_pb2
from switchboard.booking.v1.busy_source_service_pb2_grpc import BusySourceServiceStub
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceStub
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

SECONDS = 30
URL = "https://calendars.example/private-5f3a/basic.ics"


@dataclass
class Outside:
    """What calendars outside say, by their address (`booking.domain.ports.CalendarsOutside`)."""

    said: dict[str, BusyTimes | CannotRead | None] = field(default_factory=dict)
    asked: list[tuple[str, str | None, Period, str]] = field(default_factory=list)

    async def busy_times(self, url: str, etag: str | None, within: Period, timezone: str) -> BusyTimes | None:
        self.asked.append((url, etag, within, timezone))
        said = self.said.get(url, BusyTimes([], None))
        if isinstance(said, CannotRead):
            raise said
        return said


@dataclass(frozen=True, slots=True)
class Clinic:
    """In New York, open Monday to Friday from 8 to 18; half-hour consultations."""

    client: RpcClient
    tenant: TenantId
    calendar_id: str
    outside: Outside
    refresh: RefreshBusyTimes

    async def ask(self, stub: Any, method: str, request: Any) -> Any:
        with tenant_scope(self.tenant):
            return await getattr(self.client.stub(stub), method)(request, timeout=SECONDS)

    async def feeds(self, method: str, request: Any) -> Any:
        return await self.ask(FeedServiceStub, method, request)

    async def sources(self, method: str, request: Any) -> Any:
        return await self.ask(BusySourceServiceStub, method, request)

    async def add_source(self, url: str = URL, name: str = "") -> source_pb2.BusySource:
        request = source_pb2.AddBusySourceRequest(calendar_id=self.calendar_id, name=name, url=url)
        added: source_pb2.BusySource = (await self.sources("AddBusySource", request)).source
        return added

    async def listed(self) -> source_pb2.BusySource:
        [one] = (await self.sources("ListBusySources", source_pb2.ListBusySourcesRequest())).sources
        assert isinstance(one, source_pb2.BusySource)
        return one

    async def conflicts(self, **asked: Any) -> source_pb2.ListConflictsResponse:
        told: source_pb2.ListConflictsResponse = await self.sources(
            "ListConflicts", source_pb2.ListConflictsRequest(**asked)
        )
        return told

    async def book(self, day: str = "2026-12-01", time: str = "10:00", name: str = "Ana Exempla") -> ToolReply:
        request = receptionist_pb2.BookClinicAppointmentRequest(
            context=_call(), appointment_date=day, appointment_time=time, patient_name=name
        )
        reply: ToolReply = await self.ask(ReceptionistServiceStub, "BookClinicAppointment", request)
        return reply

    async def cancel(self, appointment_id: str) -> None:
        request = receptionist_pb2.CancelAppointmentRequest(context=_call(), appointment_id=appointment_id)
        await self.ask(ReceptionistServiceStub, "CancelAppointment", request)

    async def free(self, day: str = "2026-12-01") -> str:
        """What there is to say of the free times of that day."""
        request = receptionist_pb2.CheckAvailabilityRequest(context=_call(), date=day)
        reply = await self.ask(ReceptionistServiceStub, "CheckAvailability", request)
        return str(reply.data)


def _call() -> CallContext:
    return CallContext(vapi_call_id=str(uuid4()), tool_call_id=str(uuid4()), caller_number="+14155550123")


def busy(*times: tuple[str, str], etag: str | None = None) -> BusyTimes:
    """Times on December 1st 2026, in UTC."""
    return BusyTimes([Period(_at(start), _at(end)) for start, end in times], etag)


def _at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-01T{clock}+00:00")


async def open_clinic(client: RpcClient, tenant: TenantId, outside: Outside, refresh: RefreshBusyTimes) -> Clinic:
    week = [calendar_pb2.OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 6)]
    calendar = calendar_pb2.CreateCalendarRequest(name="Dr. Lake", timezone="America/New_York", opening_hours=week)
    service = calendar_pb2.Service(
        name="Consultation", duration_minutes=30, step_minutes=30, horizon_days=180, default_service=True
    )
    with tenant_scope(tenant):
        stub = client.stub(CalendarServiceStub)
        made = await stub.CreateCalendar(calendar, timeout=SECONDS)
        await stub.CreateService(calendar_pb2.CreateServiceRequest(service=service), timeout=SECONDS)
    return Clinic(client, tenant, made.calendar.id, outside, refresh)
