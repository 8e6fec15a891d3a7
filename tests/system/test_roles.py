"""Every route behind a key: who may do what there, and how it refuses what cannot be."""

from itertools import product
from typing import Any

import pytest

from tests.system.administering import Desk
from tests.system.behind_a_key import routes_behind_a_key
from tests.system.roles import CASES, DAY, LISTS, MAPPINGS, NOBODY, ORGANIZATION, ROLES, Case, Roles, expected


@pytest.mark.parametrize(("case", "role"), [*product(CASES, ROLES)], ids=str)
async def test_each_role_may_do_what_it_may_and_nothing_else(roles: Roles, case: Case, role: str) -> None:
    path = case.path.format(organization_id=roles.north, **await case.ids(roles))
    organization = None if role.startswith("organization") or case.whose not in ("own", "given") else roles.north

    answer = await roles.desk.ask(case.method, path, case.body(roles), key=roles.keys[role], organization=organization)

    assert answer.status_code == expected(case, role), answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["fix"]


async def test_every_route_behind_a_key_is_asked_for_by_every_role() -> None:
    known = await routes_behind_a_key()

    assert sorted((case.method, case.path) for case in CASES) == known


@pytest.mark.parametrize("case", [case for case in CASES if "{" in case.path], ids=str)
@pytest.mark.parametrize("strange", ["7", "x", "%00", "'", "%F0%9F%98%80", "{" + NOBODY + "}", "9" * 5000])
async def test_a_path_id_that_is_no_id_is_a_404(desk: Desk, roles: Roles, case: Case, strange: str) -> None:
    """A number that is none is a 400: it is no id, and says nothing of anybody."""
    path = case.path.format(organization_id=roles.north, id=strange, number=strange, day=DAY, type=strange)
    if "{id}" not in case.path:
        path = case.path.format(organization_id=strange, number=strange, type=strange)

    answer = await desk.ask(case.method, path, case.body(roles), organization=roles.north)

    assert answer.status_code in ((400, 404) if "{number}" in case.path else (404, 405)), answer.text


@pytest.mark.parametrize("case", [case for case in CASES if case.whose in ("organization", "own", "given")], ids=str)
async def test_an_organization_that_does_not_exist_is_a_404(roles: Roles, case: Case) -> None:
    path = case.path.format(organization_id=NOBODY, **await case.ids(roles))

    answer = await roles.desk.ask(case.method, path, case.body(roles), organization=NOBODY)

    assert (answer.status_code, answer.json()["code"]) == (404, "ORGANIZATION_NOT_FOUND")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.whose in ("own", "given") and "phone-lookup" not in case.path],
    ids=str,
)
async def test_an_administrator_who_names_no_organization_is_told_how(roles: Roles, case: Case) -> None:
    path = case.path.format(organization_id=roles.north, **await case.ids(roles))

    answer = await roles.desk.ask(case.method, path, case.body(roles))

    assert (answer.status_code, answer.json()["code"]) == (400, "ORGANIZATION_NOT_NAMED")
    assert "X-Organization-Id" in answer.json()["fix"]


BAD_BODIES: list[tuple[Any, int, str]] = [
    (b"{", 400, "NOT_JSON"),
    (b"", 400, "NOT_JSON"),
    ([], 400, "MALFORMED_FIELD"),
    ({"colour": "red"}, 400, "UNKNOWN_FIELD"),
    (b" " * (2 * 1024 * 1024 + 1), 413, "BODY_TOO_LARGE"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("case", [case for case in CASES if case.method in ("POST", "PUT", "PATCH")], ids=str)
async def test_a_body_that_cannot_be_read_is_refused(
    roles: Roles, case: Case, body: Any, status: int, code: str
) -> None:
    path = case.path.format(organization_id=roles.north, **await case.ids(roles))

    answer = await roles.desk.ask(case.method, path, body, organization=roles.north)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("case", [case for case in CASES if case.method in ("POST", "PUT", "PATCH")], ids=str)
async def test_another_media_type_is_a_415(roles: Roles, case: Case) -> None:
    url = roles.desk.gateway_url + case.path.format(organization_id=roles.north, **await case.ids(roles))
    headers = {"Authorization": f"Bearer {roles.desk.admin_key}", "X-Organization-Id": roles.north}

    answer = await roles.desk.http.request(case.method, url, content=b"{}", headers=headers | {"Content-Type": "a/b"})

    assert (answer.status_code, answer.json()["code"]) == (415, "WRONG_MEDIA_TYPE")


CLINIC = {"name": "A", "timezone": "UTC"}
CALENDAR = {"name": "Dr. Lake", "timezone": "UTC"}
SERVICE = {"name": "Cleaning", "duration_minutes": 30}
HMAC = {"type": "hmac", "algorithm": "sha256"}
BAD_FIELDS: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/api/organizations", CLINIC | {"name": 7}, "MALFORMED_FIELD", "name"),
    ("POST", "/api/organizations", CLINIC | {"name": "  "}, "MISSING_NAME", "name"),
    ("POST", "/api/organizations", CLINIC | {"name": "\u0000"}, "MISSING_NAME", "name"),
    ("POST", "/api/organizations", {"name": "A"}, "MISSING_FIELD", "timezone"),
    ("POST", "/api/organizations", CLINIC | {"timezone": "Mars/Olympus"}, "UNKNOWN_TIMEZONE", "time zone"),
    ("POST", "/api/organizations", CLINIC | {"timezone": "../etc/passwd"}, "UNKNOWN_TIMEZONE", "time zone"),
    ("POST", "/api/organizations", CLINIC | {"id": "7"}, "MALFORMED_ORGANIZATION_ID", "UUID"),
    ("PATCH", ORGANIZATION, {"status": "gone"}, "MALFORMED_FIELD", "status"),
    ("PATCH", ORGANIZATION, {"name": None}, "MALFORMED_FIELD", "name"),
    ("PATCH", ORGANIZATION, {"timezone": ""}, "UNKNOWN_TIMEZONE", "time zone"),
    ("POST", f"{ORGANIZATION}/api-keys", {"name": "A", "scope": "all"}, "MALFORMED_FIELD", "scope"),
    ("POST", f"{ORGANIZATION}/api-keys", {"scope": "read"}, "MISSING_FIELD", "name"),
    ("POST", "/api/platform/api-keys", {"name": []}, "MALFORMED_FIELD", "name"),
    ("POST", MAPPINGS, {}, "MISSING_FIELD", "inbound_phone_number"),
    ("POST", MAPPINGS, {"inbound_phone_number": "call me"}, "MALFORMED_PHONE_NUMBER", "telephone number"),
    ("POST", MAPPINGS, {"inbound_phone_number": ""}, "MALFORMED_PHONE_NUMBER", "telephone number"),
    ("POST", MAPPINGS, {"inbound_phone_number": "+1\u0000"}, "MALFORMED_PHONE_NUMBER", "telephone number"),
    ("POST", MAPPINGS, {"inbound_phone_number": 4930}, "MALFORMED_FIELD", "inbound_phone_number"),
    (
        "POST", MAPPINGS, {"inbound_phone_number": "+493012345", "vapi_phone_number_id": "7"},
        "MALFORMED_PHONE_NUMBER_ID", "vapi_phone_number_id",
    ),
    (
        "POST", MAPPINGS, {"inbound_phone_number": "+493012345", "move_from": "7"},
        "MALFORMED_ORGANIZATION_ID", "organization",
    ),
    ("POST", f"{ORGANIZATION}/webhook-credentials", {}, "MISSING_FIELD", "plan"),
    ("POST", f"{ORGANIZATION}/webhook-credentials", {"plan": {"type": "oauth2"}}, "MALFORMED_FIELD", "plan.type"),
    ("POST", f"{ORGANIZATION}/webhook-credentials", {"plan": {"type": "hmac"}}, "MISSING_FIELD", "plan.algorithm"),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials", {"plan": HMAC | {"payloadFormat": "{timestamp}"}},
        "MALFORMED_WEBHOOK_CREDENTIAL", "plan.payloadFormat",
    ),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials", {"plan": HMAC | {"signatureHeader": "a b"}},
        "MALFORMED_WEBHOOK_CREDENTIAL", "plan.signatureHeader",
    ),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials", {"plan": {"type": "bearer", "headerName": "content-length"}},
        "MALFORMED_WEBHOOK_CREDENTIAL", "plan.headerName",
    ),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials", {"plan": {"type": "secret", "secret": "short"}},
        "MALFORMED_WEBHOOK_CREDENTIAL", "plan.secret",
    ),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials", {"plan": {"type": "bearer", "token": "x" * 5000}},
        "MALFORMED_WEBHOOK_CREDENTIAL", "plan.token",
    ),
    ("POST", "/api/calendars", CALENDAR | {"name": " "}, "MISSING_NAME", "name"),
    ("POST", "/api/calendars", CALENDAR | {"timezone": "Mars/Olympus"}, "UNKNOWN_TIMEZONE", "time zone"),
    ("POST", "/api/calendars", CALENDAR | {"id": "7"}, "MALFORMED_ID", "id"),
    (
        "POST", "/api/calendars", CALENDAR | {"opening_hours": [{"weekday": 1, "opens": "9", "closes": "12:00"}]},
        "MALFORMED_OPENING_HOURS", "opening_hours",
    ),
    (
        "POST", "/api/calendars", CALENDAR | {"opening_hours": [{"weekday": 8, "opens": "09:00", "closes": "12:00"}]},
        "MALFORMED_FIELD", "opening_hours[0].weekday",
    ),
    ("POST", "/api/calendars", CALENDAR | {"closures": [{"first_day": "31.1.2027"}]}, "MALFORMED_CLOSURE", "closures"),
    (
        "POST", "/api/calendars", CALENDAR | {"extra_openings": [{"day": "", "opens": "09:00", "closes": "12:00"}]},
        "MALFORMED_CLOSURE", "extra_openings",
    ),
    ("POST", "/api/services", SERVICE | {"duration_minutes": 0}, "MALFORMED_SERVICE", "duration_minutes"),
    ("POST", "/api/services", SERVICE | {"horizon_days": 10_000}, "MALFORMED_SERVICE", "horizon_days"),
    ("POST", "/api/services", SERVICE | {"synonyms": ["?"]}, "MALFORMED_SERVICE", "synonyms"),
    ("POST", "/api/contacts", {"name": "Ana Exempla"}, "MALFORMED_CONTACT", "number"),
    ("POST", "/api/contacts", {"name": "Ana Exempla", "phone": "call me"}, "MALFORMED_CONTACT", "phone"),
    ("POST", "/api/contacts", {"name": "Ana Exempla", "email": "at home"}, "MALFORMED_CONTACT", "email"),
    ("POST", "/api/contacts", {"name": "", "email": "a@example.com"}, "MISSING_NAME", "name"),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials",
        {"plan": {"type": "secret"}, "not_after": "0001-01-01T00:00:00+14:00"}, "MALFORMED_FIELD", "not_after",
    ),
    (
        "POST", f"{ORGANIZATION}/webhook-credentials",
        {"plan": {"type": "secret"}, "not_after": "2020-01-01T00:00:00Z"}, "MALFORMED_WEBHOOK_CREDENTIAL", "not_after",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "code", "named"), BAD_FIELDS, ids=lambda value: str(value)[:40])
async def test_a_field_that_cannot_be_is_a_400_that_names_it(
    roles: Roles, method: str, path: str, body: Any, code: str, named: str
) -> None:
    path = path.format(organization_id=roles.north)

    answer = await roles.desk.ask(method, path, body, organization=roles.north)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("case", LISTS, ids=str)
@pytest.mark.parametrize(
    ("params", "code"),
    [({"limit": "0"}, "MALFORMED_LIMIT"), ({"limit": "201"}, "MALFORMED_LIMIT"),
     ({"cursor": "made up"}, "MALFORMED_PAGE_TOKEN"), ({"cursor": "\x00"}, "MALFORMED_PAGE_TOKEN")],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_a_400(roles: Roles, case: Case, params: dict[str, str], code: str) -> None:
    path = case.path.format(organization_id=roles.north)

    answer = await roles.desk.ask("GET", path, organization=roles.north, **params)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_flag_that_is_neither_true_nor_false_is_a_400(roles: Roles) -> None:
    answer = await roles.desk.ask("GET", MAPPINGS, organization=roles.north, with_former="maybe")

    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_FLAG")


async def test_a_method_that_a_path_does_not_know_names_those_it_knows(desk: Desk) -> None:
    answer = await desk.ask("DELETE", "/api/organizations")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
