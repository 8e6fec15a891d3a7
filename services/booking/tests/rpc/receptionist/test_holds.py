"""Holds: kept for one caller, for ninety seconds, within the same constraint."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from chassis.rpc.client import RpcClient
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.rpc.receptionist.telephone import ANA, BEN, TUESDAY, WEDNESDAY, Clinic, open_clinic, outcome

HOLDS = "select count(*) from booking.appointments where org_id = $1 and status = 'held'"


CountHolds = Callable[[Clinic], Awaitable[int]]


@pytest.fixture
def holds(service_database: ServiceDatabase) -> CountHolds:
    async def count(clinic: Clinic) -> int:
        connection = await asyncpg.connect(service_database.superuser_url)
        try:
            return int(await connection.fetchval(HOLDS, clinic.tenant))
        finally:
            await connection.close()

    return count


async def test_a_time_is_kept_and_told_with_its_end(clinic_line: Clinic) -> None:
    reply = await clinic_line.call().hold("5:30 pm")

    assert reply.say == (
        "Tuesday, December 1st at 5:30 PM is kept for you for a minute and a half. May I have the patient's full name?"
    )
    assert outcome(reply) == "held"
    assert reply.data["startsAt"] == "2026-12-01T17:30:00-05:00"
    assert reply.data["heldUntil"] == "2026-11-30T12:01:30-05:00"
    assert await clinic_line.appointments() == []


async def test_what_is_held_is_taken_for_everybody_else_and_no_longer_offered_to_them(clinic_line: Clinic) -> None:
    await clinic_line.call().hold()
    other = clinic_line.call(BEN)

    assert outcome(await other.book(name="Ben Sample")) == "taken"
    assert outcome(await other.hold()) == "taken"
    assert outcome(await other.hold("10:15")) == "taken"
    free = await other.use("checkAvailability", date=TUESDAY)
    assert "2026-12-01T10:00:00-05:00" not in list(free.data["slots"])


async def test_who_holds_a_time_is_still_offered_it(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.hold()

    free = await call.use("checkAvailability", date=TUESDAY)

    assert "2026-12-01T10:00:00-05:00" in list(free.data["slots"])


@pytest.mark.parametrize("time", ["10:00", "10:15"])
async def test_the_callers_own_hold_becomes_the_appointment(clinic_line: Clinic, holds: CountHolds, time: str) -> None:
    call = clinic_line.call()
    await call.hold()

    reply = await call.book(time)

    assert outcome(reply) == "booked"
    assert await holds(clinic_line) == 0


async def test_a_hold_in_the_second_room_becomes_the_appointment_there(two_rooms: Clinic, holds: CountHolds) -> None:
    await two_rooms.call(BEN).book(name="Ben Sample")
    call = two_rooms.call()
    held = await call.hold()

    reply = await call.book()

    assert reply.data["calendarId"] == held.data["calendarId"]
    assert await holds(two_rooms) == 0


async def test_a_hold_that_is_over_stands_in_nobodys_way(
    clinic_line: Clinic, clock: StoppedClock, holds: CountHolds
) -> None:
    await clinic_line.call().hold()
    other = clinic_line.call(BEN)

    clock.move(timedelta(seconds=89))
    before = outcome(await other.book(name="Ben Sample"))
    clock.move(timedelta(seconds=1))
    free = await other.use("checkAvailability", date=TUESDAY)
    after = outcome(await other.book(name="Ben Sample"))

    assert (before, after) == ("taken", "booked")
    assert "2026-12-01T10:00:00-05:00" in list(free.data["slots"])
    assert await holds(clinic_line) == 0


async def test_a_hold_that_is_over_can_be_held_and_moved_onto(clinic_line: Clinic, clock: StoppedClock) -> None:
    await clinic_line.call().hold()
    clock.move(timedelta(seconds=90))
    other = clinic_line.call(BEN)
    assert outcome(await other.hold()) == "held"
    clock.move(timedelta(seconds=90))
    third = clinic_line.call("+14155550125")
    await third.book("14:00", "Cleo Third")

    assert outcome(await third.move("10:00")) == "moved"


async def test_who_was_late_can_still_book_what_nobody_else_took(clinic_line: Clinic, clock: StoppedClock) -> None:
    call = clinic_line.call()
    await call.hold()
    clock.move(timedelta(minutes=10))

    assert outcome(await call.book()) == "booked"


async def test_a_new_hold_takes_the_place_of_the_old_one(clinic_line: Clinic, holds: CountHolds) -> None:
    call = clinic_line.call()
    await call.hold("10:00")
    await call.hold("11:00")

    assert await holds(clinic_line) == 1
    assert outcome(await clinic_line.call(BEN).book("10:00", "Ben Sample")) == "booked"


async def test_a_hold_that_cannot_be_had_leaves_the_one_there_is(clinic_line: Clinic, holds: CountHolds) -> None:
    await clinic_line.call(BEN).book("11:00", "Ben Sample")
    call = clinic_line.call()
    await call.hold("10:00")

    assert outcome(await call.hold("11:00")) == "taken"
    assert outcome(await clinic_line.call(BEN).book("10:00", "Ben Sample")) == "taken"
    assert await holds(clinic_line) == 1


async def test_a_move_that_cannot_be_had_leaves_the_hold_there_is(two_rooms: Clinic, holds: CountHolds) -> None:
    call = two_rooms.call()
    first = await call.book("10:00")
    await call.book("11:00")
    await call.hold("14:00")

    assert outcome(await call.move("11:00", appointmentId=str(first.data["appointmentId"]))) == "taken"
    assert await holds(two_rooms) == 1


async def test_of_many_holds_that_one_call_asks_for_at_once_one_is_kept(booking: RpcClient, holds: CountHolds) -> None:
    """The calls of one message run at the same time."""
    clinic = await open_clinic(booking, rooms=3)
    call = clinic.call()

    replies = await asyncio.gather(*(call.hold(f"{hour:02}:00") for hour in range(9, 17)))

    assert {outcome(reply) for reply in replies} == {"held"}
    assert await holds(clinic) == 1


async def test_of_many_callers_who_want_to_hold_or_book_one_time_exactly_one_gets_it(clinic_line: Clinic) -> None:
    calls = [clinic_line.call(f"+1415555{number:04}") for number in range(20)]

    replies = await asyncio.gather(
        *(call.hold() if number % 2 else call.book(name=f"Caller {number}") for number, call in enumerate(calls))
    )

    got = [outcome(reply) for reply in replies]
    assert len([one for one in got if one in {"held", "booked"}]) == 1
    assert got.count("taken") == 19


async def test_without_call_and_chat_a_time_is_not_kept_against_its_own_caller(
    clinic_line: Clinic, holds: CountHolds
) -> None:
    """The older body: each tool call comes in a message of its own, which nothing connects to the next."""
    nobody = clinic_line.call(vapi_call_id="", delivery_id="delivery-1")

    reply = await nobody.hold()

    assert outcome(reply) == "free_but_not_held"
    assert reply.say == (
        "Tuesday, December 1st at 10 AM is free. "
        "It is yours as soon as it is booked: may I have the patient's full name?"
    )
    assert await holds(clinic_line) == 0
    later = clinic_line.call(vapi_call_id="", delivery_id="delivery-2")
    assert outcome(await later.book()) == "booked"


async def test_a_chat_holds_as_a_call_does(clinic_line: Clinic) -> None:
    chat = clinic_line.call("", vapi_call_id="", vapi_chat_id="chat-1")
    await chat.hold()

    assert outcome(await clinic_line.call(BEN).book(name="Ben Sample")) == "taken"
    reply = await chat.book(patientEmail="ana@example.com")
    assert outcome(reply) == "booked"
    (made,) = await clinic_line.appointments()
    assert made.vapi_call_id == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"time": "07:00"}, "not_a_start"),
        ({"date": "2026-12-05"}, "closed"),
        ({"date": "2026-11-27"}, "past"),
        ({"date": "2025-12-01"}, "past_year"),
        ({"date": "Monday 2026-12-01"}, "wrong_weekday"),
        ({"date": "2027-12-01"}, "too_far_ahead"),
        ({"serviceType": "Skydiving"}, "unknown_service"),
        ({"practitioner": "Dr. Nobody"}, "unknown_practitioner"),
    ],
)
async def test_what_cannot_be_booked_cannot_be_held(
    clinic_line: Clinic, holds: CountHolds, changes: dict[str, str], expected: str
) -> None:
    assert outcome(await clinic_line.call().hold(**changes)) == expected
    assert await holds(clinic_line) == 0


async def test_a_hold_delivered_again_is_answered_the_same_and_kept_once(
    clinic_line: Clinic, holds: CountHolds
) -> None:
    call = clinic_line.call()
    first = await call.use("holdSlot", tool_call_id="a", appointmentDate=TUESDAY, appointmentTime="10:00")

    again = await call.use("holdSlot", tool_call_id="a", appointmentDate=TUESDAY, appointmentTime="10:00")

    assert (first.replayed, again.replayed) == (False, True)
    assert (again.say, again.data) == (first.say, first.data)
    assert await holds(clinic_line) == 1


async def test_who_books_another_time_than_they_held_holds_nothing_any_more(
    clinic_line: Clinic, holds: CountHolds
) -> None:
    call = clinic_line.call()
    await call.hold("11:00")

    await call.book("10:00")

    assert await holds(clinic_line) == 0


async def test_a_hold_that_nobody_comes_across_is_forgotten_with_the_next_one_after_a_day(
    clinic_line: Clinic, clock: StoppedClock, holds: CountHolds
) -> None:
    await clinic_line.call(ANA).hold("10:00", date=WEDNESDAY)
    clock.move(timedelta(hours=24))
    await clinic_line.call(BEN).hold("14:00", date=WEDNESDAY)
    assert await holds(clinic_line) == 2
    clock.move(timedelta(seconds=90))

    await clinic_line.call("+14155550125").hold("16:00", date=WEDNESDAY)

    assert await holds(clinic_line) == 2  # of which one is over since this moment
