"""Appointments, as they appear in a calendar outside."""

from datetime import timedelta

import asyncpg

from chassis.database.engine import Database
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.caldav.faults import Line
from services.booking.tests.caldav.practice import Practice, busy


async def test_what_is_booked_moved_and_cancelled_here_is_so_there(practice: Practice) -> None:
    await practice.connect()
    first, second = await practice.book("10:00"), await practice.book("11:00")
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00"), busy("11:00")]

    await practice.change(first, time="14:00")
    await practice.cancel(second)
    await practice.work()

    assert await practice.theirs.events() == [busy("14:00")]
    assert (await practice.connected()).waiting == 0


async def test_what_was_booked_before_is_pushed_when_a_calendar_is_connected(practice: Practice) -> None:
    await practice.book("10:00")
    await practice.cancel(await practice.book("11:00"))
    await practice.book("12:00", calendar_id=practice.other_calendar_id)
    connection = await practice.connect()
    assert (await practice.connected()).waiting == 1

    await practice.work()

    assert await practice.theirs.events() == [busy("10:00")]
    told = await practice.connected()
    assert (told.id, told.waiting, told.pushed_at.seconds) == (connection.id, 0, practice.clock.now.timestamp())


async def test_what_is_over_is_not_pushed(practice: Practice) -> None:
    await practice.book("10:00")
    practice.clock.move(timedelta(days=2))
    await practice.connect()
    assert (await practice.connected()).waiting == 0
    await practice.work()
    assert await practice.theirs.events() == []


async def test_what_ends_before_it_could_be_pushed_is_not_pushed(practice: Practice) -> None:
    await practice.connect()
    await practice.book("10:00")
    practice.clock.move(timedelta(days=2))
    await practice.work()
    assert await practice.theirs.events() == []
    assert (await practice.connected()).waiting == 0


async def test_what_moves_to_another_calendar_leaves_the_one_outside(practice: Practice) -> None:
    await practice.connect()
    moved = await practice.book("10:00")
    await practice.work()
    await practice.change(moved, calendar_id=practice.other_calendar_id)
    await practice.work()
    assert await practice.theirs.events() == []

    await practice.change(moved, calendar_id=practice.calendar_id)
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00")]


async def test_two_calendars_can_be_seen_in_one_outside_and_keep_each_other_free(practice: Practice) -> None:
    await practice.connect()
    await practice.connect(calendar_id=practice.other_calendar_id)
    await practice.book("10:00")
    await practice.work()
    await practice.look()

    moved = await practice.book("10:15", calendar_id=practice.other_calendar_id)
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00"), busy("10:15")]

    await practice.change(moved, calendar_id=practice.calendar_id, time="11:00")
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00"), busy("11:00")]


async def test_names_are_pushed_where_that_was_chosen_and_follow_the_contact_and_the_service(
    practice: Practice,
) -> None:
    await practice.connect(with_names=True)
    await practice.book("10:00")
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00", "Ana Exempla: Check-up")]

    await practice.rename_contact("Ana Other")
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00", "Ana Other: Check-up")]

    await practice.rename_service("Examination")
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00", "Ana Other: Examination")]


async def test_without_names_nothing_of_a_person_is_there(practice: Practice) -> None:
    await practice.connect()
    await practice.book("10:00")
    await practice.work()
    [text] = (await practice.theirs.texts()).values()
    assert "Ana" not in text
    assert "Check-up" not in text


async def test_who_is_erased_is_taken_away_there_what_is_over_too(practice: Practice) -> None:
    await practice.connect(with_names=True)
    await practice.book("10:00")
    await practice.book("17:00")
    await practice.work()
    practice.clock.move(timedelta(hours=22))
    await practice.look()
    assert len(await practice.theirs.events()) == 2

    await practice.erase()
    await practice.work()

    assert await practice.theirs.events() == []


async def test_the_outbox_and_what_is_kept_of_events_name_nobody(
    practice: Practice, service_database: ServiceDatabase
) -> None:
    await practice.connect(with_names=True)
    await practice.book("10:00")
    connection = await asyncpg.connect(service_database.superuser_url)
    try:
        outbox = await connection.fetch("SELECT * FROM booking.caldav_outbox WHERE org_id = $1", practice.tenant)
        await practice.work()
        events = await connection.fetch("SELECT * FROM booking.caldav_events WHERE org_id = $1", practice.tenant)
    finally:
        await connection.close()
    assert (len(outbox), len(events)) == (1, 1)
    assert "Ana" not in str([*outbox, *events])


async def test_an_appointment_that_is_rolled_back_is_not_pushed(
    practice: Practice, database: Database, service_database: ServiceDatabase
) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    connection = await asyncpg.connect(service_database.superuser_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE booking.appointments SET status = 'cancelled' WHERE id = $1::uuid", booked)
        waiting = await connection.fetchval("SELECT count(*) FROM booking.caldav_outbox")
        await transaction.rollback()
        left = await connection.fetchval("SELECT count(*) FROM booking.caldav_outbox")
    finally:
        await connection.close()
    assert (waiting, left) == (1, 0)


async def test_what_changed_several_times_meanwhile_is_pushed_once(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    for time in ("11:00", "12:00", "13:00"):
        await practice.change(booked, time=time)
    await practice.work()
    assert line.count("PUT") == 1
    assert await practice.theirs.events() == [busy("13:00")]


async def test_how_an_appointment_ended_is_nothing_to_push(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    practice.clock.move(timedelta(days=1))
    await practice.complete(booked)
    await practice.work()
    assert line.count("PUT") == 1
    assert await practice.theirs.events() == [busy("10:00")]
