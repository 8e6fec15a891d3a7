"""What somebody else does in a calendar outside, as it is heeded here."""

import pytest

from chassis.errors import RemoteError
from services.booking.tests.caldav.faults import Line, answers
from services.booking.tests.caldav.practice import Practice, at, busy
from services.booking.tests.caldav.radicale import event
from switchboard.booking.v1.caldav_service_pb2 import Drift


@pytest.fixture(params=["by its token", "by its tag", "all of it"])
def how(request: pytest.FixtureRequest, line: Line) -> str:
    """How the calendar outside tells what is new."""
    if request.param != "by its token":
        line.always("REPORT", "sync-collection", answers(501 if request.param == "by its tag" else 403))
    if request.param == "all of it":
        line.hide_tags()
    return str(request.param)


@pytest.mark.usefixtures("how")
async def test_what_is_booked_there_cannot_be_booked_here_until_it_is_gone(practice: Practice) -> None:
    await practice.connect()
    theirs = await practice.theirs.put("10:15", "10:45")
    await practice.work()
    for time in ("10:00", "10:30"):
        with pytest.raises(RemoteError, match="TIME_TAKEN"):
            await practice.book(time)
    await practice.theirs.move(theirs, "15:00", "15:30")
    await practice.look()
    await practice.book("10:00")
    with pytest.raises(RemoteError, match="TIME_TAKEN"):
        await practice.book("15:00")

    await practice.theirs.delete(theirs)
    await practice.look()
    await practice.book("15:00")


@pytest.mark.usefixtures("how")
async def test_what_is_booked_there_at_the_time_of_an_appointment_is_a_conflict(practice: Practice) -> None:
    connection = await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.put("10:15", "11:00")
    await practice.look()

    [conflict] = await practice.conflicts()

    assert conflict.appointment_id == booked
    assert [one.source_id for one in conflict.busy_times] == [connection.id]
    assert await practice.theirs.events() == [busy("10:00"), (at("10:15"), at("11:00"), "Lunch")]
    assert await practice.drift() == []


@pytest.mark.usefixtures("how")
async def test_our_own_events_keep_nothing_busy(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.put("16:00", "16:30")
    await practice.look()
    await practice.change(booked, time="10:15")
    await practice.work()
    await practice.look()
    assert await practice.conflicts() == []


@pytest.mark.usefixtures("how")
async def test_what_is_moved_there_is_reported_and_applied_nowhere(practice: Practice) -> None:
    connection = await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.move(await practice.name(booked), "15:00", "15:45")
    await practice.look()
    await practice.look()

    [drift] = await practice.drift()

    assert (drift.connection_id, drift.appointment_id, drift.calendar_id) == (
        connection.id,
        booked,
        practice.calendar_id,
    )
    assert drift.kind == Drift.MOVED
    assert drift.starts_at.seconds == at("10:00").timestamp()
    assert (drift.outside_starts_at.seconds, drift.outside_ends_at.seconds) == (
        at("15:00").timestamp(),
        at("15:45").timestamp(),
    )
    assert drift.noticed_at.seconds == practice.clock.now.timestamp() - 300
    assert await practice.theirs.events() == [(at("15:00"), at("15:45"), "Busy")]
    assert (await practice.connected()).trouble == 0


@pytest.mark.usefixtures("how")
async def test_what_is_deleted_there_is_reported_and_applied_nowhere(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.delete(await practice.name(booked))
    await practice.look()

    [drift] = await practice.drift()

    assert (drift.appointment_id, drift.kind) == (booked, Drift.DELETED)
    assert not drift.HasField("outside_starts_at")
    assert await practice.theirs.events() == []


async def test_what_is_renamed_there_is_reported(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.change(await practice.name(booked), SUMMARY="Mrs. Exempla")
    await practice.look()
    [drift] = await practice.drift()
    assert drift.kind == Drift.CHANGED


async def test_what_is_made_to_repeat_there_is_reported(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.change(await practice.name(booked), RRULE={"FREQ": "DAILY"})
    await practice.look()
    [drift] = await practice.drift()
    assert drift.kind == Drift.MOVED
    assert not drift.HasField("outside_starts_at")


@pytest.mark.parametrize("properties", [{"STATUS": "CANCELLED"}, {"TRANSP": "TRANSPARENT"}])
async def test_what_takes_no_time_there_any_more_is_reported(practice: Practice, properties: dict[str, str]) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.change(await practice.name(booked), **properties)
    await practice.look()
    [drift] = await practice.drift()
    assert drift.kind == Drift.CHANGED


async def test_what_a_program_adds_to_our_events_is_nobodys_business(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.change(await practice.name(booked), CATEGORIES=["Red"])
    await practice.look()
    assert await practice.drift() == []

    await practice.change(booked, time="11:00")
    await practice.work()
    assert await practice.theirs.events() == [busy("11:00")]


async def test_what_waits_to_be_pushed_is_not_taken_for_a_change_there(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.change(await practice.name(booked), CATEGORIES=["Red"])
    await practice.change(booked, time="11:00")
    line.next("PUT", answers(415), answers(415))
    await practice.work()
    await practice.look()
    assert await practice.drift() == []

    await practice.look()
    assert await practice.theirs.events() == [busy("11:00")]


async def test_what_they_take_back_is_reported_no_more(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    name = await practice.name(booked)
    text = (await practice.theirs.texts())[name]
    await practice.theirs.delete(name)
    await practice.look()
    assert len(await practice.drift()) == 1

    await practice.theirs.write(name, text)
    await practice.look()

    assert await practice.drift() == []


@pytest.mark.parametrize("what", ["moved", "deleted"])
async def test_staff_have_it_put_back(practice: Practice, what: str) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    name = await practice.name(booked)
    await (practice.theirs.delete(name) if what == "deleted" else practice.theirs.move(name, "15:00", "15:30"))
    await practice.look()
    assert len(await practice.drift()) == 1

    await practice.put_back(booked)
    await practice.work()

    assert await practice.theirs.events() == [busy("10:00")]
    assert await practice.drift() == []


@pytest.mark.parametrize("what", ["moved", "deleted"])
async def test_moving_the_appointment_settles_it(practice: Practice, what: str) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    name = await practice.name(booked)
    await (practice.theirs.delete(name) if what == "deleted" else practice.theirs.move(name, "15:00", "15:30"))
    await practice.look()

    await practice.change(booked, time="15:00")
    await practice.work()

    assert await practice.theirs.events() == [busy("15:00")]
    assert await practice.drift() == []


@pytest.mark.parametrize("what", ["moved", "deleted"])
async def test_cancelling_the_appointment_settles_it(practice: Practice, what: str) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    name = await practice.name(booked)
    await (practice.theirs.delete(name) if what == "deleted" else practice.theirs.move(name, "15:00", "15:30"))
    await practice.look()

    await practice.cancel(booked)
    assert await practice.drift() == []
    await practice.work()

    assert await practice.theirs.events() == []


async def test_a_change_there_that_nobody_looked_at_yet_is_not_pushed_over(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.move(await practice.name(booked), "15:00", "15:30")
    await practice.change(booked, time="11:00")
    await practice.work()

    [drift] = await practice.drift()

    assert (drift.starts_at.seconds, drift.outside_starts_at.seconds) == (
        at("11:00").timestamp(),
        at("15:00").timestamp(),
    )
    assert await practice.theirs.events() == [busy("15:00")]
    assert (await practice.connected()).waiting == 0


async def test_a_change_there_that_nobody_looked_at_yet_saves_no_cancelled_appointment(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.move(await practice.name(booked), "15:00", "15:30")
    await practice.cancel(booked)
    await practice.work()
    assert await practice.theirs.events() == []


async def test_a_new_name_is_not_pushed_over_what_was_changed_there(practice: Practice) -> None:
    await practice.connect(with_names=True)
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.move(await practice.name(booked), "15:00", "15:30")
    await practice.look()
    await practice.rename_contact("Ana Other")
    await practice.work()
    assert await practice.theirs.events() == [busy("15:00", "Ana Exempla: Check-up")]
    assert len(await practice.drift()) == 1


async def test_who_is_erased_is_taken_away_whatever_was_made_of_it_there(practice: Practice) -> None:
    await practice.connect(with_names=True)
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.move(await practice.name(booked), "15:00", "15:30")
    await practice.look()
    await practice.erase()
    await practice.work()
    assert await practice.theirs.events() == []


async def test_events_that_are_not_understood_are_told_and_what_was_seen_before_counts(practice: Practice) -> None:
    await practice.connect()
    await practice.theirs.put("10:00", "10:30")
    await practice.work()
    odd = "odd.ics"
    text = event(odd, at("12:00"), at("12:30"), "Nobody knows when")
    await practice.theirs.write(odd, text.replace("DTSTART:20261201T120000Z", "DTSTART;TZID=Nowhere:20261201T120000"))
    await practice.look()
    pushed = await practice.book("14:00")
    await practice.work()

    assert await practice.trouble() == "NOT_UNDERSTOOD"
    with pytest.raises(RemoteError, match="TIME_TAKEN"):
        await practice.book("10:00")
    assert await practice.name(pushed) in await practice.theirs.texts()

    await practice.theirs.delete(odd)
    await practice.look()
    assert await practice.trouble() == "TROUBLE_UNSPECIFIED"


async def test_nothing_is_asked_for_twice_while_nothing_changes(practice: Practice, line: Line) -> None:
    await practice.connect()
    await practice.book("10:00")
    await practice.theirs.put("12:00", "12:30")
    await practice.work()
    await practice.look()
    asked = len(line.asked)
    await practice.look()
    assert len(line.asked) == asked + 1


async def test_a_token_that_is_forgotten_there_costs_a_look_at_everything(practice: Practice, line: Line) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.delete(await practice.name(booked))
    line.next("REPORT", answers(403))
    await practice.look()
    assert [one.kind for one in await practice.drift()] == [Drift.DELETED]
