"""Connections, as staff make, see and end them."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from booking.caldav.collections import CaldavCollections
from booking.domain.outside.keep_in_step import KeepInStep
from booking.ics.reach import PUBLIC, CheckedTransport
from booking.store.mirrors import MirrorStore
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.errors import RemoteError
from chassis.outside.carrier import NotReachable
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.caldav.conftest import here
from services.booking.tests.caldav.faults import Carry, Line, answers
from services.booking.tests.caldav.practice import Practice, at, busy
from services.booking.tests.caldav.radicale import PASSWORD, USER, Radicale
from switchboard.booking.v1 import caldav_service_pb2 as caldav_pb2

NOBODY = "5f0c2b1e-0000-4000-8000-000000000000"


async def test_a_connection_is_shown_without_its_password(practice: Practice) -> None:
    made = await practice.connect(with_names=True)
    assert (made.calendar_id, made.url, made.username) == (practice.calendar_id, practice.theirs.url, USER)
    assert made.with_names
    assert not made.HasField("looked_at")
    assert not made.HasField("pushed_at")
    assert await practice.connected() == made
    got = await practice.dav("GetConnection", caldav_pb2.GetConnectionRequest(id=made.id))
    assert got.connection == made
    assert PASSWORD not in str(made)

    await practice.work()
    assert (await practice.connected()).looked_at.seconds == practice.clock.now.timestamp()


async def test_its_password_is_sealed(practice: Practice, service_database: ServiceDatabase) -> None:
    await practice.connect()
    connection = await asyncpg.connect(service_database.superuser_url)
    row = await connection.fetchrow("SELECT * FROM booking.caldav_connections WHERE org_id = $1", practice.tenant)
    await connection.close()
    assert PASSWORD.encode() not in bytes(row["sealed_password"])
    assert PASSWORD not in str(row)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("url", {"url": "http://calendars.example/lake/"}),
        ("url", {"url": "webcal://calendars.example/lake/"}),
        ("url", {"url": "https://lake:secret@calendars.example/lake/"}),
        ("url", {"url": "https://calendars.example/lake/?key=secret"}),
        ("url", {"url": ""}),
        ("username", {"username": ""}),
        ("username", {"username": "lake:secret"}),
        ("password", {"password": ""}),
        ("password", {"password": "two\nlines"}),
        ("password", {"password": "x" * 1_001}),
    ],
)
async def test_what_cannot_be_asked_is_refused(practice: Practice, field: str, values: dict[str, str]) -> None:
    with pytest.raises(RemoteError, match="MALFORMED_CONNECTION") as refused:
        await practice.connect(**values)
    assert refused.value.metadata == {"field": field}


async def test_an_address_is_a_collections_with_or_without_its_slash(practice: Practice) -> None:
    made = await practice.connect(url=practice.theirs.url.rstrip("/"))
    assert made.url == practice.theirs.url


async def test_a_calendar_is_connected_to_one_outside_once(practice: Practice) -> None:
    await practice.connect()
    with pytest.raises(RemoteError, match="MALFORMED_CONNECTION"):
        await practice.connect()


async def test_a_calendar_has_five_connections_at_most(practice: Practice) -> None:
    for number in range(5):
        await practice.connect(url=f"https://calendars.example/{number}/")
    with pytest.raises(RemoteError, match="TOO_MANY_CONNECTIONS"):
        await practice.connect()


async def test_who_disconnects_has_everything_of_ours_taken_away_there_and_nothing_of_theirs(
    practice: Practice,
) -> None:
    made = await practice.connect()
    moved = await practice.book("10:00")
    await practice.book("11:00")
    await practice.theirs.put("15:00", "15:30")
    await practice.work()
    await practice.theirs.move(await practice.name(moved), "16:00", "16:30")

    await practice.dav("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=made.id))
    assert (await practice.connected()).ending
    await practice.book("15:00")
    await practice.work()

    assert [title for *_, title in await practice.theirs.events()] == ["Lunch"]
    with pytest.raises(RemoteError, match="CONNECTION_NOT_FOUND"):
        await practice.dav("GetConnection", caldav_pb2.GetConnectionRequest(id=made.id))


async def test_who_disconnects_while_it_cannot_be_reached_sees_it_end_later(practice: Practice, line: Line) -> None:
    made = await practice.connect()
    await practice.book("10:00")
    await practice.work()
    line.next("DELETE", answers(500))
    await practice.dav("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=made.id))
    await practice.work()
    told = await practice.connected()
    assert (told.ending, told.waiting, await practice.trouble()) == (True, 1, "BROKEN")
    await practice.look()
    assert await practice.theirs.events() == []


async def test_who_leaves_the_events_there_is_rid_of_the_connection_at_once(practice: Practice) -> None:
    made = await practice.connect()
    await practice.book("10:00")
    await practice.theirs.put("15:00", "15:30")
    await practice.work()
    await practice.dav("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=made.id, leave_events=True))
    await practice.book("15:00")
    await practice.work()
    assert [title for *_, title in await practice.theirs.events()] == ["Busy", "Lunch"]


async def test_events_that_were_left_there_keep_nothing_busy_when_it_is_connected_again(practice: Practice) -> None:
    made = await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.dav("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=made.id, leave_events=True))
    await practice.connect()
    await practice.work()
    assert await practice.conflicts() == []
    await practice.change(booked, time="10:15")


async def test_who_disconnects_what_nothing_was_pushed_to_is_rid_of_it(practice: Practice) -> None:
    made = await practice.connect()
    await practice.work()
    await practice.dav("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=made.id))
    await practice.work()
    with pytest.raises(RemoteError, match="CONNECTION_NOT_FOUND"):
        await practice.dav("GetConnection", caldav_pb2.GetConnectionRequest(id=made.id))


async def test_a_calendar_that_is_not_there_is_told(practice: Practice) -> None:
    await practice.connect(url=practice.theirs.url.replace("/lake/", "/lake/no-"))
    await practice.book("10:00")
    await practice.work()
    assert await practice.trouble() in {"NO_CALENDAR", "EVENT_REFUSED"}
    await practice.look()
    assert await practice.trouble() == "NO_CALENDAR"


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(401, "DENIED"), (403, "FORBIDDEN"), (302, "NO_CALENDAR"), (404, "NO_CALENDAR"), (502, "BROKEN"), (207, "BROKEN")],
)
async def test_what_is_wrong_is_named(practice: Practice, line: Line, status: int, trouble: str) -> None:
    for method in ("PROPFIND", "REPORT"):
        line.always(method, "", answers(status))
    await practice.connect()
    await practice.work()
    assert await practice.trouble() == trouble


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (httpx.ConnectError("https://calendars.example/lake/"), "UNREACHABLE"),
        (httpx.RemoteProtocolError("https://calendars.example/lake/"), "UNREACHABLE"),
        (ssl.SSLError(), "UNREACHABLE"),
        (httpx.ReadTimeout("https://calendars.example/lake/"), "TOO_SLOW"),
        (NotReachable(), "ADDRESS_NOT_PUBLIC"),
    ],
)
async def test_what_keeps_us_from_it_is_named(practice: Practice, line: Line, error: Exception, trouble: str) -> None:
    async def fault(_request: httpx.Request, _carry: Carry) -> httpx.Response:
        raise error

    line.always("REPORT", "", fault)
    await practice.connect()
    await practice.work()
    assert await practice.trouble() == trouble


async def test_a_calendar_is_asked_at_a_public_address_alone(
    practice: Practice, database: Database, sealer: Sealer, server: Radicale, line: Line
) -> None:
    await practice.connect()
    await practice.book("10:00")
    public = CaldavCollections(lambda: CheckedTransport(PUBLIC, resolve=here, trust=server.trust))
    await KeepInStep(MirrorStore(database, sealer), public, practice.clock).work_all_due()
    assert await practice.trouble() == "ADDRESS_NOT_PUBLIC"
    assert await practice.theirs.events() == []


async def test_an_answer_that_never_ends_is_not_read_to_its_end_and_pushing_goes_on(
    practice: Practice, line: Line
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(64 * 1024)

    async def fault(_request: httpx.Request, _carry: Carry) -> httpx.Response:
        return httpx.Response(207, content=endless())

    line.always("REPORT", "calendar-query", fault)
    await practice.connect()
    await practice.book("10:00")
    await practice.work()
    assert await practice.trouble() == "TOO_LARGE"
    assert await practice.theirs.events() == [busy("10:00")]
    assert read < 100


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("GetConnection", caldav_pb2.GetConnectionRequest(id=NOBODY), "CONNECTION_NOT_FOUND"),
        ("GetConnection", caldav_pb2.GetConnectionRequest(id="none"), "CONNECTION_NOT_FOUND"),
        ("ReplacePassword", caldav_pb2.ReplacePasswordRequest(id=NOBODY, password="x"), "CONNECTION_NOT_FOUND"),
        ("DisconnectCalendar", caldav_pb2.DisconnectCalendarRequest(id=NOBODY), "CONNECTION_NOT_FOUND"),
        (
            "DisconnectCalendar",
            caldav_pb2.DisconnectCalendarRequest(id=NOBODY, leave_events=True),
            "CONNECTION_NOT_FOUND",
        ),
        (
            "PutBack",
            caldav_pb2.PutBackRequest(connection_id=NOBODY, appointment_id=NOBODY),
            "CONNECTION_NOT_FOUND",
        ),
        (
            "ConnectCalendar",
            caldav_pb2.ConnectCalendarRequest(calendar_id=NOBODY, url="https://a.example/", username="a", password="b"),
            "CALENDAR_NOT_FOUND",
        ),
        ("ListConnections", caldav_pb2.ListConnectionsRequest(calendar_id="none"), "CALENDAR_NOT_FOUND"),
        ("ListDrift", caldav_pb2.ListDriftRequest(page_token="none"), "MALFORMED_PAGE_TOKEN"),
    ],
)
async def test_what_is_not_there_is_said_so(practice: Practice, method: str, request_: Any, reason: str) -> None:
    with pytest.raises(RemoteError, match=reason):
        await practice.dav(method, request_)


async def test_what_was_never_pushed_cannot_be_put_back(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    with pytest.raises(RemoteError, match="APPOINTMENT_NOT_FOUND"):
        await practice.put_back(booked)


async def test_drift_is_listed_in_pages_by_start(practice: Practice) -> None:
    await practice.connect()
    booked = [await practice.book(time) for time in ("12:00", "10:00", "11:00")]
    await practice.work()
    for one in booked:
        await practice.theirs.delete(await practice.name(one))
    await practice.look()

    first = await practice.dav("ListDrift", caldav_pb2.ListDriftRequest(page_size=2))
    rest = await practice.dav(
        "ListDrift",
        caldav_pb2.ListDriftRequest(calendar_id=practice.calendar_id, page_size=2, page_token=first.next_page_token),
    )

    assert [one.appointment_id for one in (*first.drift, *rest.drift)] == [booked[1], booked[2], booked[0]]
    assert rest.next_page_token == ""
    elsewhere = caldav_pb2.ListDriftRequest(calendar_id=practice.other_calendar_id)
    assert list((await practice.dav("ListDrift", elsewhere)).drift) == []


async def test_what_is_over_is_no_drift(practice: Practice) -> None:
    await practice.connect()
    booked = await practice.book("10:00")
    await practice.work()
    await practice.theirs.delete(await practice.name(booked))
    await practice.look()
    practice.clock.move(at("10:30") - practice.clock.now)
    assert await practice.drift() == []
