"""An organization reads and changes its own appointments; the administrator names whose."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1.appointment_service_pb2 import (
    Appointment,
    CreateAppointmentRequest,
    CreateAppointmentResponse,
    GetAppointmentRequest,
    GetAppointmentResponse,
    ListAppointmentsResponse,
    UpdateAppointmentRequest,
    UpdateAppointmentResponse,
)

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
NOBODY = "00000000-0000-4000-8000-000000000000"
OWN_KEY = {"Authorization": "Bearer key of the clinic"}
ADMIN = {"Authorization": "Bearer the key of the administrator"}


async def list_appointments(room, headers, **params):
    return await room.http.get("/api/appointments", headers=headers, params=params)


async def test_an_organization_sees_its_own(room):
    appointment = Appointment(
        id="a-1",
        calendar_id="c-1",
        service_id="s-1",
        contact_id="p-1",
        patient_name="Odile Ferrant",
        status=Appointment.BOOKED,
    )
    appointment.starts_at.FromDatetime(datetime(2027, 3, 9, 17, 30, tzinfo=UTC))
    appointment.ends_at.FromDatetime(datetime(2027, 3, 9, 18, 0, tzinfo=UTC))
    room.booking.answer = ListAppointmentsResponse(appointments=[appointment], next_page_token="more")
    response = await list_appointments(room, OWN_KEY)
    assert response.json() == {
        "items": [
            {
                "id": "a-1",
                "calendar_id": "c-1",
                "service_id": "s-1",
                "contact_id": "p-1",
                "patient_name": "Odile Ferrant",
                "starts_at": "2027-03-09T17:30:00Z",
                "ends_at": "2027-03-09T18:00:00Z",
                "status": "booked",
                "vapi_call_id": None,
            }
        ],
        "next_cursor": "more",
    }
    assert [heard.tenant for heard in room.booking.heard] == [CLINIC]


async def test_the_last_page_has_no_cursor(room):
    assert (await list_appointments(room, OWN_KEY)).json() == {"items": [], "next_cursor": None}


async def test_limit_and_cursor_reach_booking(room):
    await list_appointments(room, OWN_KEY, limit="7", cursor="more")
    assert (room.booking.heard[0].request.page_size, room.booking.heard[0].request.page_token) == (7, "more")


async def test_a_page_has_fifty_unless_told_otherwise(room):
    await list_appointments(room, OWN_KEY)
    assert room.booking.heard[0].request.page_size == 50


@pytest.mark.parametrize("limit", ["0", "-1", "201", "ten", "", "1.5", "²", "9" * 5000])
async def test_an_impossible_limit_is_a_400(room, limit):
    response = await list_appointments(room, OWN_KEY, limit=limit)
    assert (response.status_code, response.json()["code"]) == (400, "MALFORMED_LIMIT")


async def test_a_cursor_that_booking_did_not_make_is_a_400(room):
    room.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_PAGE_TOKEN")
    response = await list_appointments(room, OWN_KEY, cursor="made up")
    assert (response.status_code, response.json()["code"]) == (400, "MALFORMED_PAGE_TOKEN")


@pytest.mark.parametrize("kind", [Kind.UNAUTHENTICATED, Kind.FORBIDDEN])
async def test_a_service_that_does_not_let_the_gateway_in_is_not_the_clients_mistake(room, kind):
    room.booking.fails = RemoteError(kind, "CALLER_NOT_ALLOWED")
    response = await list_appointments(room, OWN_KEY)
    assert (response.status_code, response.json()["code"]) == (500, "INTERNAL")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic a2V5"},
     {"Authorization": "Bearer nobody's key"}, {"X-Organization-Id": CLINIC}],
)  # fmt: skip
async def test_without_a_live_key_there_is_nothing_to_see(room, headers):
    response = await list_appointments(room, headers)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert room.booking.heard == []


async def test_the_administrator_sees_the_organization_they_name(room):
    await list_appointments(room, ADMIN | {"X-Organization-Id": OTHER_CLINIC})
    assert [heard.tenant for heard in room.booking.heard] == [OTHER_CLINIC]


@pytest.mark.parametrize("named", [{}, {"X-Organization-Id": "everybody"}])
async def test_the_administrator_has_to_name_an_organization(room, named):
    response = await list_appointments(room, ADMIN | named)
    assert (response.status_code, response.json()["code"]) == (400, "ORGANIZATION_NOT_NAMED")


async def test_an_organizations_key_opens_no_other_organization(room):
    response = await list_appointments(room, OWN_KEY | {"X-Organization-Id": OTHER_CLINIC})
    assert (response.status_code, response.json()["code"]) == (404, "ORGANIZATION_NOT_FOUND")
    assert room.booking.heard == []


async def test_an_organization_that_does_not_exist_cannot_be_named(room):
    response = await list_appointments(room, ADMIN | {"X-Organization-Id": NOBODY})
    assert (response.status_code, response.json()["code"]) == (404, "ORGANIZATION_NOT_FOUND")
    assert room.booking.heard == []


async def test_an_organization_may_name_itself(room):
    assert (await list_appointments(room, OWN_KEY | {"X-Organization-Id": CLINIC})).status_code == 200


START = Timestamp()
START.FromJsonString("2027-03-09T17:30:00Z")
APPOINTMENT = Appointment(id=ID, starts_at=START, ends_at=START, status=Appointment.BOOKED)


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({"from": "2027-03-09T17:30:00Z"}, {"starts_from": START}),
        ({"from": "2027-03-09T18:30:00+01:00"}, {"starts_from": START}),
        ({"to": "2027-03-09T17:30:00+00:00"}, {"starts_before": START}),
        ({"calendar_id": ID, "contact_id": OTHER_ID}, {"calendar_id": ID, "contact_id": OTHER_ID}),
        ({"status": "no_show"}, {"status": Appointment.NO_SHOW}),
    ],
)
async def test_appointments_are_chosen_by_time_calendar_contact_and_status(room, params, asked):
    await told(room, "GET", "/api/appointments", **params)
    assert {field.name: value for field, value in heard(room).ListFields() if field.name != "page_size"} == asked


async def test_a_plus_that_nobody_escaped_is_an_offset_all_the_same(room):
    answer = await room.http.get("/api/appointments?from=2027-03-09T18:30:00+01:00", headers=OWN_KEY)
    assert answer.status_code == 200
    assert heard(room).starts_from == START


@pytest.mark.parametrize(
    ("name", "value"),
    [("from", "tomorrow"), ("from", "2027-03-09T17:30:00"), ("from", ""), ("to", "2027-03-09"), ("to", "9" * 5000),
     ("from", "0001-01-01T00:00:00+14:00"), ("to", "\x00"), ("calendar_id", "7"), ("contact_id", ""),
     ("status", "held"), ("status", "")],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_named(room, name, value):
    answer = await ask(room, "GET", "/api/appointments", **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_PARAMETER")
    assert answer.json()["detail"].startswith(f"`{name}`")
    assert room.booking.heard == []


async def test_an_appointment_is_made_of_what_is_sent(room):
    room.booking.answer = CreateAppointmentResponse(appointment=APPOINTMENT)
    sent = {"calendar_id": "c", "service_id": "s", "contact_id": "p", "starts_at": "2027-03-09T18:30:00+01:00"}
    answer = await ask(room, "POST", "/api/appointments", sent)
    assert (answer.status_code, answer.json()["starts_at"]) == (201, "2027-03-09T17:30:00Z")
    assert heard(room) == CreateAppointmentRequest(calendar_id="c", service_id="s", contact_id="p", starts_at=START)


async def test_an_appointment_is_read(room):
    room.booking.answer = GetAppointmentResponse(appointment=APPOINTMENT)
    assert (await told(room, "GET", f"/api/appointments/{ID}"))["id"] == ID
    assert heard(room) == GetAppointmentRequest(id=ID)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({}, {}),
        ({"starts_at": "2027-03-09T17:30:00Z"}, {"starts_at": START}),
        ({"calendar_id": OTHER_ID}, {"calendar_id": OTHER_ID}),
        ({"status": "completed"}, {"status": Appointment.COMPLETED}),
    ],
)
async def test_what_is_named_is_changed_and_nothing_else(room, body, asked):
    room.booking.answer = UpdateAppointmentResponse(appointment=APPOINTMENT)
    await told(room, "PATCH", f"/api/appointments/{ID}", body)
    assert heard(room) == UpdateAppointmentRequest(id=ID, **asked)


async def test_a_deleted_appointment_is_cancelled(room):
    answer = await ask(room, "DELETE", f"/api/appointments/{ID}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert heard(room) == UpdateAppointmentRequest(id=ID, status=Appointment.CANCELLED)


@pytest.mark.parametrize(
    "starts_at", ["2027-03-09T18:30:00", "2027-03-09", "6pm", 7, None, "0001-01-01T00:00:00+14:00"]
)
async def test_a_start_that_is_no_instant_is_named(room, starts_at):
    answer = await ask(room, "PATCH", f"/api/appointments/{ID}", {"starts_at": starts_at})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_FIELD")
    assert "`starts_at`" in answer.json()["detail"]


@pytest.mark.parametrize("reason", ["TIME_TAKEN", "TIME_CLOSED", "TIME_PAST", "TIME_TOO_FAR_AHEAD", "APPOINTMENT_OVER"])
async def test_a_time_that_cannot_be_had_is_a_409_that_says_what_is_possible(room, reason):
    room.booking.fails = RemoteError(Kind.PRECONDITION, reason)
    answer = await ask(room, "PATCH", f"/api/appointments/{ID}", {"starts_at": "2027-03-09T17:30:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (409, reason)
    assert answer.json()["fix"] != "Establish the state, then repeat."
