"""The tools over gRPC, with a real server, a real stub and a real database."""

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.conftest import PATIENCE
from switchboard.booking.v1.appointment_service_pb2 import Appointment, ListAppointmentsRequest
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest, CheckAvailabilityRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

WEEK = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 6)]
TUESDAY = "2026-12-01"


@pytest.fixture
async def clinic(booking: RpcClient, organization: TenantId) -> TenantId:
    """A clinic in New York with one calendar and a half-hour default service."""
    await open_clinic(booking, organization)
    return organization


async def open_clinic(
    booking: RpcClient, organization: TenantId, *, zone: str = "America/New_York", calendars: int = 1, **service: Any
) -> None:
    stub = booking.stub(CalendarServiceStub)
    with tenant_scope(organization):
        for number in range(calendars):
            await stub.CreateCalendar(
                CreateCalendarRequest(name=f"Room {number}", timezone=zone, opening_hours=WEEK), timeout=PATIENCE
            )
        usual = {"name": "Consultation", "duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}
        await stub.CreateService(
            CreateServiceRequest(service=Service(**{**usual, "default_service": True, **service})), timeout=PATIENCE
        )


async def book(booking: RpcClient, organization: TenantId, **changes: Any) -> ToolReply:
    context = {
        "vapi_call_id": str(uuid4()),
        "tool_call_id": f"call_{uuid4().hex[:6]}",
        "caller_number": "+14155550123",
    }
    context |= {name: changes.pop(name) for name in list(changes) if name in context}
    arguments = {"appointment_date": TUESDAY, "appointment_time": "10:00", "patient_name": "Ana Exempla"} | changes
    with tenant_scope(organization):
        return await booking.stub(ReceptionistServiceStub).BookClinicAppointment(
            BookClinicAppointmentRequest(context=CallContext(**context), **arguments), timeout=PATIENCE
        )


async def check(booking: RpcClient, organization: TenantId, **arguments: Any) -> ToolReply:
    with tenant_scope(organization):
        return await booking.stub(ReceptionistServiceStub).CheckAvailability(
            CheckAvailabilityRequest(**arguments), timeout=PATIENCE
        )


async def appointments(booking: RpcClient, organization: TenantId) -> list[Appointment]:
    with tenant_scope(organization):
        reply = await booking.stub(AppointmentServiceStub).ListAppointments(ListAppointmentsRequest(), timeout=PATIENCE)
    return list(reply.appointments)


async def test_a_free_time_is_booked_and_said_in_the_clinics_zone(booking: RpcClient, clinic: TenantId) -> None:
    reply = await book(booking, clinic, appointment_time="18:00", appointment_date="2026-12-02")
    assert reply.data["outcome"] == "not_a_start"

    reply = await book(booking, clinic, appointment_time="5:30 pm")

    assert reply.say == "It is booked: Consultation on Tuesday, December 1st at 5:30 PM."
    assert reply.data["startsAt"] == "2026-12-01T17:30:00-05:00"
    (made,) = await appointments(booking, clinic)
    assert made.id == reply.data["appointmentId"]
    assert made.starts_at.ToDatetime(UTC) == datetime(2026, 12, 1, 22, 30, tzinfo=UTC)
    assert made.status == Appointment.BOOKED
    assert made.patient_name == "Ana Exempla"


async def test_availability_offers_each_half_of_the_day_and_lists_every_start(
    booking: RpcClient, clinic: TenantId
) -> None:
    reply = await check(booking, clinic, date=TUESDAY)

    assert reply.say == "On Tuesday, December 1st, 8 AM, 8:15 AM and 12 PM are free. Which would you like?"
    slots: Any = reply.data["slots"]
    assert len(slots) == 39
    assert slots[0] == "2026-12-01T08:00:00-05:00"
    assert slots[-1] == "2026-12-01T17:30:00-05:00"


async def test_what_is_booked_is_no_longer_free(booking: RpcClient, clinic: TenantId) -> None:
    await book(booking, clinic, appointment_time="10:00")

    free: Any = (await check(booking, clinic, date=TUESDAY)).data["slots"]

    gone = {f"2026-12-01T{clock}:00-05:00" for clock in ("09:45", "10:00", "10:15")}
    assert not gone & set(free)
    assert {"2026-12-01T09:30:00-05:00", "2026-12-01T10:30:00-05:00"} <= set(free)


async def test_a_taken_time_is_refused_with_what_is_free_that_day(booking: RpcClient, clinic: TenantId) -> None:
    await book(booking, clinic)

    reply = await book(booking, clinic, patient_name="Ben Sample", caller_number="+14155550124")

    assert reply.data["outcome"] == "taken"
    assert reply.say == (
        "Tuesday, December 1st at 10 AM is already taken."
        " On Tuesday, December 1st, 9:30 AM, 10:30 AM and 12 PM are free."
    )


async def test_an_overlapping_start_is_taken_too(booking: RpcClient, clinic: TenantId) -> None:
    await book(booking, clinic)

    reply = await book(booking, clinic, appointment_time="10:15", patient_name="Ben Sample")

    assert reply.data["outcome"] == "taken"


async def test_a_closed_day_is_said_to_be_closed_and_the_next_open_one_offered(
    booking: RpcClient, clinic: TenantId
) -> None:
    reply = await check(booking, clinic, date="2026-12-05")

    assert reply.data["outcome"] == "closed"
    assert reply.say.startswith("On Saturday, December 5th we are closed. On Monday, December 7th, ")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"appointment_date": "2025-12-01"}, "past_year"),
        ({"appointment_date": "2026-11-27"}, "past"),
        ({"appointment_date": "Monday, 2026-12-01"}, "wrong_weekday"),
        ({"practitioner": "Dr. Nobody"}, "unknown_practitioner"),
        ({"appointment_date": "2026-11-30", "appointment_time": "08:00"}, "past"),
        ({"appointment_date": "2027-12-01"}, "too_far_ahead"),
        ({"appointment_date": "2026-12-06"}, "closed"),
        ({"appointment_time": "07:00"}, "not_a_start"),
        ({"appointment_time": "10:05"}, "not_a_start"),
        ({"service_type": "Skydiving"}, "unknown_service"),
    ],
)
async def test_what_cannot_be_booked_is_refused_in_words_and_nothing_is_booked(
    booking: RpcClient, clinic: TenantId, changes: dict[str, str], outcome: str
) -> None:
    reply = await book(booking, clinic, **changes)

    assert reply.data["outcome"] == outcome
    assert reply.say
    assert "\n" not in reply.say
    assert await appointments(booking, clinic) == []


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"appointment_date": "next Friday"}, "appointmentDate"),
        ({"appointment_date": "2026-02-30"}, "appointmentDate"),
        ({"appointment_time": "noonish"}, "appointmentTime"),
        ({"appointment_time": "25:00"}, "appointmentTime"),
        ({"patient_name": "??"}, "patientName"),
        ({"patient_phone": "12"}, "patientPhone"),
        ({"patient_email": "ana at example"}, "patientEmail"),
    ],
)
async def test_an_argument_that_cannot_be_read_is_named_so_that_it_is_asked_for(
    booking: RpcClient, clinic: TenantId, changes: dict[str, str], argument: str
) -> None:
    with pytest.raises(RemoteError) as caught:
        await book(booking, clinic, **changes)

    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID, "ARGUMENT_NOT_UNDERSTOOD")
    assert caught.value.metadata == {"argument": argument}


async def test_a_tool_call_delivered_again_gets_the_same_answer(booking: RpcClient, clinic: TenantId) -> None:
    same = {"vapi_call_id": "call-1", "tool_call_id": "call_51kj"}
    first = await book(booking, clinic, **same)

    again = await book(booking, clinic, **same)

    assert (first.replayed, again.replayed) == (False, True)
    again.replayed = False
    assert again == first
    assert len(await appointments(booking, clinic)) == 1


async def test_a_refusal_is_an_answer_and_is_given_again_even_when_the_time_has_become_free(
    booking: RpcClient, clinic: TenantId, service_database: ServiceDatabase
) -> None:
    await book(booking, clinic)
    same = {"vapi_call_id": "call-2", "tool_call_id": "call_a", "patient_name": "Ben Sample"}
    refused = await book(booking, clinic, **same)
    await cancel_all(service_database, clinic)

    again = await book(booking, clinic, **same)

    assert again.say == refused.say


async def test_the_same_tool_call_with_other_arguments_is_refused(booking: RpcClient, clinic: TenantId) -> None:
    same = {"vapi_call_id": "call-3", "tool_call_id": "call_a"}
    await book(booking, clinic, **same)

    with pytest.raises(RemoteError) as caught:
        await book(booking, clinic, **same, appointment_time="11:00")

    assert caught.value.reason == "TOOL_CALL_CONFLICT"
    assert len(await appointments(booking, clinic)) == 1


async def test_the_same_wish_under_a_new_tool_call_id_is_the_same_appointment(
    booking: RpcClient, organization: TenantId
) -> None:
    await open_clinic(booking, organization, calendars=2)
    first = await book(booking, organization, vapi_call_id="call-4")

    again = await book(booking, organization, vapi_call_id="call-4")

    assert again.data["appointmentId"] == first.data["appointmentId"]
    assert len(await appointments(booking, organization)) == 1


async def test_the_same_wish_of_somebody_known_by_email_is_the_same_appointment(
    booking: RpcClient, organization: TenantId
) -> None:
    """The contact has a number, from an earlier call; this call has none."""
    await open_clinic(booking, organization, calendars=2)
    await book(booking, organization, patient_email="ana@example.com", appointment_time="09:00")
    web_call = {"vapi_call_id": "call-8", "caller_number": "", "patient_email": "ana@example.com"}
    first = await book(booking, organization, **web_call)

    again = await book(booking, organization, **web_call)

    assert again.data["outcome"] == "booked"
    assert again.data["appointmentId"] == first.data["appointmentId"]
    assert len(await appointments(booking, organization)) == 2


async def test_a_mother_books_two_children_at_one_time_where_two_calendars_are_free(
    booking: RpcClient, organization: TenantId
) -> None:
    await open_clinic(booking, organization, calendars=2)
    await book(booking, organization, vapi_call_id="call-5", patient_name="Mia Exempla")

    await book(booking, organization, vapi_call_id="call-5", patient_name="Leo Exempla")

    assert {one.patient_name for one in await appointments(booking, organization)} == {"Mia Exempla", "Leo Exempla"}


async def test_of_many_callers_who_want_one_slot_exactly_one_gets_it(booking: RpcClient, clinic: TenantId) -> None:
    callers = [book(booking, clinic, patient_name=f"Caller {chr(65 + number)}") for number in range(24)]

    outcomes = [str(reply.data["outcome"]) for reply in await asyncio.gather(*callers)]

    assert sorted(outcomes) == ["booked"] + ["taken"] * 23
    assert len(await appointments(booking, clinic)) == 1


async def test_duplicates_in_flight_wait_for_the_first_and_answer_the_same(
    booking: RpcClient, clinic: TenantId
) -> None:
    same = {"vapi_call_id": "call-6", "tool_call_id": "call_a"}

    replies = await asyncio.gather(*(book(booking, clinic, **same) for _ in range(8)))

    assert len({reply.say for reply in replies}) == 1
    assert sorted(reply.replayed for reply in replies) == [False] + [True] * 7
    assert len(await appointments(booking, clinic)) == 1


async def test_two_organizations_book_the_same_hour_and_see_only_their_own(booking: RpcClient) -> None:
    first, second = TenantId(uuid4()), TenantId(uuid4())
    for organization in (first, second):
        await open_clinic(booking, organization)
    await book(booking, first, patient_name="Ana Exempla")

    reply = await book(booking, second, patient_name="Ben Sample")

    assert reply.data["outcome"] == "booked"
    assert [one.patient_name for one in await appointments(booking, first)] == ["Ana Exempla"]
    assert [one.patient_name for one in await appointments(booking, second)] == ["Ben Sample"]


async def test_without_a_tenant_nothing_is_answered(booking: RpcClient) -> None:
    with pytest.raises(RemoteError) as caught:
        await booking.stub(ReceptionistServiceStub).CheckAvailability(
            CheckAvailabilityRequest(date=TUESDAY), timeout=PATIENCE
        )

    assert (caught.value.kind, caught.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


async def test_a_contact_is_found_by_email_where_there_is_no_number(booking: RpcClient, clinic: TenantId) -> None:
    person = {"caller_number": "", "patient_email": "Ana@Example.com"}
    await book(booking, clinic, **person)
    await book(booking, clinic, **person, appointment_time="11:00")

    contacts = {one.contact_id for one in await appointments(booking, clinic)}

    assert len(contacts) == 1


async def test_a_contact_who_called_by_telephone_is_found_by_email_afterwards(
    booking: RpcClient, clinic: TenantId
) -> None:
    await book(booking, clinic, patient_email="ana@example.com")
    await book(booking, clinic, caller_number="", patient_email="ana@example.com", appointment_time="11:00")

    assert len({one.contact_id for one in await appointments(booking, clinic)}) == 1


async def test_a_name_alone_is_no_person_but_within_one_call(booking: RpcClient, organization: TenantId) -> None:
    await open_clinic(booking, organization, calendars=2)
    nobody = {"caller_number": ""}
    first = await book(booking, organization, **nobody, vapi_call_id="call-1")
    again = await book(booking, organization, **nobody, vapi_call_id="call-1")
    await book(booking, organization, **nobody, vapi_call_id="call-2", appointment_time="11:00")

    made = await appointments(booking, organization)
    assert again.data["appointmentId"] == first.data["appointmentId"]
    assert len({one.contact_id for one in made}) == len(made) == 2


async def test_a_wish_without_any_call_delivered_again_is_the_same_appointment(
    booking: RpcClient, organization: TenantId
) -> None:
    """The older body has no call; another room that is free must not be booked for the same person."""
    await open_clinic(booking, organization, calendars=2)
    person = {"vapi_call_id": "", "caller_number": "", "patient_email": "ana@example.com"}
    first = await book(booking, organization, **person)

    again = await book(booking, organization, **person)

    assert again.data["appointmentId"] == first.data["appointmentId"]
    assert len(await appointments(booking, organization)) == 1


async def test_a_time_that_the_clocks_skip_is_refused_with_what_can_be_booked(
    booking: RpcClient, clinic: TenantId, clock: StoppedClock
) -> None:
    clock.now = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)

    reply = await book(booking, clinic, appointment_date="2027-03-14", appointment_time="02:30")

    assert reply.data["outcome"] == "no_such_time"
    assert reply.say == (
        "2:30 AM does not exist on Sunday, March 14th, because the clocks go forward."
        " On Monday, March 15th, 8 AM, 8:15 AM and 12 PM are free."
    )


async def test_a_time_that_comes_twice_is_refused_with_what_can_be_booked(
    booking: RpcClient, clinic: TenantId, clock: StoppedClock
) -> None:
    clock.now = datetime(2027, 10, 25, 17, 0, tzinfo=UTC)

    reply = await book(booking, clinic, appointment_date="2027-11-07", appointment_time="01:30")

    assert reply.data["outcome"] == "time_occurs_twice"
    assert len(reply.data["alternatives"]) == 3
    assert reply.say == (
        "1:30 AM comes twice on Sunday, November 7th, because the clocks go back."
        " On Monday, November 8th, 8 AM, 8:15 AM and 12 PM are free."
    )


async def test_a_caller_adds_an_address_and_replaces_none(
    booking: RpcClient, clinic: TenantId, service_database: ServiceDatabase
) -> None:
    await book(booking, clinic)
    await book(booking, clinic, appointment_time="11:00", patient_email="ana@example.com")
    await book(booking, clinic, appointment_time="12:00", patient_email="mallory@example.com")

    connection = await asyncpg.connect(service_database.superuser_url)
    emails = await connection.fetch("select email from booking.contacts where org_id = $1", clinic)
    await connection.close()
    assert [row["email"] for row in emails] == ["ana@example.com"]


@pytest.mark.parametrize("day", ["2026-01-05", "2026-11-29"])
async def test_a_day_that_is_over_is_answered_with_what_is_free(booking: RpcClient, clinic: TenantId, day: str) -> None:
    reply = await check(booking, clinic, date=day)

    assert reply.data["outcome"] == "past"
    assert len(reply.data["alternatives"]) == 3


YEAR_ONE = b"0001-01-01T00:00+14:00|6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
"""No instant of ours: before the first one that UTC has."""


@pytest.mark.parametrize("token", ["!", "bm90aGluZw==", base64.urlsafe_b64encode(YEAR_ONE).decode()])
async def test_a_page_token_that_was_not_made_here_is_refused(booking: RpcClient, clinic: TenantId, token: str) -> None:
    with tenant_scope(clinic), pytest.raises(RemoteError) as caught:
        await booking.stub(AppointmentServiceStub).ListAppointments(
            ListAppointmentsRequest(page_token=token), timeout=PATIENCE
        )

    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID, "MALFORMED_PAGE_TOKEN")


async def test_buffers_keep_the_time_around_an_appointment_free(booking: RpcClient, organization: TenantId) -> None:
    await open_clinic(booking, organization, buffer_before_minutes=15, buffer_after_minutes=15)
    await book(booking, organization)

    reply = await book(booking, organization, appointment_time="10:30", patient_name="Ben Sample")

    assert reply.data["outcome"] == "taken"
    assert (await book(booking, organization, appointment_time="11:00")).data["outcome"] == "booked"


async def cancel_all(service_database: ServiceDatabase, organization: TenantId) -> None:
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("update booking.appointments set status = 'cancelled' where org_id = $1", organization)
    await connection.close()
