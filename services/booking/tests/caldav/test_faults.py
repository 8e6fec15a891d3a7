"""What goes wrong on the way, and never twice or for nothing."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import httpx
import pytest

from booking.caldav.collections import CaldavCollections
from booking.domain.outside.connections import WorkLease
from booking.domain.outside.keep_in_step import KeepInStep
from booking.store.mirrors import MirrorStore
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.tenant import TenantId
from services.booking.tests.caldav.faults import (
    Carry,
    Fault,
    Killed,
    Line,
    answers,
    is_killed_before_the_answer,
    is_killed_before_the_request,
    keeps_the_etag,
    loses_the_answer,
    loses_the_request,
)
from services.booking.tests.caldav.practice import Practice, busy
from services.booking.tests.conftest import PATIENCE
from switchboard.booking.v1.caldav_service_pb2 import ReplacePasswordRequest

_RESTED = timedelta(seconds=10)
_LEASE_OVER = timedelta(minutes=1)


@pytest.mark.parametrize("fault", [loses_the_request, loses_the_answer, answers(500), answers(503), answers(429)])
@pytest.mark.parametrize("what", ["booked", "moved", "cancelled"])
async def test_what_nobody_heard_an_answer_to_is_tried_again_and_done_once(
    practice: Practice, line: Line, fault: Fault, what: str
) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    if what != "booked":
        await practice.work()
    if what == "moved":
        await practice.change(booked, time="11:00")
    if what == "cancelled":
        await practice.cancel(booked)
    line.next("DELETE" if what == "cancelled" else "PUT", fault)
    await practice.work()
    assert (await practice.connected()).waiting == 1
    assert await practice.trouble() in {"TOO_SLOW", "BROKEN"}

    practice.clock.move(_RESTED)
    await practice.work()

    left = {"booked": [busy("10:00")], "moved": [busy("11:00")], "cancelled": []}
    assert await practice.theirs.events() == left[what]
    assert (await practice.connected()).waiting == 0
    assert await practice.trouble() == "TROUBLE_UNSPECIFIED"
    assert await practice.drift() == []


@pytest.mark.parametrize("fault", [is_killed_before_the_request, is_killed_before_the_answer])
@pytest.mark.parametrize("meanwhile", ["nothing", "moved", "cancelled"])
async def test_a_worker_that_is_killed_leaves_nothing_that_the_next_one_does_twice(
    practice: Practice, line: Line, fault: Fault, meanwhile: str
) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    line.next("PUT", fault)
    with suppress(Killed):
        await practice.work()
    if meanwhile == "moved":
        await practice.change(booked, time="11:00")
    if meanwhile == "cancelled":
        await practice.cancel(booked)
    await practice.work()
    assert line.count("PUT") == 1  # its lease lasts

    practice.clock.move(_LEASE_OVER)
    await practice.work()

    left = {"nothing": [busy("10:00")], "moved": [busy("11:00")], "cancelled": []}
    assert await practice.theirs.events() == left[meanwhile]
    assert (await practice.connected()).waiting == 0
    assert await practice.drift() == []


@pytest.mark.parametrize("meanwhile", ["nothing", "moved again", "cancelled"])
async def test_a_worker_that_is_killed_while_it_moves_an_event_is_not_taken_for_somebody_else(
    practice: Practice, line: Line, meanwhile: str
) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.change(booked, time="11:00")
    line.next("PUT", is_killed_before_the_answer)
    with suppress(Killed):
        await practice.work()
    if meanwhile == "moved again":
        await practice.change(booked, time="12:00")
    if meanwhile == "cancelled":
        await practice.cancel(booked)

    practice.clock.move(_LEASE_OVER)
    await practice.work()

    left = {"nothing": [busy("11:00")], "moved again": [busy("12:00")], "cancelled": []}
    assert await practice.theirs.events() == left[meanwhile]
    assert await practice.drift() == []


async def test_a_change_while_it_is_pushed_is_pushed_after_it(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")

    async def is_moved_meanwhile(request: httpx.Request, carry: Carry) -> httpx.Response:
        await practice.change(booked, time="11:00")
        return await carry(request)

    line.next("PUT", is_moved_meanwhile)
    await practice.work()
    assert await practice.theirs.events() == [busy("11:00")]
    assert (await practice.connected()).waiting == 0


async def test_an_etag_that_is_not_told_is_asked_for(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    line.next("PUT", keeps_the_etag)
    await practice.work()
    await practice.change(booked, time="11:00")
    await practice.work()
    assert await practice.theirs.events() == [busy("11:00")]
    assert await practice.drift() == []


async def test_an_event_that_is_refused_keeps_no_other_waiting(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.book("10:00")
    await practice.book("11:00")
    line.next("PUT", answers(415))
    await practice.work()

    assert len(await practice.theirs.events()) == 1
    assert await practice.trouble() == "EVENT_REFUSED"
    assert (await practice.connected()).waiting == 1

    practice.clock.move(_RESTED)
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00"), busy("11:00")]
    assert await practice.trouble() == "TROUBLE_UNSPECIFIED"


async def test_a_wrong_password_is_tried_once_and_then_waits_for_another(practice: Practice, line: Line) -> None:
    connection = await practice.connect(password="wrong")
    await practice.book("10:00")
    await practice.work()
    assert await practice.trouble() == "DENIED"
    asked = len(line.asked)
    practice.clock.move(timedelta(days=7) - timedelta(days=6, hours=12))
    await practice.work()
    assert len(line.asked) == asked == 1

    await practice.dav("ReplacePassword", ReplacePasswordRequest(id=connection.id, password="a password of its own"))
    await practice.work()

    assert await practice.trouble() == "TROUBLE_UNSPECIFIED"
    assert await practice.theirs.events() == [busy("10:00")]


async def test_it_is_tried_later_and_later(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.book("10:00")
    tried = []
    line.next("PUT", *[answers(500)] * 6)
    for second in range(0, 400, 10):
        before = line.count("PUT")
        await practice.work()
        if line.count("PUT") > before:
            tried.append(second)
        practice.clock.move(timedelta(seconds=10))
    assert tried == [0, 10, 30, 70, 150, 310]


async def test_it_is_left_in_peace_as_long_as_it_asks(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.book("10:00")
    line.next("PUT", answers(503, **{"Retry-After": "120"}))
    await practice.work()
    practice.clock.move(timedelta(seconds=119))
    await practice.work()
    assert line.count("PUT") == 1
    practice.clock.move(timedelta(seconds=1))
    await practice.work()
    assert line.count("PUT") == 2


async def test_a_lost_key_is_told_and_a_new_password_helps(practice: Practice, database: Database, line: Line) -> None:
    await practice.connect()
    other = MirrorStore(database, Sealer([bytes([1]) * 32]))
    await KeepInStep(other, CaldavCollections(line, seconds=120), practice.clock).work_all_due()
    assert await practice.trouble() == "PASSWORD_LOST"
    assert line.asked == []


async def test_two_workers_push_every_appointment_once(
    practice: Practice, database: Database, sealer: Sealer, line: Line
) -> None:
    await practice.connect()
    await practice.connect(calendar_id=practice.other_calendar_id)
    for hour in range(8, 18):
        await practice.book(f"{hour:02}:00")
        await practice.book(f"{hour:02}:15", calendar_id=practice.other_calendar_id)
    workers = [
        KeepInStep(MirrorStore(database, sealer), CaldavCollections(line, seconds=120), practice.clock)
        for _ in range(4)
    ]
    await asyncio.gather(*(worker.work_all_due() for worker in workers))
    assert line.count("PUT") == len(await practice.theirs.events()) == 20


async def test_a_worker_that_is_told_to_stop_leaves_its_place_to_others(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.book("10:00")
    begun = asyncio.Event()

    async def takes_long(_request: httpx.Request, _carry: Carry) -> httpx.Response:
        begun.set()
        return await asyncio.Future()

    line.next("PUT", takes_long)
    working = asyncio.create_task(practice.work())
    await begun.wait()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working

    practice.clock.move(timedelta(seconds=30))
    await practice.work()

    assert await practice.theirs.events() == [busy("10:00")]


async def test_work_goes_on_by_itself(practice: Practice, line: Line) -> None:
    await practice.book("10:00")
    pushed = asyncio.Event()

    async def is_noticed(request: httpx.Request, carry: Carry) -> httpx.Response:
        pushed.set()
        return await carry(request)

    line.next("PUT", is_noticed)
    running = asyncio.create_task(practice.keeper.run())
    try:
        await practice.connect()
        async with asyncio.timeout(PATIENCE):
            await pushed.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_one_that_breaks_us_keeps_no_other_waiting(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.connect(calendar_id=practice.other_calendar_id)
    await practice.book("10:00")
    await practice.book("11:00", calendar_id=practice.other_calendar_id)

    async def breaks(_request: httpx.Request, _carry: Carry) -> httpx.Response:
        raise KeyError

    line.next("PUT", breaks)
    await practice.work()
    assert len(await practice.theirs.events()) == 1


async def test_a_worker_that_comes_late_writes_nothing_down(
    practice: Practice, line: Line, database: Database, sealer: Sealer
) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    other = KeepInStep(MirrorStore(database, sealer), CaldavCollections(line, seconds=120), practice.clock)

    async def is_overtaken(request: httpx.Request, carry: Carry) -> httpx.Response:
        practice.clock.move(_LEASE_OVER)
        await other.work_all_due()
        await practice.change(booked, time="12:00")
        await other.work_all_due()
        return await carry(request)

    line.next("PUT", is_overtaken)
    await practice.work()
    assert await practice.theirs.events() == [busy("12:00")]
    assert (await practice.connected()).waiting == 0
    assert await practice.drift() == []


async def test_who_is_answered_late_is_not_overtaken(
    practice: Practice, line: Line, database: Database, sealer: Sealer
) -> None:
    await practice.connect()
    await practice.book("10:00")
    collections = CaldavCollections(line, seconds=120)
    mirrors = _Renewed(database, sealer)
    other = KeepInStep(MirrorStore(database, sealer), collections, practice.clock)

    async def takes_three_minutes(request: httpx.Request, carry: Carry) -> httpx.Response:
        for _ in range(9):
            practice.clock.move(timedelta(seconds=20))
            mirrors.renewed.clear()
            async with asyncio.timeout(PATIENCE):
                await mirrors.renewed.wait()
            await other.work_all_due()
        return await carry(request)

    line.next("PUT", takes_three_minutes)
    await KeepInStep(mirrors, collections, practice.clock, renew_every=0.01).work_all_due()

    assert line.count("PUT") == 1
    assert (await practice.connected()).waiting == 0


async def test_many_that_are_slow_are_pushed_one_after_the_other(practice: Practice, line: Line) -> None:
    await practice.connect()
    for time in ("10:00", "11:00", "12:00", "13:00"):
        await practice.book(time)

    async def is_slow(request: httpx.Request, carry: Carry) -> httpx.Response:
        practice.clock.move(timedelta(seconds=40))
        return await carry(request)

    line.next("PUT", *[is_slow] * 4)
    await practice.work()
    assert (line.count("PUT"), (await practice.connected()).waiting) == (4, 0)


class _Renewed(MirrorStore):
    def __init__(self, database: Database, sealer: Sealer) -> None:
        super().__init__(database, sealer)
        self.renewed = asyncio.Event()

    async def renew(self, tenant: TenantId, lease: WorkLease, until: datetime) -> None:
        await super().renew(tenant, lease, until)
        self.renewed.set()
