"""Calendars over HTTP: read whole, changed by what is named."""

import base64
import json

import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import calendar_service_pb2 as calendars

HOURS = {"weekday": 1, "opens": "08:00", "closes": "12:00"}
CLOSURE = {
    "first_day": "2027-12-24",
    "last_day": "2027-12-26",
    "from_time": "12:00",
    "until_time": "24:00",
    "reason": "Holidays",
}
WHOLE_DAY = {"first_day": "2027-05-01", "last_day": "2027-05-01", "from_time": None, "until_time": None, "reason": ""}
OPENING = {"day": "2027-12-31", "opens": "09:00", "closes": "11:00"}
LAKE = {
    "id": ID,
    "name": "Dr. Lake",
    "timezone": "Europe/Berlin",
    "opening_hours": [HOURS],
    "closures": [CLOSURE, WHOLE_DAY],
    "extra_openings": [OPENING],
}


def calendar(calendar_id: str = ID, name: str = "Dr. Lake") -> calendars.Calendar:
    return calendars.Calendar(
        id=calendar_id,
        name=name,
        timezone="Europe/Berlin",
        opening_hours=[calendars.OpeningInterval(**HOURS)],
        closures=[calendars.Closure(**CLOSURE), calendars.Closure(first_day="2027-05-01")],
        extra_openings=[calendars.ExtraOpening(**OPENING)],
    )


async def test_a_calendar_is_made_of_what_is_sent_and_shown_whole(room):
    room.booking.answer = calendars.CreateCalendarResponse(calendar=calendar())
    answer = await ask(room, "POST", "/api/calendars", LAKE)
    assert (answer.status_code, answer.json()) == (201, LAKE)
    asked = heard(room)
    assert (asked.calendar_id, asked.name, asked.timezone) == (ID, "Dr. Lake", "Europe/Berlin")
    assert list(asked.opening_hours) == [calendars.OpeningInterval(**HOURS)]
    assert asked.closures[0] == calendars.Closure(**CLOSURE)
    assert list(asked.extra_openings) == [calendars.ExtraOpening(**OPENING)]


async def test_what_is_shown_can_be_sent_back(room):
    room.booking.answer = calendars.UpdateCalendarResponse(calendar=calendar())
    changed = {name: value for name, value in LAKE.items() if name != "id"}
    assert await told(room, "PATCH", f"/api/calendars/{ID}", changed) == LAKE


async def test_what_is_not_named_is_left_absent(room):
    room.booking.answer = calendars.UpdateCalendarResponse(calendar=calendar())
    await told(room, "PATCH", f"/api/calendars/{ID}", {"name": "Dr. Sea"})
    assert heard(room) == calendars.UpdateCalendarRequest(id=ID, name="Dr. Sea")


@pytest.mark.parametrize("field", ["opening_hours", "closures", "extra_openings"])
async def test_an_empty_list_is_a_change(room, field):
    room.booking.answer = calendars.UpdateCalendarResponse(calendar=calendar())
    await told(room, "PATCH", f"/api/calendars/{ID}", {field: []})
    assert [name.name for name, _ in heard(room).ListFields()] == ["id", field]


async def test_a_closure_is_added_to_those_there_are(room):
    room.booking.answer = calendars.AddClosureResponse(calendar=calendar())
    answer = await ask(room, "POST", f"/api/calendars/{ID}/closures", CLOSURE)
    assert (answer.status_code, answer.json()) == (201, LAKE)
    assert heard(room) == calendars.AddClosureRequest(calendar_id=ID, closure=calendars.Closure(**CLOSURE))


async def test_an_extra_opening_is_added_to_those_there_are(room):
    room.booking.answer = calendars.AddExtraOpeningResponse(calendar=calendar())
    answer = await ask(room, "POST", f"/api/calendars/{ID}/extra-openings", OPENING)
    assert (answer.status_code, answer.json()) == (201, LAKE)
    opening = calendars.ExtraOpening(**OPENING)
    assert heard(room) == calendars.AddExtraOpeningRequest(calendar_id=ID, extra_opening=opening)


async def test_what_was_said_of_a_day_is_taken_back(room):
    room.booking.answer = calendars.ResetDayResponse(calendar=calendar())
    assert await told(room, "DELETE", f"/api/calendars/{ID}/days/2027-12-24") == LAKE
    assert heard(room) == calendars.ResetDayRequest(calendar_id=ID, day="2027-12-24")


async def test_one_is_found_among_all(room):
    both = [calendar(OTHER_ID, "Dr. Adler"), calendar()]
    room.booking.answer = calendars.ListCalendarsResponse(calendars=both)
    assert await told(room, "GET", f"/api/calendars/{ID}") == LAKE


async def test_one_that_is_not_there_is_a_404(room):
    room.booking.answer = calendars.ListCalendarsResponse(calendars=[calendar(OTHER_ID)])
    answer = await ask(room, "GET", f"/api/calendars/{ID}")
    assert (answer.status_code, answer.json()["code"]) == (404, "CALENDAR_NOT_FOUND")


async def test_a_deleted_calendar_leaves_nothing_to_say(room):
    answer = await ask(room, "DELETE", f"/api/calendars/{ID}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert heard(room) == calendars.DeleteCalendarRequest(id=ID)


async def test_a_calendar_with_appointments_to_come_is_kept_and_it_is_said_what_to_do(room):
    room.booking.fails = RemoteError(Kind.PRECONDITION, "CALENDAR_IN_USE")
    answer = await ask(room, "DELETE", f"/api/calendars/{ID}")
    assert (answer.status_code, answer.json()["code"]) == (409, "CALENDAR_IN_USE")
    assert "cancel" in answer.json()["fix"]


async def test_the_field_that_booking_names_is_named(room):
    room.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_CLOSURE", field="extra_openings")
    answer = await ask(room, "PATCH", f"/api/calendars/{ID}", {"extra_openings": [OPENING]})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_CLOSURE")
    assert "`extra_openings`" in answer.json()["detail"]


async def pages(room, limit: int) -> list[list[str]]:
    """Names, page by page."""
    found, cursor = [], ""
    while cursor is not None:
        page = await told(room, "GET", "/api/calendars", limit=str(limit), cursor=cursor)
        found.append([item["name"] for item in page["items"]])
        cursor = page["next_cursor"]
    return found


async def test_pages_follow_one_another_by_name_without_gap_or_repetition(room):
    several = [calendar(ID, "B"), calendar(OTHER_ID, "B"), calendar(ID, "C"), calendar(ID, "A")]
    room.booking.answer = calendars.ListCalendarsResponse(calendars=several)
    assert await pages(room, 2) == [["A", "B"], ["B", "C"]]
    assert await pages(room, 3) == [["A", "B", "B"], ["C"]]
    assert await pages(room, 4) == [["A", "B", "B", "C"]]


async def test_a_page_goes_on_where_the_last_item_was_deleted(room):
    room.booking.answer = calendars.ListCalendarsResponse(calendars=[calendar(ID, "A"), calendar(ID, "B")])
    cursor = (await told(room, "GET", "/api/calendars", limit="1"))["next_cursor"]
    room.booking.answer = calendars.ListCalendarsResponse(calendars=[calendar(ID, "B")])
    page = await told(room, "GET", "/api/calendars", limit="1", cursor=cursor)
    assert [item["name"] for item in page["items"]] == ["B"]


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["made up", "é", "\x00", encoded(7), encoded([]), encoded(["a"]), encoded(["a", 7]), encoded({"a": 1}),
     encoded(["a", "b", "c"]), base64.urlsafe_b64encode(b"[" * 5000).decode()],
)  # fmt: skip
async def test_a_cursor_that_is_none_is_a_400(room, cursor):
    answer = await ask(room, "GET", "/api/calendars", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_PAGE_TOKEN")


@pytest.mark.parametrize("limit", ["0", "201", "ten"])
async def test_an_impossible_limit_is_a_400(room, limit):
    answer = await ask(room, "GET", "/api/calendars", limit=limit)
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_LIMIT")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"opening_hours": [HOURS | {"weekday": 0}]}, "opening_hours[0].weekday"),
        ({"opening_hours": [HOURS | {"weekday": 10**30}]}, "opening_hours[0].weekday"),
        ({"opening_hours": {"1": "08:00"}}, "opening_hours"),
        ({"closures": [{"from_time": "12:00"}]}, "closures[0].first_day"),
        ({"closures": [CLOSURE | {"colour": "red"}]}, "closures[0].colour"),
        ({"extra_openings": [OPENING | {"day": 7}]}, "extra_openings[0].day"),
        ({"name": None}, "name"),
    ],
)
async def test_a_field_that_cannot_be_is_named_and_the_form_shown(room, body, field):
    answer = await ask(room, "PATCH", f"/api/calendars/{ID}", body)
    assert answer.status_code == 400
    assert f"`{field}`" in answer.json()["detail"]
    assert "opening_hours" in answer.json()["fix"]
    assert room.booking.heard == []
