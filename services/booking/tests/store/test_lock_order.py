"""Whoever locks several things locks them in one order (`booking.store.locks`), so nobody waits in a circle.

Each test holds two or three in the one moment in which they would.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from booking.domain.people.contacts import Told
from booking.domain.people.erase_contact import erase_contact
from booking.domain.reception.book_appointment import Wish, book_appointment
from booking.domain.reception.cancel_appointment import CancelWish, cancel_appointment
from booking.domain.reception.hold_slot import HoldWish, hold_slot
from booking.domain.reception.outcomes import Booked, Cancelled, Held, Moved
from booking.domain.reception.reschedule_appointment import MoveWish, reschedule_appointment
from booking.domain.reception.wanted_time import SpokenTime
from booking.domain.reception.which_appointment import Mention
from booking.domain.schedule.administer_appointments import AppointmentChanges, update_appointment
from booking.domain.schedule.appointments import Appointment
from booking.domain.schedule.holds import Asking
from services.booking.tests.store.pauses import Pause, Use

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
ANA = "+14155550123"
DAY = "2026-12-01"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def booking(time: str, *, room: str, call: str | None = None, now: datetime = NOW) -> Use:
    name = "Ben Sample" if call == "call-2" else "Ana Exempla"
    wish = Wish(SpokenTime(DAY, time), Told(name, "", "", ANA, ""), practitioner=room, vapi_call_id=call)
    return lambda unit: book_appointment(unit, now, wish)


def moving(appointment: UUID) -> Use:
    wish = MoveWish(Mention(ANA, appointment_id=str(appointment)), SpokenTime(DAY, "11:00"))
    return lambda unit: reschedule_appointment(unit, NOW, wish, None)


def cancelling(appointment: UUID) -> Use:
    wish = CancelWish(Mention(ANA, appointment_id=str(appointment)))
    return lambda unit: cancel_appointment(unit, NOW, wish, None)


def staff_moving(appointment: UUID) -> Use:
    changes = AppointmentChanges(starts_at=datetime(2026, 12, 1, 16, tzinfo=UTC))
    return lambda unit: update_appointment(unit, NOW, appointment, changes)


def booking_in_call(time: str, room: str, call: str, now: datetime) -> Use:
    return booking(time, room=room, call=call, now=now)


def holding(time: str, room: str, call: str, now: datetime) -> Use:
    return lambda unit: hold_slot(unit, Asking(now, call), HoldWish(SpokenTime(DAY, time), practitioner=room))


@pytest.mark.parametrize(
    ("change", "before"),
    [(moving, "lock"), (staff_moving, "lock"), (cancelling, "cancel")],
    ids=("moved", "moved by staff", "cancelled"),
)
async def test_one_person_can_be_booked_changed_and_erased_in_one_moment(
    use: Any, blocked: Any, clinic: Any, superuser: asyncpg.Connection, change: Callable[[UUID], Use], before: str
) -> None:
    made = (await use(booking("09:00", room="Room 1"))).appointment_id
    changing, books = Pause(), Pause()
    deadlocks = await superuser.fetchval(DEADLOCKS)

    async with asyncio.TaskGroup() as together:
        changed = together.create_task(use(change(made), **{before: changing}))
        await changing.there.wait()  # has the appointment, and is about to have the calendar
        booked = together.create_task(use(booking("10:00", room="Room 1"), save_contact=books))
        await books.there.wait()  # has the calendar, and is about to have the person
        together.create_task(use(lambda unit: erase_contact(unit, NOW, clinic.contact_id)))
        await blocked(1)  # has the person or waits for them, and is about to have the appointment
        books.may_go_on.set()
        changing.may_go_on.set()

    assert isinstance(booked.result(), Booked)
    assert isinstance(changed.result(), Moved | Cancelled | Appointment)
    assert await superuser.fetchval(DEADLOCKS) == deadlocks


PAUSE_BEFORE_DELETE = """
CREATE FUNCTION public.pause_for_test() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN OLD; END';
CREATE TRIGGER pause_for_test BEFORE DELETE ON booking.appointments FOR EACH ROW
  EXECUTE FUNCTION public.pause_for_test()
"""


@pytest.fixture
async def nothing_is_deleted(superuser: asyncpg.Connection) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Whoever deletes an appointment or a hold waits, until it is awaited."""
    await superuser.execute(PAUSE_BEFORE_DELETE)
    await superuser.execute("SELECT pg_advisory_lock(4711)")

    async def end() -> None:
        await superuser.execute("SELECT pg_advisory_unlock(4711)")

    yield end
    await superuser.execute("DROP FUNCTION public.pause_for_test CASCADE")


@pytest.mark.parametrize("take", [booking_in_call, holding], ids=("booked", "held"))
async def test_two_calls_can_each_have_the_time_that_the_other_held_for_too_long(
    use: Any, blocked: Any, superuser: asyncpg.Connection, nothing_is_deleted: Any, take: Callable[..., Use]
) -> None:
    rooms = {"call-1": "Room 1", "call-2": "Room 2"}
    others = {"call-1": "Room 2", "call-2": "Room 1"}
    for call, room in rooms.items():
        assert isinstance(await use(holding("10:00", room, call, NOW), call=call), Held)
    later = NOW + timedelta(seconds=90)
    deadlocks = await superuser.fetchval(DEADLOCKS)

    async with asyncio.TaskGroup() as together:
        taken = [
            together.create_task(use(take("10:00", room, call, later), call=call, now=later))
            for call, room in others.items()
        ]
        await blocked(2)  # each has found the other's hold, and is about to end its own
        await nothing_is_deleted()

    assert [type(one.result()) for one in taken] in ([Booked, Booked], [Held, Held])
    assert await superuser.fetchval(DEADLOCKS) == deadlocks
