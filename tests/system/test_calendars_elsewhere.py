"""Calendars elsewhere on a running set: ours read by others, theirs kept in step by ours, with what callers book."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import vobject

from services.booking.tests.caldav.radicale import PASSWORD, USER, Radicale, TheirCalendar, event, radicale
from tests.system.administering import Desk
from tests.system.running import PATIENCE_SECONDS, Running, running_set
from tests.system.test_booking_administration import Practice

SECONDS = PATIENCE_SECONDS
"""How long what happens in the background is waited for."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A running set that may look at this machine's addresses, and a calendar server there."""

    running: Running
    server: Radicale


@pytest.fixture(scope="module")
def neighbourhood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    folder = tmp_path_factory.mktemp("radicale")
    trusted = {"SSL_CERT_FILE": str(folder / "certificate"), "ALLOW_PRIVATE_CALENDARS_OUTSIDE": "true"}
    with radicale(folder) as server, running_set(tmp_path_factory.mktemp("elsewhere") / "home", **trusted) as running:
        yield Neighbourhood(running, server)


@pytest.fixture
async def practice(neighbourhood: Neighbourhood) -> AsyncIterator[Practice]:
    stack = neighbourhood.running.stack
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        practice = Practice(Desk(http, stack.gateway_url, stack.admin_key), neighbourhood.running)
        await practice.open()
        yield practice


async def eventually(told: Callable[[], Awaitable[Any]], expected: Callable[[Any], bool]) -> Any:
    """What is told once it is as expected."""
    last = None
    try:
        async with asyncio.timeout(SECONDS):
            while not expected(last := await told()):
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"after {SECONDS} s it was still {last}")
    return last


def at(practice: Practice, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(practice.at(hour, minute)).astimezone(UTC)


async def connect(practice: Practice, neighbourhood: Neighbourhood, theirs: TheirCalendar) -> dict[str, Any]:
    body = {
        "url": f"https://localhost:{neighbourhood.server.port}{theirs.path}",
        "username": USER,
        "password": PASSWORD,
    }
    path = f"/api/calendars/{practice.calendar['id']}/connections"
    made: dict[str, Any] = await practice.told("POST", path, body)
    return made


async def test_what_a_caller_books_is_pushed_and_what_is_busy_there_is_not_booked(
    practice: Practice, neighbourhood: Neighbourhood
) -> None:
    theirs = await neighbourhood.server.calendar()
    lunch = (at(practice, 9), at(practice, 10), "Lunch")
    await theirs.write("lunch.ics", event("lunch", *lunch))
    made = await connect(practice, neighbourhood, theirs)
    await eventually(
        lambda: practice.told("GET", f"/api/connections/{made['id']}"), lambda told: told["looked_at"] is not None
    )

    refused = await practice.book(9)
    booking = {"appointmentDate": str(practice.day), "appointmentTime": "10:00", "patientName": "Ben Sample"}
    heard = await practice.call("bookClinicAppointment", **booking)

    assert (refused.status_code, refused.json()["code"]) == (409, "TIME_TAKEN")
    assert "10 AM" in heard
    pushed = (at(practice, 10), at(practice, 10, 30), "Busy")
    await eventually(theirs.events, lambda events: events == [lunch, pushed])
    (appointment,) = (await practice.told("GET", "/api/appointments"))["items"]
    assert (await practice.ask("DELETE", f"/api/appointments/{appointment['id']}")).status_code == 204
    await eventually(theirs.events, lambda events: events == [lunch])


async def test_what_was_deleted_there_is_told_and_put_back(practice: Practice, neighbourhood: Neighbourhood) -> None:
    theirs = await neighbourhood.server.calendar()
    appointment = {"appointment_id": (await practice.book(10)).json()["id"]}
    made = await connect(practice, neighbourhood, theirs)
    one, drift = f"/api/connections/{made['id']}", f"/api/calendars/{practice.calendar['id']}/drift"
    await eventually(lambda: practice.told("GET", one), lambda told: told["pushed_at"] is not None)
    (name,) = await theirs.texts()
    await theirs.delete(name)

    # Nobody has looked there since: what was done to it is told first, and undone by who was told.
    assert (await practice.ask("POST", f"{one}/put-back", appointment)).status_code == 204
    listed = await eventually(lambda: practice.told("GET", drift), lambda listed: listed["items"] != [])
    (told,) = listed["items"]
    assert (told["kind"], told["connection_id"], told["outside_starts_at"]) == ("deleted", made["id"], None)
    assert (await practice.ask("POST", f"{one}/put-back", appointment)).status_code == 204

    await eventually(theirs.events, lambda events: [one[0] for one in events] == [at(practice, 10)])
    assert (await practice.told("GET", drift))["items"] == []


async def test_a_wrong_password_is_told_and_another_one_helps_and_neither_is_written_down(
    practice: Practice, neighbourhood: Neighbourhood
) -> None:
    theirs = await neighbourhood.server.calendar()
    path = f"/api/calendars/{practice.calendar['id']}/connections"
    wrong = "a password that is none"
    url = f"https://localhost:{neighbourhood.server.port}{theirs.path}"
    made = await practice.told("POST", path, {"url": url, "username": USER, "password": wrong})
    one = f"/api/connections/{made['id']}"
    await eventually(lambda: practice.told("GET", one), lambda told: told["trouble"] == "denied")

    await practice.told("PATCH", one, {"password": PASSWORD})

    await eventually(lambda: practice.told("GET", one), lambda told: told["trouble"] is None and told["looked_at"])
    logs = {file.name: file.read_text() for file in (neighbourhood.running.home.path / "logs").iterdir()}
    assert "calendar.connected" in "".join(logs.values())
    assert [name for name, log in logs.items() if wrong in log or PASSWORD in log] == []


async def test_a_connection_that_ends_takes_away_what_was_pushed_and_nothing_else(
    practice: Practice, neighbourhood: Neighbourhood
) -> None:
    theirs = await neighbourhood.server.calendar()
    lunch = (at(practice, 9), at(practice, 10), "Lunch")
    await theirs.write("lunch.ics", event("lunch", *lunch))
    await practice.book(10)
    made = await connect(practice, neighbourhood, theirs)
    await eventually(theirs.events, lambda events: len(events) == 2)

    assert (await practice.ask("DELETE", f"/api/connections/{made['id']}")).status_code == 204

    await eventually(theirs.events, lambda events: events == [lunch])
    path = f"/api/calendars/{practice.calendar['id']}/connections"
    await eventually(lambda: practice.told("GET", path), lambda told: told["items"] == [])
    assert (await practice.book(9)).status_code == 201


async def test_a_feed_is_understood_by_a_reader_that_is_not_ours(practice: Practice) -> None:
    path = f"/api/calendars/{practice.calendar['id']}/feeds"
    feed = await practice.told("POST", path, {"with_names": True})
    appointment = (await practice.book(10)).json()

    answer = await practice.desk.http.get(feed["url"])

    (told,) = vobject.readOne(answer.text).vevent_list
    assert told.dtstart.value == at(practice, 10)
    assert told.dtend.value - told.dtstart.value == timedelta(minutes=30)
    assert told.summary.value == "Odile Ferrant: Cleaning"
    for tags in ("*", answer.headers["etag"]):
        again = await practice.desk.http.get(feed["url"], headers={"If-None-Match": tags})
        assert (again.status_code, again.content) == (304, b"")
    await practice.ask("DELETE", f"/api/appointments/{appointment['id']}")
    assert "VEVENT" not in (await practice.desk.http.get(feed["url"])).text
    assert (await practice.ask("DELETE", f"/api/feeds/{feed['id']}")).status_code == 204
    assert (await practice.desk.http.get(feed["url"])).status_code == 404
