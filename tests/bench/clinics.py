"""Organizations made for the benchmark, through gRPC as anybody would make them."""

import asyncio
import random
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from chassis.tenant import TenantId, tenant_scope
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tenancy.v1.organization_service_pb2 import CreateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard_cli.stack.backends import Backends
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.bench.bodies import Fills

CALENDARS = 2
"""Of each organization."""

BUSY_DAYS = 20
"""Working days over which the appointments of a busy organization are spread."""

_TIMES = [f"{hour:02}:{minute:02}" for hour in range(8, 18) for minute in (0, 30)]
"""Starts that do not overlap, from 08:00 to 18:00."""

_BOOKABLE_DAYS = 175
_WORKDAYS = range(1, 6)
_SECONDS = 30.0
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Clinic:
    id: TenantId
    number: str

    @property
    def names(self) -> dict[bytes, bytes]:
        return {b"number": self.number.encode(), b"organization_id": str(self.id).encode()}


@dataclass(frozen=True, slots=True)
class Clinics:
    empty: Sequence[Clinic]
    """To be booked into."""
    busy: Sequence[Clinic]
    """With appointments; only looked at."""


@dataclass(frozen=True, slots=True)
class Scale:
    empty: int = 40
    busy: int = 4
    appointments: int = 200
    """Of each busy organization."""


async def make_clinics(stack: StackFile, home: Home, scale: Scale) -> Clinics:
    clinics = [Clinic(TenantId(uuid4()), f"+1646{5550000 + position}") for position in range(scale.empty + scale.busy)]
    async with Backends.of(stack, home.operator_token) as backends:
        await _in_groups([_make(backends, clinic) for clinic in clinics])
        made = Clinics(empty=clinics[: scale.empty], busy=clinics[scale.empty :])
        for clinic in made.busy:
            await _fill_up(backends, clinic, scale.appointments)
    return made


def free_slots(clinics: Sequence[Clinic]) -> Iterator[Fills]:
    """Every time of every clinic once: neighbours are of different clinics, so callers meet in no calendar."""
    number = 0
    for day in _working_days(_BOOKABLE_DAYS):
        for time in _TIMES:
            for clinic in clinics:
                number += 1
                yield {
                    **clinic.names,
                    b"date": day.isoformat().encode(),
                    b"time": time.encode(),
                    b"call_id": str(uuid4()).encode(),
                    b"tool_call_id": b"call_%d" % number,
                    b"caller": b"+1206%d" % (2000000 + number),
                    b"name": b"Patient Number %d" % number,
                }


def busy_days(clinics: Sequence[Clinic]) -> Iterator[Fills]:
    """Every busy day of every clinic."""
    for day in _working_days(BUSY_DAYS * 2)[:BUSY_DAYS]:
        for clinic in clinics:
            yield {
                **clinic.names,
                b"date": day.isoformat().encode(),
                b"call_id": str(uuid4()).encode(),
                b"tool_call_id": b"call_0",
                b"caller": b"+12065550177",
            }


async def _make(backends: Backends, clinic: Clinic) -> None:
    organizations = backends.tenancy.stub(OrganizationServiceStub)
    numbers = backends.tenancy.stub(PhoneNumberServiceStub)
    calendars = backends.booking.stub(CalendarServiceStub)
    await organizations.CreateOrganization(
        CreateOrganizationRequest(organization_id=str(clinic.id), name="A clinic", timezone="America/New_York"),
        timeout=_SECONDS,
    )
    week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in _WORKDAYS]
    with tenant_scope(clinic.id):
        await numbers.MapPhoneNumber(
            MapPhoneNumberRequest(number=clinic.number, clinic_name="A clinic"), timeout=_SECONDS
        )
        for number in range(1, CALENDARS + 1):
            await calendars.CreateCalendar(
                CreateCalendarRequest(name=f"Room {number}", timezone="America/New_York", opening_hours=week),
                timeout=_SECONDS,
            )
        await calendars.CreateService(
            CreateServiceRequest(
                service=Service(
                    name="Check-up", duration_minutes=30, step_minutes=15, horizon_days=180, default_service=True
                )
            ),
            timeout=_SECONDS,
        )


async def _fill_up(backends: Backends, clinic: Clinic, appointments: int) -> None:
    receptionist = backends.booking.stub(ReceptionistServiceStub)
    # The same on every run, so that runs compare.
    chance = random.Random(20)  # no secret
    days = _working_days(BUSY_DAYS * 2)[:BUSY_DAYS]
    times = [(day, time) for day in days for time in _TIMES * CALENDARS]
    with tenant_scope(clinic.id):
        await _in_groups(
            [
                receptionist.BookClinicAppointment(
                    BookClinicAppointmentRequest(
                        appointment_date=day.isoformat(), appointment_time=time, patient_name=f"Patient {number}"
                    ),
                    timeout=_SECONDS,
                )
                for number, (day, time) in enumerate(chance.sample(times, appointments))
            ]
        )


def _working_days(within: int) -> list[date]:
    """From the day after tomorrow, which is in the future in every zone."""
    days = [date.today() + timedelta(days=ahead) for ahead in range(2, within)]
    return [day for day in days if day.isoweekday() in _WORKDAYS]


async def _in_groups(work: Sequence[Awaitable[object]]) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Awaitable[object]) -> None:
        async with turns:
            await item

    await asyncio.gather(*(one(item) for item in work))
