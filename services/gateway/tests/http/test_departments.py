"""Departments over HTTP: read whole, changed by what is named."""

import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import CLINIC, ID, ask, told
from switchboard.assistants.v1 import department_service_pb2 as departments

BILLING = {
    "name": "Billing",
    "number": "+14155550101",
    "synonyms": ["accounts", "invoices"],
    "description": "Invoices and insurance",
    "default_department": True,
    "announced": True,
}
DEPARTMENT = departments.Department(id=ID, **BILLING)
SHOWN = BILLING | {
    "id": ID,
    "sip_uri": None,
    "created_at": "1970-01-01T00:00:00Z",
    "updated_at": "1970-01-01T00:00:00Z",
}


def heard(room):
    [(tenant, request)] = room.assistant_sync.heard
    assert tenant == CLINIC
    return request


async def test_a_department_is_made_of_what_is_sent_and_shown_whole(room):
    room.assistant_sync.answer = departments.CreateDepartmentResponse(department=DEPARTMENT)

    answer = await ask(room, "POST", "/api/departments", {**BILLING, "id": ID})

    assert (answer.status_code, answer.json()) == (201, SHOWN)
    assert heard(room).department == DEPARTMENT


@pytest.mark.parametrize("field", [*BILLING, "sip_uri"])
async def test_what_is_named_is_changed_and_nothing_else(room, field):
    room.assistant_sync.answer = departments.UpdateDepartmentResponse(department=DEPARTMENT)
    value = BILLING.get(field, "sip:billing@voice.example")

    assert await told(room, "PATCH", f"/api/departments/{ID}", {field: value}) == SHOWN
    assert [name.name for name, _ in heard(room).ListFields()] == ["id", field]


@pytest.mark.parametrize(("field", "nothing"), [("synonyms", []), ("default_department", False), ("description", "")])
async def test_nothing_is_a_change_too(room, field, nothing):
    room.assistant_sync.answer = departments.UpdateDepartmentResponse(department=DEPARTMENT)

    await told(room, "PATCH", f"/api/departments/{ID}", {field: nothing})

    assert heard(room).HasField(field)


async def test_departments_are_listed_by_name_in_pages(room):
    listed = [departments.Department(id=ID, name=name) for name in ("Lab", "Billing", "Desk")]
    room.assistant_sync.answer = departments.ListDepartmentsResponse(departments=listed)

    first = await told(room, "GET", "/api/departments", limit="2")
    second = await told(room, "GET", "/api/departments", limit="2", cursor=first["next_cursor"])

    assert [one["name"] for one in (*first["items"], *second["items"])] == ["Billing", "Desk", "Lab"]
    assert second["next_cursor"] is None


async def test_one_is_read_and_deleted_by_its_id(room):
    room.assistant_sync.answer = departments.GetDepartmentResponse(department=DEPARTMENT)
    assert await told(room, "GET", f"/api/departments/{ID}") == SHOWN
    room.assistant_sync.answer = departments.DeleteDepartmentResponse()

    assert (await ask(room, "DELETE", f"/api/departments/{ID}")).status_code == 204
    assert [request.id for _, request in room.assistant_sync.heard] == [ID, ID]


async def test_what_cannot_be_is_told_with_its_field(room):
    room.assistant_sync.fails = RemoteError(Kind.INVALID, "MALFORMED_DEPARTMENT", field="number")

    answer = await ask(room, "POST", "/api/departments", {"name": "Billing", "number": "911"})

    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_DEPARTMENT")
    assert "`number`" in answer.json()["detail"]


async def test_a_field_that_is_not_known_is_refused(room):
    answer = await ask(room, "POST", "/api/departments", {"name": "Billing", "phone": "+14155550101"})

    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_FIELD")
    assert room.assistant_sync.heard == []
