"""What is told of a call while somebody of it is erased is forgotten with the rest, whichever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from booking.domain.calls.events import CallEvent
from booking.domain.calls.record_call_events import ToldEvent, record_call_events
from booking.domain.people.erase_contact import erase_contact
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Slot
from booking.store.postgres import PostgresStore
from services.booking.tests.store.conftest import NOW, Clinic
from services.booking.tests.store.pauses import Pause

Using = Callable[..., Awaitable[Any]]
CALL = "call-2"
TEN = NOW.replace(month=12, day=1, hour=15)


async def book(unit: Unit, clinic: Clinic) -> None:
    await unit.add_appointment(Slot(clinic.calendar, clinic.service, TEN), clinic.contact_id, CALL)


async def tell(unit: Unit) -> None:
    event = CallEvent(uuid4(), CALL, NOW, 1.0, tool="bookClinicAppointment", ended="said", details={"say": "Yes."})
    await record_call_events(unit, [ToldEvent(event)])


async def test_an_erasure_waits_for_what_is_being_told(
    store: PostgresStore, clinic: Clinic, use: Using, blocked: Callable[[int], Awaitable[None]]
) -> None:
    await use(lambda unit: book(unit, clinic))
    pause = Pause()
    telling = asyncio.create_task(use(tell, add_call_events=pause))
    await pause.there.wait()
    erasing = asyncio.create_task(use(lambda unit: erase_contact(unit, NOW, clinic.contact_id)))
    await blocked(1)
    pause.may_go_on.set()
    await asyncio.gather(telling, erasing)

    assert await details(store, clinic) == [None]


async def test_what_is_told_waits_for_an_erasure_and_keeps_nothing_of_it(
    store: PostgresStore, clinic: Clinic, use: Using, blocked: Callable[[int], Awaitable[None]]
) -> None:
    await use(lambda unit: book(unit, clinic))
    pause = Pause()
    erasing = asyncio.create_task(use(lambda unit: erase_contact(unit, NOW, clinic.contact_id), remove_contact=pause))
    await pause.there.wait()
    telling = asyncio.create_task(use(tell))
    await blocked(1)
    pause.may_go_on.set()
    await asyncio.gather(telling, erasing)

    assert await details(store, clinic) == [None]


async def details(store: PostgresStore, clinic: Clinic) -> list[Any]:
    async with store.unit(clinic.tenant) as unit:
        return [event.details for event in await unit.call_events(CALL, 10)]
