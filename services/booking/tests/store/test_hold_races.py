"""Who has a time that is held, in the moment in which the hold ends: exactly one, whoever comes first."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from booking.domain.calls.call import CallRecord
from booking.domain.calls.record_call import record_call
from booking.domain.people.contacts import Told
from booking.domain.reception.book_appointment import Wish, book_appointment
from booking.domain.reception.hold_slot import HoldWish, hold_slot
from booking.domain.reception.outcomes import Booked, Held, Taken
from booking.domain.reception.wanted_time import SpokenTime
from booking.domain.schedule.holds import KEPT_FOR, Asking
from services.booking.tests.store.pauses import Pause, Use

HELD_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
END = HELD_AT + KEPT_FOR
MOMENT = timedelta(microseconds=1)
TEN = SpokenTime("2026-12-01", "10:00")
OWN, OTHER = "call-1", "call-2"
STANDING = "SELECT status, vapi_call_id FROM booking.appointments WHERE org_id = $1"


def holding(call: str, now: datetime) -> Use:
    return lambda unit: hold_slot(unit, Asking(now, call), HoldWish(TEN, practitioner="Room 1"))


def booking(call: str, now: datetime) -> Use:
    told = Told(f"Patient of {call}", "", "", f"+1415555012{call[-1]}", "")
    wish = Wish(TEN, told, practitioner="Room 1", vapi_call_id=call)
    return lambda unit: book_appointment(unit, now, wish)


TAKE = {"books": (booking, Booked, "add_appointment"), "holds": (holding, Held, "hold")}


@pytest.mark.parametrize("clocks", [(END - MOMENT, END - MOMENT), (END - MOMENT, END), (END, END - MOMENT), (END, END)])
@pytest.mark.parametrize("other_does", TAKE)
async def test_who_has_the_lock_first_books_what_they_held(
    use: Any,
    blocked: Any,
    clinic: Any,
    superuser: asyncpg.Connection,
    other_does: str,
    clocks: tuple[datetime, datetime],
) -> None:
    """By whichever clock: two processes have two."""
    await use(holding(OWN, HELD_AT), now=HELD_AT, call=OWN)
    take, _, _ = TAKE[other_does]
    about_to_book = Pause()
    own_clock, other_clock = clocks

    async with asyncio.TaskGroup() as together:
        own = together.create_task(use(booking(OWN, own_clock), now=own_clock, call=OWN, add_appointment=about_to_book))
        await about_to_book.there.wait()
        other = together.create_task(use(take(OTHER, other_clock), now=other_clock, call=OTHER))
        await blocked(1)
        about_to_book.may_go_on.set()

    assert isinstance(own.result(), Booked)
    assert isinstance(other.result(), Taken)
    assert [tuple(row) for row in await superuser.fetch(STANDING, clinic.tenant)] == [("booked", OWN)]


@pytest.mark.parametrize("own_clock", [END - MOMENT, END], ids=["not-over", "over"])
@pytest.mark.parametrize("other_does", TAKE)
async def test_who_comes_first_when_it_is_over_has_it_whatever_the_holders_clock_says(
    use: Any, blocked: Any, clinic: Any, superuser: asyncpg.Connection, other_does: str, own_clock: datetime
) -> None:
    await use(holding(OWN, HELD_AT), now=HELD_AT, call=OWN)
    take, had, last_step = TAKE[other_does]
    about_to_take = Pause()

    async with asyncio.TaskGroup() as together:
        other = together.create_task(use(take(OTHER, END), now=END, call=OTHER, **{last_step: about_to_take}))
        await about_to_take.there.wait()
        own = together.create_task(use(booking(OWN, own_clock), now=own_clock, call=OWN))
        await blocked(1)
        about_to_take.may_go_on.set()

    assert isinstance(other.result(), had)
    assert isinstance(own.result(), Taken)
    standing = {tuple(row) for row in await superuser.fetch(STANDING, clinic.tenant)}
    assert standing == {("booked" if had is Booked else "held", OTHER)}


@pytest.mark.parametrize("other_does", TAKE)
async def test_a_moment_before_it_is_over_it_is_nobody_elses(use: Any, other_does: str) -> None:
    await use(holding(OWN, HELD_AT), now=HELD_AT, call=OWN)
    take, had, _ = TAKE[other_does]

    assert isinstance(await use(take(OTHER, END - MOMENT), now=END - MOMENT, call=OTHER), Taken)
    assert isinstance(await use(take(OTHER, END), now=END, call=OTHER), had)


async def test_who_books_what_they_held_while_their_call_ends_has_it(
    use: Any, blocked: Any, clinic: Any, superuser: asyncpg.Connection
) -> None:
    await use(holding(OWN, HELD_AT), now=HELD_AT, call=OWN)
    released = Pause()
    ended = CallRecord(OWN, status="ended", ended_at=HELD_AT)

    async with asyncio.TaskGroup() as together:
        together.create_task(use(lambda unit: record_call(unit, ended), call_to_record=released))
        await released.there.wait()  # the hold is gone, but for others it is still there
        own = together.create_task(use(booking(OWN, HELD_AT), now=HELD_AT, call=OWN))
        await blocked(1)
        released.may_go_on.set()

    assert isinstance(own.result(), Booked)
    assert [tuple(row) for row in await superuser.fetch(STANDING, clinic.tenant)] == [("booked", OWN)]
