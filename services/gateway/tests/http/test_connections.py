"""Connections to calendars outside, over HTTP: a password goes in, and never comes out."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import caldav_service_pb2 as pb

URL, PASSWORD = "https://dav.example/lake/", "app-specific-5f3a"
AT, LATER = Timestamp(seconds=1_804_000_000), Timestamp(seconds=1_804_000_090)
CONNECTION = pb.CalendarConnection(
    id=OTHER_ID,
    calendar_id=ID,
    url=URL,
    username="lake",
    with_names=True,
    created_at=AT,
    pushed_at=LATER,
    waiting=2,
    trouble=pb.CalendarConnection.DENIED,
)
TOLD = {
    "id": OTHER_ID,
    "calendar_id": ID,
    "url": URL,
    "username": "lake",
    "with_names": True,
    "created_at": "2027-03-02T15:06:40Z",
    "pushed_at": "2027-03-02T15:08:10Z",
    "looked_at": None,
    "waiting": 2,
    "trouble": "denied",
    "ending": False,
}
WELL = pb.CalendarConnection(id=OTHER_ID, calendar_id=ID, looked_at=LATER, ending=True)


async def test_a_calendar_is_connected_and_the_password_is_not_told(room):
    room.booking.answer = pb.ConnectCalendarResponse(connection=CONNECTION)
    new = {"url": URL, "username": "lake", "password": PASSWORD, "with_names": True}
    answer = await ask(room, "POST", f"/api/calendars/{ID}/connections", new)
    assert (answer.status_code, answer.json()) == (201, TOLD)
    assert heard(room) == pb.ConnectCalendarRequest(calendar_id=ID, **new)


@pytest.mark.parametrize("missing", ["url", "username", "password"])
async def test_what_a_connection_needs_is_asked_for(room, missing):
    new = {"url": URL, "username": "lake", "password": PASSWORD}
    del new[missing]
    answer = await ask(room, "POST", f"/api/calendars/{ID}/connections", new)
    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_FIELD")
    assert missing in answer.json()["detail"]
    assert PASSWORD not in answer.text
    assert room.booking.heard == []


async def test_a_refused_connection_names_the_field_and_tells_nothing_of_what_stood_there(room):
    room.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_CONNECTION", field="url")
    new = {"url": f"https://lake:{PASSWORD}@dav.example/", "username": "lake", "password": PASSWORD}
    answer = await ask(room, "POST", f"/api/calendars/{ID}/connections", new)
    assert (answer.status_code, answer.json()["detail"]) == (400, "`url` cannot be used.")
    assert PASSWORD not in answer.text


async def test_connections_are_listed_and_one_is_shown(room):
    room.booking.answer = pb.ListConnectionsResponse(connections=[CONNECTION, WELL])
    listed = (await told(room, "GET", f"/api/calendars/{ID}/connections"))["items"]
    assert listed[0] == TOLD
    assert (listed[1]["trouble"], listed[1]["ending"], listed[1]["pushed_at"]) == (None, True, None)
    assert heard(room) == pb.ListConnectionsRequest(calendar_id=ID)
    room.booking.reset()
    room.booking.answer = pb.GetConnectionResponse(connection=CONNECTION)
    assert await told(room, "GET", f"/api/connections/{OTHER_ID}") == TOLD
    assert heard(room) == pb.GetConnectionRequest(id=OTHER_ID)


async def test_a_password_is_replaced(room):
    room.booking.answer = pb.ReplacePasswordResponse(connection=CONNECTION)
    assert await told(room, "PATCH", f"/api/connections/{OTHER_ID}", {"password": PASSWORD}) == TOLD
    assert heard(room) == pb.ReplacePasswordRequest(id=OTHER_ID, password=PASSWORD)


@pytest.mark.parametrize(("asked", "leave"), [({}, False), ({"leave_events": "true"}, True)])
async def test_a_calendar_is_disconnected_and_what_was_pushed_goes_unless_it_shall_stay(room, asked, leave):
    room.booking.answer = pb.DisconnectCalendarResponse()
    answer = await ask(room, "DELETE", f"/api/connections/{OTHER_ID}", **asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert heard(room) == pb.DisconnectCalendarRequest(id=OTHER_ID, leave_events=leave)


async def test_an_appointment_that_was_changed_outside_is_listed_and_put_back(room):
    drift = pb.Drift(
        connection_id=OTHER_ID,
        appointment_id=ID,
        calendar_id=ID,
        starts_at=AT,
        ends_at=LATER,
        kind=pb.Drift.DELETED,
        noticed_at=LATER,
    )
    room.booking.answer = pb.ListDriftResponse(drift=[drift], next_page_token="next")
    assert await told(room, "GET", f"/api/calendars/{ID}/drift", limit="1", cursor="here") == {
        "items": [
            {
                "connection_id": OTHER_ID,
                "appointment_id": ID,
                "calendar_id": ID,
                "starts_at": "2027-03-02T15:06:40Z",
                "ends_at": "2027-03-02T15:08:10Z",
                "kind": "deleted",
                "outside_starts_at": None,
                "outside_ends_at": None,
                "noticed_at": "2027-03-02T15:08:10Z",
            }
        ],
        "next_cursor": "next",
    }
    assert heard(room) == pb.ListDriftRequest(calendar_id=ID, page_size=1, page_token="here")
    room.booking.reset()
    room.booking.answer = pb.PutBackResponse()
    assert await told(room, "POST", f"/api/connections/{OTHER_ID}/put-back", {"appointment_id": ID}) is None
    assert heard(room) == pb.PutBackRequest(connection_id=OTHER_ID, appointment_id=ID)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_what_is_no_id_is_nobodys_connection(room, method):
    answer = await ask(room, method, "/api/connections/x", {"password": PASSWORD} if method == "PATCH" else None)
    assert answer.status_code == 404
    assert room.booking.heard == []
