"""A practice whose calendar is connected to one outside."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from booking.domain.outside.connections import name_of
from booking.domain.outside.keep_in_step import KeepInStep
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.clock import StoppedClock
from services.booking.tests.caldav.radicale import PASSWORD, USER, TheirCalendar
from switchboard.booking.v1 import appointment_service_pb2 as appointment_pb2
from switchboard.booking.v1 import busy_source_service_pb2 as source_pb2
from switchboard.booking.v1 import caldav_service_pb2 as caldav_pb2
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2
from switchboard.booking.v1 import contact_service_pb2 as contact_pb2
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.busy_source_service_pb2_grpc import BusySourceServiceStub
from switchboard.booking.v1.caldav_service_pb2_grpc import CaldavServiceStub
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub

SECONDS = 30
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Practice:
    """In London, open every day from 8 to 18, with two calendars; half-hour check-ups for Ana Exempla."""

    client: RpcClient
    tenant: TenantId
    clock: StoppedClock
    calendar_id: str
    other_calendar_id: str
    service_id: str
    contact_id: str
    theirs: TheirCalendar
    keeper: KeepInStep

    async def ask(self, stub: Any, method: str, request: Any) -> Any:
        with tenant_scope(self.tenant):
            return await getattr(self.client.stub(stub), method)(request, timeout=SECONDS)

    async def dav(self, method: str, request: Any) -> Any:
        return await self.ask(CaldavServiceStub, method, request)

    async def connect(self, **others: Any) -> caldav_pb2.CalendarConnection:
        usual = {"calendar_id": self.calendar_id, "url": self.theirs.url, "username": USER, "password": PASSWORD}
        made = await self.dav("ConnectCalendar", caldav_pb2.ConnectCalendarRequest(**(usual | others)))
        connection: caldav_pb2.CalendarConnection = made.connection
        return connection

    async def connected(self) -> caldav_pb2.CalendarConnection:
        """The connection as it is now."""
        listed = await self.dav("ListConnections", caldav_pb2.ListConnectionsRequest())
        [one] = listed.connections
        assert isinstance(one, caldav_pb2.CalendarConnection)
        return one

    async def trouble(self) -> str:
        return caldav_pb2.CalendarConnection.Trouble.Name((await self.connected()).trouble)

    async def book(self, time: str | datetime = "10:00", **others: Any) -> str:
        """An appointment, on December 1st 2026 if no day is said; its id."""
        usual = {"calendar_id": self.calendar_id, "service_id": self.service_id, "contact_id": self.contact_id}
        request = appointment_pb2.CreateAppointmentRequest(**(usual | others), starts_at=_timestamp(time))
        made = await self.ask(AppointmentServiceStub, "CreateAppointment", request)
        return str(made.appointment.id)

    async def change(self, appointment_id: str, *, time: str | datetime | None = None, calendar_id: str = "") -> None:
        request = appointment_pb2.UpdateAppointmentRequest(
            id=appointment_id, calendar_id=calendar_id, starts_at=_timestamp(time) if time else None
        )
        await self.ask(AppointmentServiceStub, "UpdateAppointment", request)

    async def cancel(self, appointment_id: str) -> None:
        cancelled = appointment_pb2.Appointment.CANCELLED
        request = appointment_pb2.UpdateAppointmentRequest(id=appointment_id, status=cancelled)
        await self.ask(AppointmentServiceStub, "UpdateAppointment", request)

    async def complete(self, appointment_id: str) -> None:
        completed = appointment_pb2.Appointment.COMPLETED
        request = appointment_pb2.UpdateAppointmentRequest(id=appointment_id, status=completed)
        await self.ask(AppointmentServiceStub, "UpdateAppointment", request)

    async def rename_contact(self, name: str) -> None:
        request = contact_pb2.UpdateContactRequest(id=self.contact_id, name=name)
        await self.ask(ContactServiceStub, "UpdateContact", request)

    async def rename_service(self, name: str) -> None:
        request = calendar_pb2.UpdateServiceRequest(id=self.service_id, name=name)
        await self.ask(CalendarServiceStub, "UpdateService", request)

    async def erase(self) -> None:
        await self.ask(ContactServiceStub, "EraseContact", contact_pb2.EraseContactRequest(id=self.contact_id))

    async def work(self) -> None:
        """Everything that is due now."""
        await self.keeper.work_all_due()

    async def look(self) -> None:
        """Five minutes later."""
        self.clock.move(timedelta(minutes=5))
        await self.work()

    async def drift(self) -> list[caldav_pb2.Drift]:
        told = await self.dav("ListDrift", caldav_pb2.ListDriftRequest())
        return list(told.drift)

    async def put_back(self, appointment_id: str) -> None:
        connection_id = (await self.connected()).id
        request = caldav_pb2.PutBackRequest(connection_id=connection_id, appointment_id=appointment_id)
        await self.dav("PutBack", request)

    async def conflicts(self) -> list[source_pb2.Conflict]:
        told = await self.ask(BusySourceServiceStub, "ListConflicts", source_pb2.ListConflictsRequest())
        return list(told.conflicts)

    async def name(self, appointment_id: str) -> str:
        """Of its event there."""
        return name_of(UUID((await self.connected()).id), UUID(appointment_id))


def at(time: str) -> datetime:
    """On December 1st 2026, when London keeps UTC."""
    return datetime.fromisoformat(f"2026-12-01T{time}").replace(tzinfo=UTC)


def busy(time: str, title: str = "Busy") -> tuple[datetime, datetime, str]:
    """The event of an appointment then."""
    return at(time), at(time) + HALF_AN_HOUR, title


def _timestamp(time: str | datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at(time) if isinstance(time, str) else time)
    return stamp


async def open_practice(
    client: RpcClient, tenant: TenantId, clock: StoppedClock, theirs: TheirCalendar, keeper: KeepInStep
) -> Practice:
    week = [calendar_pb2.OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 8)]
    service = calendar_pb2.Service(
        name="Check-up", duration_minutes=30, step_minutes=15, horizon_days=180, default_service=True
    )
    with tenant_scope(tenant):
        calendars, contacts = client.stub(CalendarServiceStub), client.stub(ContactServiceStub)
        lake, moor = [
            await calendars.CreateCalendar(
                calendar_pb2.CreateCalendarRequest(name=name, timezone="Europe/London", opening_hours=week),
                timeout=SECONDS,
            )
            for name in ("Dr. Lake", "Dr. Moor")
        ]
        offered = await calendars.CreateService(calendar_pb2.CreateServiceRequest(service=service), timeout=SECONDS)
        ana = contact_pb2.CreateContactRequest(name="Ana Exempla", phone="+442079460018")
        contact = await contacts.CreateContact(ana, timeout=SECONDS)
    return Practice(
        client,
        tenant,
        clock,
        lake.calendar.id,
        moor.calendar.id,
        offered.service.id,
        contact.contact.id,
        theirs,
        keeper,
    )
