"""Appointments as staff make and change them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import RemoteError
from switchboard.booking.v1.appointment_service_pb2 import Appointment
from switchboard.booking.v1.calendar_service_pb2 import (
    DeleteServiceRequest,
    UpdateCalendarRequest,
    UpdateServiceRequest,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

NEW_YORK_AHEAD = timedelta(hours=5)
BOOKED, CANCELLED, COMPLETED, NO_SHOW = (
    Appointment.BOOKED,
    Appointment.CANCELLED,
    Appointment.COMPLETED,
    Appointment.NO_SHOW,
)


def at(clock: str, day: str = "2026-12-01") -> datetime:
    """What the clinic's clock shows, as an instant."""
    return datetime.fromisoformat(f"{day}T{clock}:00-05:00")


def shown(appointment: Appointment) -> str:
    """When it begins, on the clinic's clock."""
    return f"{appointment.starts_at.ToDatetime() - NEW_YORK_AHEAD:%m-%d %H:%M}"


async def test_staff_book_at_any_minute_within_the_opening_hours(desk: Any) -> None:
    ana = await desk.contact()

    made = await desk.make_appointment(ana.id, "10:07")

    assert (shown(made), made.status, made.vapi_call_id) == ("12-01 10:07", BOOKED, "")
    assert (made.patient_name, made.contact_id) == ("Ana Exempla", ana.id)
    assert made.ends_at.ToDatetime() - made.starts_at.ToDatetime() == timedelta(minutes=30)
    assert await desk.appointment(made.id) == made
    assert await desk.appointments() == [made]


@pytest.mark.parametrize("minute", ["08:00", "17:30"])
async def test_the_first_and_the_last_minutes_are_open(desk: Any, minute: str) -> None:
    assert (await desk.make_appointment((await desk.contact()).id, minute)).status == BOOKED


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (at("07:59"), "TIME_CLOSED"),
        (at("17:31"), "TIME_CLOSED"),
        (at("10:00", "2026-12-05"), "TIME_CLOSED"),
        (at("11:59", "2026-11-30"), "TIME_PAST"),
        (datetime.fromisoformat("1970-01-01T00:00:00Z"), "TIME_PAST"),
        (Timestamp(seconds=-62135596800), "TIME_PAST"),
        (at("10:00", "2027-05-31"), "TIME_TOO_FAR_AHEAD"),
        (Timestamp(seconds=2**62), "MALFORMED_TIME"),
        (at("10:00") + timedelta(seconds=1), "MALFORMED_TIME"),
        (at("10:00") + timedelta(microseconds=1), "MALFORMED_TIME"),
        (None, "MALFORMED_TIME"),
    ],
)
async def test_a_time_that_cannot_be_had_is_refused(desk: Any, refused: Any, starts_at: Any, reason: str) -> None:
    ana = await desk.contact()

    state = await refused(desk.make_appointment(ana.id, "10:00", starts_at=starts_at))

    assert state.reason == reason
    assert await desk.appointments() == []


async def test_staff_may_book_sooner_than_the_lead_time(desk: Any) -> None:
    service = UpdateServiceRequest(id=desk.service_id, lead_time_minutes=24 * 60)
    await desk.ask(CalendarServiceStub, "UpdateService", service)
    today = {"appointment_date": "2026-11-30", "appointment_time": "12:30"}
    assert (await desk.book(**today)).data["outcome"] == "past"

    made = await desk.make_appointment((await desk.contact()).id, "", starts_at=at("12:30", "2026-11-30"))

    assert made.status == BOOKED


async def test_a_time_that_no_clock_of_the_calendar_can_show_is_too_far_ahead(desk: Any, refused: Any) -> None:
    zone = UpdateCalendarRequest(id=desk.calendar_id, timezone="Asia/Kathmandu")
    await desk.ask(CalendarServiceStub, "UpdateCalendar", zone)
    end_of_days = Timestamp(seconds=253402300740)

    state = await refused(desk.make_appointment((await desk.contact()).id, "", starts_at=end_of_days))

    assert state.reason == "TIME_TOO_FAR_AHEAD"


@pytest.mark.parametrize("minute", ["09:31", "10:00", "10:29"])
async def test_a_time_that_a_caller_has_is_taken(desk: Any, refused: Any, minute: str) -> None:
    await desk.book(practitioner="Room 1")
    ben = await desk.contact("Ben Sample")

    assert (await refused(desk.make_appointment(ben.id, minute))).reason == "TIME_TAKEN"
    elsewhere = await desk.make_appointment(ben.id, minute, calendar_id=desk.other_calendar_id)
    assert elsewhere.calendar_id == desk.other_calendar_id


async def test_a_time_that_staff_have_is_taken_for_callers(desk: Any) -> None:
    await desk.make_appointment((await desk.contact()).id, "10:07")

    reply = await desk.book(practitioner="Room 1", patient_name="Ben Sample")

    assert reply.data["outcome"] == "taken"


async def test_a_time_that_is_held_is_taken_until_the_hold_is_over(desk: Any, refused: Any, clock: Any) -> None:
    await desk.hold(practitioner="Room 1")
    ana = await desk.contact()
    assert (await refused(desk.make_appointment(ana.id, "10:00"))).reason == "TIME_TAKEN"

    clock.move(timedelta(seconds=91))

    assert (await desk.make_appointment(ana.id, "10:00")).status == BOOKED


async def test_of_many_staff_and_callers_who_want_one_time_one_gets_it(desk: Any, refused: Any) -> None:
    people = [await desk.contact(f"Patient {chr(97 + number)}") for number in range(16)]

    async def by_staff(contact_id: str) -> bool:
        try:
            await desk.make_appointment(contact_id, "10:00")
        except RemoteError as state:
            if state.reason == "TIME_TAKEN":
                return False
            raise
        return True

    async def by_call(number: int) -> bool:
        reply = await desk.book(practitioner="Room 1", patient_name=f"Caller {chr(97 + number)}")
        return bool(reply.data["outcome"] == "booked")

    wins = await asyncio.gather(*(by_staff(person.id) for person in people), *(by_call(number) for number in range(16)))

    assert sum(wins) == 1
    assert len(await desk.appointments()) == 1


@pytest.mark.parametrize("unknown", ["", "seven", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
@pytest.mark.parametrize("noun", ["calendar", "service", "contact"])
async def test_what_is_not_there_is_not_found(desk: Any, refused: Any, noun: str, unknown: str) -> None:
    wish = {"contact_id": (await desk.contact()).id, "clock": "10:00"} | {f"{noun}_id": unknown}

    assert (await refused(desk.make_appointment(**wish))).reason == f"{noun.upper()}_NOT_FOUND"


async def test_another_organizations_things_are_not_found(desk: Any, refused: Any, open_clinic: Any) -> None:
    other = await open_clinic()
    ana, stranger = await desk.contact(), await other.contact()
    made = await desk.make_appointment(ana.id, "10:00")

    asked = {
        "CONTACT_NOT_FOUND": desk.make_appointment(stranger.id, "11:00"),
        "CALENDAR_NOT_FOUND": desk.make_appointment(ana.id, "11:00", calendar_id=other.calendar_id),
        "SERVICE_NOT_FOUND": desk.make_appointment(ana.id, "11:00", service_id=other.service_id),
        "APPOINTMENT_NOT_FOUND": other.change_appointment(made.id, status=CANCELLED),
    }

    assert [(await refused(one)).reason for one in asked.values()] == list(asked)
    assert await desk.appointments() == [made]


async def test_a_service_is_booked_and_moved_only_to_where_it_is_offered(desk: Any, refused: Any) -> None:
    only_there = UpdateServiceRequest.CalendarIds(ids=[desk.other_calendar_id])
    service = UpdateServiceRequest(id=desk.service_id, calendar_ids=only_there)
    await desk.ask(CalendarServiceStub, "UpdateService", service)
    ana = await desk.contact()
    made = await desk.make_appointment(ana.id, "10:00", calendar_id=desk.other_calendar_id)

    asked = [
        desk.make_appointment(ana.id, "11:00"),
        desk.change_appointment(made.id, calendar_id=desk.calendar_id),
    ]

    assert {(await refused(one)).reason for one in asked} == {"SERVICE_NOT_FOUND"}


async def test_staff_move_an_appointment(desk: Any) -> None:
    booked = await desk.book(practitioner="Room 1")

    moved = await desk.change_appointment(booked.data["appointmentId"], starts_at=at("11:07"))

    assert (moved.id, shown(moved), moved.calendar_id) == (
        booked.data["appointmentId"],
        "12-01 11:07",
        desk.calendar_id,
    )
    assert moved.ends_at.ToDatetime() - moved.starts_at.ToDatetime() == timedelta(minutes=30)
    assert (await desk.book(practitioner="Room 1", patient_name="Ben Sample")).data["outcome"] == "booked"


async def test_staff_move_an_appointment_to_another_calendar(desk: Any) -> None:
    booked = await desk.book(practitioner="Room 1")

    moved = await desk.change_appointment(booked.data["appointmentId"], calendar_id=desk.other_calendar_id)

    assert (shown(moved), moved.calendar_id) == ("12-01 10:00", desk.other_calendar_id)


async def test_an_appointment_may_move_into_a_part_of_its_own_time(desk: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")

    assert shown(await desk.change_appointment(made.id, starts_at=at("10:10"))) == "12-01 10:10"


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (at("11:10"), "TIME_TAKEN"),
        (at("19:00"), "TIME_CLOSED"),
        (at("09:00", "2026-11-30"), "TIME_PAST"),
        (at("10:00", "2027-07-01"), "TIME_TOO_FAR_AHEAD"),
        (at("12:00") + timedelta(seconds=30), "MALFORMED_TIME"),
    ],
)
async def test_what_cannot_be_moved_stays_where_it_is(desk: Any, refused: Any, starts_at: Any, reason: str) -> None:
    ana = await desk.contact()
    made, _ = await desk.make_appointment(ana.id, "10:00"), await desk.make_appointment(ana.id, "11:00")

    state = await refused(desk.change_appointment(made.id, starts_at=starts_at, status=CANCELLED))

    assert state.reason == reason
    assert await desk.appointment(made.id) == made


async def test_an_appointment_for_a_service_that_is_out_of_use_can_still_be_moved(desk: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    await desk.ask(CalendarServiceStub, "DeleteService", DeleteServiceRequest(id=desk.service_id))

    assert shown(await desk.change_appointment(made.id, starts_at=at("12:00"))) == "12-01 12:00"


async def test_a_cancelled_appointment_frees_its_time_and_may_be_cancelled_again(desk: Any) -> None:
    ana = await desk.contact()
    made = await desk.make_appointment(ana.id, "10:00")

    cancelled = [await desk.change_appointment(made.id, status=CANCELLED) for _ in range(2)]

    assert [one.status for one in cancelled] == [CANCELLED, CANCELLED]
    assert (await desk.make_appointment(ana.id, "10:00")).id != made.id


@pytest.mark.parametrize("changes", [{"starts_at": at("11:00")}, *({"status": one} for one in (BOOKED, COMPLETED))])
async def test_a_cancelled_appointment_is_over(desk: Any, refused: Any, changes: dict[str, Any], clock: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    await desk.change_appointment(made.id, status=CANCELLED)
    clock.now = at("10:05")

    assert (await refused(desk.change_appointment(made.id, **changes))).reason == "APPOINTMENT_OVER"


@pytest.mark.parametrize("ended", [COMPLETED, NO_SHOW])
async def test_an_appointment_ends_once_it_has_begun(desk: Any, refused: Any, clock: Any, ended: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    assert (await refused(desk.change_appointment(made.id, status=ended))).reason == "APPOINTMENT_TO_COME"

    clock.now = at("10:00")

    assert (await desk.change_appointment(made.id, status=ended)).status == ended


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"starts_at": at("14:00")}, "APPOINTMENT_OVER"), ({"status": CANCELLED}, "APPOINTMENT_OVER")],
)
async def test_what_has_ended_is_neither_moved_nor_cancelled(
    desk: Any, refused: Any, clock: Any, changes: dict[str, Any], reason: str
) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    clock.now = at("10:30")
    await desk.change_appointment(made.id, status=NO_SHOW)

    assert (await refused(desk.change_appointment(made.id, **changes))).reason == reason


async def test_an_end_can_be_corrected(desk: Any, clock: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    clock.now = at("10:30")

    statuses = [(await desk.change_appointment(made.id, status=one)).status for one in (NO_SHOW, COMPLETED, BOOKED)]

    assert statuses == [NO_SHOW, COMPLETED, BOOKED]


async def test_what_ended_early_does_not_come_back_to_a_time_that_was_given_away(
    desk: Any, refused: Any, clock: Any
) -> None:
    ana = await desk.contact()
    made = await desk.make_appointment(ana.id, "10:00")
    clock.now = at("10:05")
    await desk.change_appointment(made.id, status=COMPLETED)
    await desk.make_appointment(ana.id, "10:10")

    assert (await refused(desk.change_appointment(made.id, status=BOOKED))).reason == "TIME_TAKEN"
    assert (await desk.appointment(made.id)).status == COMPLETED


async def test_what_staff_do_twice_is_done_once(desk: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")

    moved = await asyncio.gather(*(desk.change_appointment(made.id, starts_at=at("11:00")) for _ in range(8)))

    assert {shown(one) for one in moved} == {"12-01 11:00"}


async def test_a_hold_is_no_appointment(desk: Any, refused: Any) -> None:
    held = await desk.hold()
    hold_id = str(held.data["holdId"]) if "holdId" in held.data else str(uuid4())

    assert (await refused(desk.appointment(hold_id))).reason == "APPOINTMENT_NOT_FOUND"
