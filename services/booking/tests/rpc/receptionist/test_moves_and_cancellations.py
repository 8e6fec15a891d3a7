"""Moving and cancelling: whole or not at all, once, and only what is to come."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.testing.clock import StoppedClock
from services.booking.tests.rpc.receptionist.telephone import BEN, TUESDAY, WEDNESDAY, Clinic, open_clinic, outcome
from switchboard.booking.v1.appointment_service_pb2 import Appointment


async def test_an_appointment_is_moved_and_both_times_are_said(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    made = await call.book()

    reply = await call.move("18:00", to=WEDNESDAY)
    assert outcome(reply) == "not_a_start"
    reply = await call.move("5:30pm", to=WEDNESDAY)

    assert reply.say == (
        "It is moved: Consultation on Wednesday, December 2nd at 5:30 PM."
        " It is no longer on Tuesday, December 1st at 10 AM."
    )
    assert reply.data["appointmentId"] == made.data["appointmentId"]
    assert reply.data["startsAt"] == "2026-12-02T17:30:00-05:00"
    assert reply.data["startedAtBefore"] == "2026-12-01T10:00:00-05:00"
    (moved,) = await clinic_line.appointments()
    assert moved.id == made.data["appointmentId"]
    assert moved.starts_at.ToDatetime(UTC) == datetime(2026, 12, 2, 22, 30, tzinfo=UTC)
    assert moved.ends_at.ToDatetime(UTC) - moved.starts_at.ToDatetime(UTC) == timedelta(minutes=30)


async def test_the_time_it_had_is_free_again(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book()
    await call.move("14:00")

    assert outcome(await clinic_line.call(BEN).book("10:00", "Ben Sample")) == "booked"


async def test_where_the_new_time_is_taken_the_old_one_is_kept_and_others_are_offered(clinic_line: Clinic) -> None:
    await clinic_line.call(BEN).book("14:00", "Ben Sample")
    call = clinic_line.call()
    await call.book("10:00")

    reply = await call.move("14:00")

    assert outcome(reply) == "taken"
    assert len(reply.data["alternatives"]) == 3
    assert await clinic_line.starts() == ["Tue 15:00", "Tue 19:00"]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"time": "07:00"}, "not_a_start"),
        ({"time": "14:00", "to": "2026-12-05"}, "closed"),
        ({"time": "14:00", "to": "2026-11-27"}, "past"),
        ({"time": "14:00", "to": "2025-12-01"}, "past_year"),
        ({"time": "14:00", "to": "Monday, 2026-12-01"}, "wrong_weekday"),
        ({"time": "14:00", "to": "2027-12-01"}, "too_far_ahead"),
        ({"time": "02:30", "to": "2027-03-14"}, "no_such_time"),
        ({"time": "10:00"}, "already_then"),
    ],
)
async def test_where_it_cannot_go_it_stays(clinic_line: Clinic, new: dict[str, str], expected: str) -> None:
    call = clinic_line.call()
    await call.book()

    assert outcome(await call.move(**new)) == expected
    assert await clinic_line.starts() == ["Tue 15:00"]


async def test_it_may_overlap_the_time_it_leaves(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")

    assert outcome(await call.move("10:15")) == "moved"
    assert await clinic_line.starts() == ["Tue 15:15"]


async def test_it_moves_onto_what_the_caller_holds(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")
    await call.hold("14:00")

    assert outcome(await call.move("14:00")) == "moved"
    assert outcome(await clinic_line.call(BEN).book("10:00", "Ben Sample")) == "booked"


async def test_it_goes_to_another_room_only_where_its_own_is_taken(two_rooms: Clinic) -> None:
    first, second = two_rooms.call(), two_rooms.call(BEN)
    await first.book("10:00", "Ana Exempla")
    other = await second.book("10:00", "Ben Sample")

    stays = await second.move("14:00")
    elsewhere = await first.move("14:00")

    assert stays.data["calendarId"] == other.data["calendarId"]
    assert outcome(elsewhere) == "moved"
    assert elsewhere.data["calendarId"] != stays.data["calendarId"]


async def test_it_stays_with_whom_its_patient_had_asked_for(two_rooms: Clinic) -> None:
    asked_for, other = two_rooms.call(), two_rooms.call(BEN)
    await asked_for.book("10:00", practitioner="Room 1")
    await other.book("14:00", "Ben Sample", practitioner="Room 1")

    assert outcome(await asked_for.move("14:00")) == "taken"
    assert outcome(await asked_for.move("15:00")) == "moved"


async def test_two_who_swap_their_rooms_times_never_wait_in_a_circle(booking: RpcClient) -> None:
    clinic = await open_clinic(booking, rooms=3)
    calls = [clinic.call(f"+1415555{number:04}") for number in range(12)]
    await asyncio.gather(
        *(call.book(f"{8 + number % 4:02}:00", f"Caller {number}") for number, call in enumerate(calls))
    )
    for round_ in range(5):
        replies = await asyncio.gather(
            *(call.move(f"{8 + (number + round_) % 4:02}:00") for number, call in enumerate(calls))
        )
        assert {outcome(reply) for reply in replies} <= {"moved", "taken", "already_then"}
    assert len(await clinic.appointments()) == 12


async def test_a_move_delivered_again_is_answered_byte_for_byte(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book()
    wish = {"tool_call_id": "move-1", "newDate": TUESDAY, "newTime": "14:00"}
    first = await call.use("rescheduleAppointment", **wish)
    await call.move("16:00")

    again = await call.use("rescheduleAppointment", **wish)

    assert again.replayed
    assert (again.say, again.data) == (first.say, first.data)
    assert await clinic_line.starts() == ["Tue 21:00"]


async def test_the_same_move_under_a_new_id_is_found_done(clinic_line: Clinic) -> None:
    """The day that it names is no longer the appointment's."""
    call = clinic_line.call()
    await call.book()
    wish = {"time": "14:00", "to": WEDNESDAY, "patientName": "Ana Exempla", "appointmentDate": TUESDAY}
    assert outcome(await call.move(**wish)) == "moved"

    again = await call.move(**wish)

    assert outcome(again) == "already_then"
    assert again.data["startsAt"] == "2026-12-02T14:00:00-05:00"


async def test_back_and_forth_and_back_is_three_moves(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")

    outcomes = [outcome(await call.move(time)) for time in ("14:00", "10:00", "14:00")]

    assert outcomes == ["moved"] * 3
    assert await clinic_line.starts() == ["Tue 19:00"]


async def test_moves_in_flight_under_several_ids_are_one_move(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book()

    replies = await asyncio.gather(*(call.move("14:00") for _ in range(8)))

    assert sorted(outcome(reply) for reply in replies) == ["already_then"] * 7 + ["moved"]


@pytest.mark.parametrize("tool", ["rescheduleAppointment", "cancelAppointment", "holdSlot"])
async def test_the_same_tool_call_with_other_arguments_is_refused(clinic_line: Clinic, tool: str) -> None:
    call = clinic_line.call()
    await call.book()
    first: dict[str, dict[str, Any]] = {
        "rescheduleAppointment": {"newDate": TUESDAY, "newTime": "14:00"},
        "cancelAppointment": {"patientName": "Ana Exempla"},
        "holdSlot": {"appointmentDate": TUESDAY, "appointmentTime": "15:00"},
    }
    other = {"rescheduleAppointment": "newTime", "cancelAppointment": "patientName", "holdSlot": "appointmentTime"}
    await call.use(tool, tool_call_id="same", **first[tool])
    before = await clinic_line.starts()

    with pytest.raises(RemoteError) as caught:
        await call.use(tool, tool_call_id="same", **first[tool] | {other[tool]: "16:00"})

    assert caught.value.reason == "TOOL_CALL_CONFLICT"
    assert await clinic_line.starts() == before


async def test_an_appointment_is_cancelled_and_its_time_is_free(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book()

    reply = await call.cancel(patientName="Ana Exempla", appointmentDate=TUESDAY, reason="ill")

    assert reply.say == (
        "It is cancelled: Consultation on Tuesday, December 1st at 10 AM. Would you like another time instead?"
    )
    assert outcome(reply) == "cancelled"
    assert len(await clinic_line.appointments(Appointment.CANCELLED)) == 1
    assert outcome(await clinic_line.call(BEN).book(name="Ben Sample")) == "booked"


async def test_what_is_cancelled_is_cancelled_already_and_cannot_be_moved(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    made = await call.book()
    await call.cancel(appointmentDate=TUESDAY)

    again = await clinic_line.call().cancel()

    assert outcome(again) == "already_cancelled"
    assert again.data["appointmentId"] == made.data["appointmentId"]
    assert outcome(await call.move("14:00")) == "already_cancelled"
    assert await clinic_line.appointments() == []


async def test_the_same_cancellation_under_a_new_id_cancels_nothing_else(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")
    await call.cancel(patientName="Ana Exempla")
    await call.book("14:00")

    again = await call.cancel(patientName="Ana Exempla")

    assert outcome(again) == "already_cancelled"
    assert await clinic_line.starts() == ["Tue 19:00"]


async def test_what_was_cancelled_can_be_booked_again_in_the_same_call(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    first = await call.book()
    await call.cancel()

    second = await call.book()

    assert outcome(second) == "booked"
    assert second.data["appointmentId"] != first.data["appointmentId"]


async def test_cancellations_in_flight_under_several_ids_are_one(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book()

    replies = await asyncio.gather(*(call.cancel(appointmentDate=TUESDAY) for _ in range(8)))

    assert sorted(outcome(reply) for reply in replies) == ["already_cancelled"] * 7 + ["cancelled"]


async def test_a_move_and_a_cancellation_at_once_end_in_one_of_both(clinic_line: Clinic) -> None:
    for hour in range(8, 12):
        call = clinic_line.call()
        await call.book(f"{hour:02}:00")
        which = {"appointmentDate": TUESDAY, "appointmentTime": f"{hour:02}:00"}

        moved, cancelled = await asyncio.gather(call.move("14:00", to=WEDNESDAY, **which), call.cancel(**which))

        assert (outcome(moved), outcome(cancelled)) in {
            ("moved", "no_appointment"),
            ("already_cancelled", "cancelled"),
        }
        await call.cancel(appointmentDate=WEDNESDAY)


async def test_where_several_fit_it_is_asked_which(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")
    await call.book("14:00")

    for reply in (await call.cancel(patientName="Ana Exempla"), await call.move("16:00", appointmentDate=TUESDAY)):
        assert outcome(reply) == "which_appointment"
        assert reply.say == (
            "Which one do you mean: Consultation on Tuesday, December 1st at 10 AM"
            " or Consultation on Tuesday, December 1st at 2 PM?"
        )
    assert outcome(await call.cancel(appointmentTime="2pm")) == "cancelled"
    assert await clinic_line.starts() == ["Tue 15:00"]


async def test_one_is_meant_by_its_id(clinic_line: Clinic) -> None:
    call = clinic_line.call()
    await call.book("10:00")
    second = await call.book("14:00")

    reply = await call.cancel(appointmentId=str(second.data["appointmentId"]).upper())

    assert reply.data["appointmentId"] == second.data["appointmentId"]


async def test_what_is_over_can_be_neither_moved_nor_cancelled(clinic_line: Clinic, clock: StoppedClock) -> None:
    call = clinic_line.call()
    made = await call.book()
    clock.now = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)

    for which in ({}, {"appointmentId": str(made.data["appointmentId"])}, {"appointmentDate": TUESDAY}):
        assert outcome(await call.cancel(**which)) == "no_appointment"
        assert outcome(await call.move("14:00", **which)) == "no_appointment"
    assert await clinic_line.starts() == ["Tue 15:00"]


@pytest.mark.parametrize(
    ("which", "argument"),
    [
        ({"appointmentDate": "some Tuesday"}, "appointmentDate"),
        ({"appointmentTime": "morningish"}, "appointmentTime"),
        ({"appointmentDate": TUESDAY, "appointmentTime": f"{WEDNESDAY}T10:00"}, "appointmentTime"),
    ],
)
async def test_a_day_or_time_that_cannot_be_read_is_named(
    clinic_line: Clinic, which: dict[str, str], argument: str
) -> None:
    call = clinic_line.call()
    await call.book()

    for use in (call.cancel(**which), call.move("14:00", **which)):
        with pytest.raises(RemoteError) as caught:
            await use
        assert caught.value.metadata == {"argument": argument}


@pytest.mark.parametrize(("changes", "argument"), [({"to": "soon"}, "newDate"), ({"time": "noonish"}, "newTime")])
async def test_a_new_time_that_cannot_be_read_is_named(
    clinic_line: Clinic, changes: dict[str, str], argument: str
) -> None:
    with pytest.raises(RemoteError) as caught:
        await clinic_line.call().move(**{"time": "14:00"} | changes)

    assert caught.value.metadata == {"argument": argument}


async def test_a_patient_is_not_moved_to_where_they_have_just_this_appointment_already(two_rooms: Clinic) -> None:
    call = two_rooms.call()
    await call.book("10:00")
    await call.book("14:00")

    assert outcome(await call.move("14:00", appointmentTime="10:00")) == "taken"
    assert await two_rooms.starts() == ["Tue 15:00", "Tue 19:00"]
