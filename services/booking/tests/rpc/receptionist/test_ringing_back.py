"""Whoever rings back after their call broke off finds what they had; nobody else does."""

import asyncio
from datetime import timedelta

import pytest

from chassis.rpc.client import RpcClient
from chassis.testing.clock import StoppedClock
from services.booking.tests.rpc.receptionist.telephone import ANA, BEN, TUESDAY, Clinic, open_clinic, outcome

HAD = "You already have that appointment: Consultation on Tuesday, December 1st at 10 AM."
LINE = "+12125550100"


@pytest.mark.parametrize("rooms", [1, 2])
async def test_who_rings_back_and_books_the_same_again_hears_that_they_have_it(booking: RpcClient, rooms: int) -> None:
    line = await open_clinic(booking, rooms=rooms)
    made = await line.call(ANA).book()

    again = await line.call(ANA).book(name="ana  EXEMPLA")

    assert outcome(again) == "already_booked"
    assert again.say.startswith(HAD)
    assert again.data["appointmentId"] == made.data["appointmentId"]
    assert len(await line.appointments()) == 1


async def test_who_rings_back_and_names_another_room_hears_which_one_they_have(two_rooms: Clinic) -> None:
    """Nobody is in two rooms at one time."""
    made = await two_rooms.call(ANA).book(practitioner="Room 0")

    again = await two_rooms.call(ANA).book(practitioner="Room 1")

    assert (outcome(again), again.data["appointmentId"]) == ("already_booked", made.data["appointmentId"])
    assert again.say.startswith("You already have that appointment, for Room 0: Consultation on Tuesday")
    assert len(await two_rooms.appointments()) == 1


async def test_of_calls_at_once_that_name_different_rooms_one_books(two_rooms: Clinic) -> None:
    rooms = ["Room 0", "Room 1", ""]
    replies = await asyncio.gather(*(two_rooms.call(ANA).book(practitioner=rooms[one % 3]) for one in range(9)))

    assert sorted(outcome(reply) for reply in replies) == ["already_booked"] * 8 + ["booked"]
    assert len(await two_rooms.appointments()) == 1


async def test_who_rings_back_hears_so_whatever_number_they_told_for_the_patient(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).book(patientPhone=BEN)

    assert outcome(await clinic_line.call(ANA).book(patientPhone=BEN)) == "already_booked"


async def test_who_rings_back_and_wants_it_held_hears_that_they_have_it(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).book()

    assert outcome(await clinic_line.call(ANA).hold()) == "already_booked"


@pytest.mark.parametrize("line", [BEN, "", "anonymous"])
async def test_who_calls_from_elsewhere_hears_only_that_it_is_taken(clinic_line: Clinic, line: str) -> None:
    await clinic_line.call(ANA).book(patientEmail="ana@example.com")

    for told in ({}, {"patientPhone": ANA}, {"patientEmail": "ana@example.com"}):
        assert outcome(await clinic_line.call(line).book(**told)) == "taken"


async def test_who_shares_the_number_and_wants_the_time_for_another_hears_that_it_is_taken(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).book(name="Mia Exempla")

    assert outcome(await clinic_line.call(ANA).book(name="Leo Exempla")) == "taken"


async def test_who_shares_the_number_gets_the_other_room_for_another(two_rooms: Clinic) -> None:
    await two_rooms.call(ANA).book(name="Mia Exempla")

    assert outcome(await two_rooms.call(ANA).book(name="Leo Exempla")) == "booked"


async def test_of_calls_from_one_number_at_once_one_books_and_the_others_hear_so(two_rooms: Clinic) -> None:
    replies = await asyncio.gather(*(two_rooms.call(ANA).book() for _ in range(8)))

    assert sorted(outcome(reply) for reply in replies) == ["already_booked"] * 7 + ["booked"]
    assert len(await two_rooms.appointments()) == 1


async def test_what_was_cancelled_can_be_booked_again_by_who_rings_back(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).book()
    await clinic_line.call(ANA).cancel()

    assert outcome(await clinic_line.call(ANA).book()) == "booked"


async def test_what_was_held_is_the_next_calls_from_that_number(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).hold()
    again = clinic_line.call(ANA)

    free = await again.use("checkAvailability", date=TUESDAY)

    assert "2026-12-01T10:00:00-05:00" in list(free.data["slots"])
    assert outcome(await again.hold()) == "held"
    assert outcome(await clinic_line.call(BEN).book(name="Ben Sample")) == "taken"
    assert outcome(await again.book()) == "booked"


async def test_a_hold_passes_to_a_booking_without_another_hold(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).hold()

    assert outcome(await clinic_line.call(ANA).book("10:15")) == "booked"


async def test_a_hold_passes_to_who_moves_an_appointment_there(clinic_line: Clinic) -> None:
    await clinic_line.call(ANA).book("14:00")
    await clinic_line.call(ANA).hold("10:00")

    assert outcome(await clinic_line.call(ANA).move("10:00")) == "moved"


@pytest.mark.parametrize(
    ("first", "second"),
    [("", ""), ("anonymous", "anonymous"), ("+266696687", "+266696687"), (ANA, ""), ("", ANA), (LINE, LINE)],
)
async def test_a_hold_of_a_number_that_was_withheld_passes_to_nobody(
    clinic_line: Clinic, first: str, second: str
) -> None:
    """A call that was passed on shows the clinic's own line, whoever calls."""
    await clinic_line.call(first, called_number=LINE).hold()
    another = clinic_line.call(second, called_number=LINE)

    free = await another.use("checkAvailability", date=TUESDAY)

    assert "2026-12-01T10:00:00-05:00" not in list(free.data["slots"])
    assert outcome(await another.book()) == "taken"


async def test_the_call_that_broke_off_and_goes_on_all_the_same_finds_its_time_taken(
    clinic_line: Clinic, clock: StoppedClock
) -> None:
    first, second = clinic_line.call(ANA), clinic_line.call(ANA)
    await first.hold()
    await second.book(name="Mia Exempla")
    clock.move(timedelta(seconds=1))

    assert outcome(await first.book(name="Leo Exempla")) == "taken"
