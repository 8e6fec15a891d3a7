"""Services over HTTP: read whole, changed by what is named."""

import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import calendar_service_pb2 as calendars

CLEANING = {
    "id": ID,
    "name": "Cleaning",
    "duration_minutes": 45,
    "step_minutes": 20,
    "buffer_before_minutes": 5,
    "buffer_after_minutes": 10,
    "lead_time_minutes": 60,
    "horizon_days": 90,
    "default_service": True,
    "synonyms": ["hygiene", "polish"],
    "calendar_ids": [OTHER_ID],
}
SERVICE = calendars.Service(**CLEANING)


async def test_a_service_is_made_of_what_is_sent_and_shown_whole(room):
    room.booking.answer = calendars.CreateServiceResponse(service=SERVICE)
    answer = await ask(room, "POST", "/api/services", CLEANING)
    assert (answer.status_code, answer.json()) == (201, CLEANING)
    assert heard(room).service == SERVICE


async def test_a_name_and_a_duration_make_a_service(room):
    room.booking.answer = calendars.CreateServiceResponse(service=SERVICE)
    await told(room, "POST", "/api/services", {"name": "Check-up", "duration_minutes": 30})
    expected = calendars.Service(name="Check-up", duration_minutes=30, step_minutes=15, horizon_days=180)
    assert heard(room).service == expected


@pytest.mark.parametrize("field", [name for name in CLEANING if name != "id"])
async def test_what_is_named_is_changed_and_nothing_else(room, field):
    room.booking.answer = calendars.UpdateServiceResponse(service=SERVICE)
    assert await told(room, "PATCH", f"/api/services/{ID}", {field: CLEANING[field]}) == CLEANING
    assert [name.name for name, _ in heard(room).ListFields()] == ["id", field]


@pytest.mark.parametrize(
    ("field", "nothing"),
    [("buffer_after_minutes", 0), ("default_service", False), ("synonyms", []), ("calendar_ids", [])],
)
async def test_nothing_is_a_change_too(room, field, nothing):
    room.booking.answer = calendars.UpdateServiceResponse(service=SERVICE)
    await told(room, "PATCH", f"/api/services/{ID}", {field: nothing})
    assert heard(room).HasField(field)


async def test_one_is_found_among_all(room):
    room.booking.answer = calendars.ListServicesResponse(services=[calendars.Service(id=OTHER_ID), SERVICE])
    assert await told(room, "GET", f"/api/services/{ID}") == CLEANING


async def test_one_that_is_not_there_is_a_404(room):
    room.booking.answer = calendars.ListServicesResponse()
    answer = await ask(room, "GET", f"/api/services/{ID}")
    assert (answer.status_code, answer.json()["code"]) == (404, "SERVICE_NOT_FOUND")


async def test_services_are_listed_by_name(room):
    several = [calendars.Service(id=ID, name=name) for name in ("Filling", "Cleaning")]
    room.booking.answer = calendars.ListServicesResponse(services=several)
    page = await told(room, "GET", "/api/services")
    assert [item["name"] for item in page["items"]] == ["Cleaning", "Filling"]


async def test_a_deleted_service_leaves_nothing_to_say(room):
    answer = await ask(room, "DELETE", f"/api/services/{ID}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert heard(room) == calendars.DeleteServiceRequest(id=ID)


@pytest.mark.parametrize("impossible", [-1, 2**31, 1.5, "30", None, True])
async def test_a_figure_that_no_message_can_carry_is_named(room, impossible):
    answer = await ask(room, "PATCH", f"/api/services/{ID}", {"duration_minutes": impossible})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_FIELD")
    assert "`duration_minutes`" in answer.json()["detail"]
    assert room.booking.heard == []


async def test_a_figure_that_no_service_can_have_is_named(room):
    room.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_SERVICE", field="horizon_days")
    answer = await ask(room, "PATCH", f"/api/services/{ID}", {"horizon_days": 5000})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_SERVICE")
    assert "`horizon_days`" in answer.json()["detail"]
