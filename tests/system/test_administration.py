"""Administration over HTTP on a running set: who may do what, what is refused and how, and what is told afterwards."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.system.administering import Desk, new_number
from tests.system.behind_a_key import routes_behind_a_key
from tests.system.running import Running

NOBODY = "00000000-0000-4000-8000-000000000000"
"""An organization, a key, a message that never was."""

Ids = Callable[["Roles"], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Roles:
    """Two organizations, and everybody who may come with a key."""

    desk: Desk
    north: str
    south: str
    number: str
    """North's."""
    keys: dict[str, str]


@pytest.fixture(scope="module")
async def desk(running: Running) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(timeout=20) as http:
        yield Desk(http, running.stack.gateway_url, running.stack.admin_key)


@pytest.fixture(scope="module")
async def roles(desk: Desk) -> Roles:
    north, south = [(await desk.new_organization(name))["id"] for name in ("North Practice", "South Practice")]
    keys = {
        "no key": "",
        "an unknown key": "sb_no_such_key",
        "organization, read": (await desk.new_key(north, "read"))["api_key"],
        "organization, write": (await desk.new_key(north, "write"))["api_key"],
        "other organization": (await desk.new_key(south, "write"))["api_key"],
        "platform, read": (await desk.new_platform_key("read"))["api_key"],
        "platform, write": (await desk.new_platform_key("write"))["api_key"],
        "administrator": desk.admin_key,
    }
    number = (await desk.new_mapping(north))["inbound_phone_number"]
    return Roles(desk, north, south, number, keys)


# --- Who may do what -------------------------------------------------------------------------------------------------


async def _no_ids(_roles: Roles) -> dict[str, str]:
    return {}


async def _key(roles: Roles) -> dict[str, str]:
    return {"id": (await roles.desk.new_key(roles.north))["id"]}


async def _platform_key(roles: Roles) -> dict[str, str]:
    return {"id": (await roles.desk.new_platform_key())["id"]}


async def _mapping(roles: Roles) -> dict[str, str]:
    return {"id": (await roles.desk.new_mapping(roles.north))["id"]}


async def _credential(roles: Roles) -> dict[str, str]:
    """The only live one: two may be."""
    path = f"/api/organizations/{roles.north}/webhook-credentials"
    for known in await roles.desk.every(path):
        await roles.desk.ask("DELETE", f"{path}/{known['id']}")
    return {"id": (await roles.desk.new_credential(roles.north))["id"]}


async def _number(roles: Roles) -> dict[str, str]:
    return {"number": roles.number}


async def _unknown(_roles: Roles) -> dict[str, str]:
    return {"id": NOBODY}


@dataclass(frozen=True, slots=True)
class Case:
    method: str
    path: str
    whose: str
    """`platform`: nobody's own. `organization`: the one in the path. `own`: what an organization sees of its own.
    `given`: what an administrator alone gives it and takes away."""
    allowed: int
    """The status for whoever may."""
    ids: Ids = _no_ids
    body: Callable[[], Any] = lambda: None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ORGANIZATION = "/api/organizations/{organization_id}"
MAPPINGS = "/api/inbound/phone-mappings"
CASES = [
    Case("GET", "/api/organizations", "platform", 200),
    Case("POST", "/api/organizations", "platform", 201, body=lambda: {"name": "A", "timezone": "UTC"}),
    Case("GET", ORGANIZATION, "organization", 200),
    Case("PATCH", ORGANIZATION, "organization", 200, body=lambda: {"name": "North Practice"}),
    Case("GET", f"{ORGANIZATION}/api-keys", "organization", 200),
    Case("POST", f"{ORGANIZATION}/api-keys", "organization", 201, body=lambda: {"name": str(uuid4())}),
    Case("DELETE", f"{ORGANIZATION}/api-keys/{{id}}", "organization", 204, _key),
    Case("GET", f"{ORGANIZATION}/webhook-credentials", "organization", 200),
    Case(
        "POST",
        f"{ORGANIZATION}/webhook-credentials",
        "organization",
        201,
        _credential,
        lambda: {"plan": {"type": "secret"}},
    ),
    Case("DELETE", f"{ORGANIZATION}/webhook-credentials/{{id}}", "organization", 204, _credential),
    Case("GET", f"{ORGANIZATION}/audit", "organization", 200),
    Case("GET", "/api/audit", "platform", 200),
    Case("GET", "/api/platform/api-keys", "platform", 200),
    Case("POST", "/api/platform/api-keys", "platform", 201, body=lambda: {"name": str(uuid4())}),
    Case("DELETE", "/api/platform/api-keys/{id}", "platform", 204, _platform_key),
    Case("GET", "/api/quarantine", "platform", 200),
    Case("GET", "/api/quarantine/{id}", "platform", 404, _unknown),
    Case("GET", MAPPINGS, "own", 200),
    Case("POST", MAPPINGS, "given", 201, body=lambda: {"inbound_phone_number": new_number()}),
    Case("DELETE", f"{MAPPINGS}/{{id}}", "given", 204, _mapping),
    Case("GET", "/api/inbound/phone-lookup/{number}", "own", 200, _number),
    Case("GET", "/api/appointments", "own", 200),
]
LISTS = [case for case in CASES if case.method == "GET" and not case.path.endswith("}")]
ROLES = [
    "no key", "an unknown key", "organization, read", "organization, write", "other organization",
    "platform, read", "platform, write", "administrator",
]  # fmt: skip


def expected(case: Case, role: str) -> int:
    if role in ("no key", "an unknown key"):
        return 401
    if role == "other organization":
        return 403 if case.whose == "platform" and "{" not in case.path else 404
    if role.startswith("organization"):
        if case.whose == "own":
            return case.allowed
        return 404 if case.whose == "platform" and "{" in case.path else 403
    if role == "platform, read" and case.method != "GET":
        return 403
    return case.allowed


@pytest.mark.parametrize(("case", "role"), [*product(CASES, ROLES)], ids=str)
async def test_each_role_may_do_what_it_may_and_nothing_else(roles: Roles, case: Case, role: str) -> None:
    path = case.path.format(organization_id=roles.north, **await case.ids(roles))
    organization = None if role.startswith("organization") or case.whose not in ("own", "given") else roles.north

    answer = await roles.desk.ask(case.method, path, case.body(), key=roles.keys[role], organization=organization)

    assert answer.status_code == expected(case, role), answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["fix"]


async def test_every_route_behind_a_key_is_asked_for_by_every_role() -> None:
    known = await routes_behind_a_key()

    assert sorted((case.method, case.path) for case in CASES) == known


# --- What is refused, and how ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [case for case in CASES if "{" in case.path], ids=str)
@pytest.mark.parametrize("strange", ["7", "x", "%00", "'", "%F0%9F%98%80", "{" + NOBODY + "}", "9" * 5000])
async def test_a_path_id_that_is_no_id_is_a_404(desk: Desk, roles: Roles, case: Case, strange: str) -> None:
    """A number that is none is a 400: it is no id, and says nothing of anybody."""
    path = case.path.format(organization_id=roles.north, id=strange, number=strange)
    if "{id}" not in case.path:
        path = case.path.format(organization_id=strange, number=strange)

    answer = await desk.ask(case.method, path, case.body(), organization=roles.north)

    assert answer.status_code in ((400, 404) if "{number}" in case.path else (404, 405)), answer.text


@pytest.mark.parametrize("case", [case for case in CASES if case.whose in ("organization", "own", "given")], ids=str)
async def test_an_organization_that_does_not_exist_is_a_404(roles: Roles, case: Case) -> None:
    path = case.path.format(organization_id=NOBODY, **await case.ids(roles))

    answer = await roles.desk.ask(case.method, path, case.body(), organization=NOBODY)

    assert (answer.status_code, answer.json()["code"]) == (404, "ORGANIZATION_NOT_FOUND")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.whose in ("own", "given") and "phone-lookup" not in case.path],
    ids=str,
)
async def test_an_administrator_who_names_no_organization_is_told_how(roles: Roles, case: Case) -> None:
    path = case.path.format(organization_id=roles.north, **await case.ids(roles))

    answer = await roles.desk.ask(case.method, path, case.body())

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
@pytest.mark.parametrize("case", [case for case in CASES if case.method in ("POST", "PATCH")], ids=str)
async def test_a_body_that_cannot_be_read_is_refused(
    roles: Roles, case: Case, body: Any, status: int, code: str
) -> None:
    path = case.path.format(organization_id=roles.north)

    answer = await roles.desk.ask(case.method, path, body, organization=roles.north)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("case", [case for case in CASES if case.method in ("POST", "PATCH")], ids=str)
async def test_another_media_type_is_a_415(roles: Roles, case: Case) -> None:
    url = roles.desk.gateway_url + case.path.format(organization_id=roles.north)
    headers = {"Authorization": f"Bearer {roles.desk.admin_key}", "X-Organization-Id": roles.north}

    answer = await roles.desk.http.request(case.method, url, content=b"{}", headers=headers | {"Content-Type": "a/b"})

    assert (answer.status_code, answer.json()["code"]) == (415, "WRONG_MEDIA_TYPE")


CLINIC = {"name": "A", "timezone": "UTC"}
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


# --- What is shown ---------------------------------------------------------------------------------------------------


async def test_an_organization_is_made_read_changed_and_listed(desk: Desk) -> None:
    made = await desk.told("POST", "/api/organizations", {"name": "Elm Practice", "timezone": "America/Denver"})
    path = f"/api/organizations/{made['id']}"

    assert made == {"id": made["id"], "name": "Elm Practice", "timezone": "America/Denver", "status": "active"}
    assert await desk.told("GET", path) == made
    changed = await desk.told("PATCH", path, {"name": "Oak Practice"})
    assert changed == made | {"name": "Oak Practice"}
    assert changed in await desk.every("/api/organizations", limit="3")


async def test_an_organization_is_suspended_and_resumed_and_keeps_what_it_has(desk: Desk) -> None:
    organization = await desk.new_organization()
    mapping = await desk.new_mapping(organization["id"])
    path = f"/api/organizations/{organization['id']}"

    assert (await desk.told("PATCH", path, {"status": "suspended"}))["status"] == "suspended"
    assert await desk.every(MAPPINGS, organization=organization["id"]) == [mapping]
    assert (await desk.told("PATCH", path, {"status": "active"})) == organization


async def test_a_number_is_mapped_described_looked_up_and_released(desk: Desk) -> None:
    organization = (await desk.new_organization())["id"]
    number, vapi_id = new_number(), str(uuid4())

    made = await desk.new_mapping(organization, number, clinic_name="Front desk", vapi_phone_number_id=vapi_id)

    assert made == {
        "id": made["id"],
        "org_id": organization,
        "inbound_phone_number": number,
        "clinic_name": "Front desk",
        "vapi_phone_number_id": vapi_id,
        "held_from": None,
        "held_until": None,
    }
    assert await desk.new_mapping(organization, number, clinic_name="Back office") == made | {
        "clinic_name": "Back office"
    }
    assert await desk.told("GET", f"/api/inbound/phone-lookup/{number}") == {
        "org_id": organization,
        "inbound_phone_number": number,
        "clinic_name": "Back office",
        "assistants": [],
    }
    assert (await desk.ask("DELETE", f"{MAPPINGS}/{made['id']}", organization=organization)).status_code == 204
    assert (await desk.ask("GET", f"/api/inbound/phone-lookup/{number}")).status_code == 404
    assert await desk.every(MAPPINGS, organization=organization) == []
    (former,) = await desk.every(MAPPINGS, organization=organization, with_former="true")
    assert (former["id"], bool(former["held_until"])) == (made["id"], True)


async def test_a_look_up_names_the_assistants_of_a_clinic(desk: Desk, running: Running) -> None:
    for clinic in running.stack.organizations:
        found = await desk.told("GET", f"/api/inbound/phone-lookup/{clinic.phone_number}", key=clinic.api_key)

        assert found["org_id"] == clinic.id
        assert found["assistants"] == [{"type": "inbound", "vapi_assistant_id": clinic.assistant_id}]


@pytest.mark.parametrize("spelling", ["{}", "tel:{}", "%2B{digits}", "+49 30 {rest}", "+49-30-{rest}"])
async def test_a_number_is_looked_up_in_any_spelling(roles: Roles, spelling: str) -> None:
    written = spelling.format(roles.number, digits=roles.number[1:], rest=roles.number[5:])

    found = await roles.desk.told("GET", f"/api/inbound/phone-lookup/{written}")

    assert found["inbound_phone_number"] == roles.number


async def test_a_foreign_number_cannot_be_told_from_an_unknown_one(roles: Roles) -> None:
    south = roles.keys["other organization"]
    foreign = await roles.desk.ask("GET", f"/api/inbound/phone-lookup/{roles.number}", key=south)
    unknown = await roles.desk.ask("GET", f"/api/inbound/phone-lookup/{new_number()}", key=south)

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


async def test_a_number_that_is_taken_is_refused_without_saying_by_whom(roles: Roles) -> None:
    body = {"inbound_phone_number": roles.number}

    answer = await roles.desk.ask("POST", MAPPINGS, body, organization=roles.south)

    assert (answer.status_code, answer.json()["code"]) == (409, "PHONE_NUMBER_TAKEN")
    assert "move_from" in answer.json()["fix"]
    assert roles.north not in answer.text


async def test_a_number_is_moved_and_its_former_owner_keeps_the_past(desk: Desk) -> None:
    former, heir = [(await desk.new_organization(name))["id"] for name in ("Former Practice", "Heir Practice")]
    vapi_id = str(uuid4())
    mapping = await desk.new_mapping(former, vapi_phone_number_id=vapi_id)
    number = mapping["inbound_phone_number"]

    moved = await desk.new_mapping(heir, number, move_from=former)

    assert (moved["org_id"], moved["vapi_phone_number_id"], moved["held_until"]) == (heir, vapi_id, None)
    (past,) = await desk.every(MAPPINGS, organization=former, with_former="true")
    assert (past["id"], past["held_until"]) == (mapping["id"], moved["held_from"])
    assert (await desk.told("GET", f"/api/inbound/phone-lookup/{number}"))["org_id"] == heir


async def test_a_number_can_be_given_another_vapi_id_while_it_is_moved(desk: Desk) -> None:
    former, heir = [(await desk.new_organization())["id"] for _ in range(2)]
    number = (await desk.new_mapping(former, vapi_phone_number_id=str(uuid4())))["inbound_phone_number"]
    vapi_id = str(uuid4())

    moved = await desk.new_mapping(heir, number, move_from=former, vapi_phone_number_id=vapi_id)

    assert (moved["org_id"], moved["vapi_phone_number_id"]) == (heir, vapi_id)


async def test_a_number_is_not_moved_from_somebody_who_does_not_hold_it(roles: Roles) -> None:
    body = {"inbound_phone_number": new_number(), "move_from": roles.north}

    answer = await roles.desk.ask("POST", MAPPINGS, body, organization=roles.south)

    assert (answer.status_code, answer.json()["code"]) == (404, "PHONE_NUMBER_NOT_FOUND")


async def test_an_organizations_key_cannot_tell_foreign_mappings_from_none(roles: Roles) -> None:
    mapping = await roles.desk.new_mapping(roles.south)
    key = roles.keys["organization, write"]

    foreign = await roles.desk.ask("DELETE", f"{MAPPINGS}/{mapping['id']}", key=key)
    unknown = await roles.desk.ask("DELETE", f"{MAPPINGS}/{NOBODY}", key=key)

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


# --- Keys and credentials --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["organization", "platform"])
async def test_a_key_is_shown_once_and_refused_from_the_moment_it_is_revoked(desk: Desk, kind: str) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/api-keys" if kind == "organization" else "/api/platform/api-keys"
    use = MAPPINGS if kind == "organization" else "/api/organizations"
    made = await desk.told("POST", path, {"name": str(uuid4()), "scope": "read"})
    key = made.pop("api_key")

    assert key.startswith("sb_" if kind == "organization" else "sbp_")
    assert (made["scope"], made["last_used_at"], made["revoked_at"]) == ("read", None, None)
    assert (await desk.ask("GET", use, key=key)).status_code == 200
    known = await desk.every(path)
    assert key.rpartition("_")[2] not in str(known)
    (used,) = [item for item in known if item["id"] == made["id"]]
    assert used | {"last_used_at": None} == made
    assert used["last_used_at"] is not None

    assert (await desk.ask("DELETE", f"{path}/{made['id']}")).status_code == 204

    answer = await desk.ask("GET", use, key=key)
    assert (answer.status_code, answer.json()["code"]) == (401, "API_KEY_UNKNOWN")
    assert (await desk.ask("DELETE", f"{path}/{made['id']}")).status_code == 404
    (ended,) = [item for item in await desk.every(path) if item["id"] == made["id"]]
    assert ended["revoked_at"] is not None


async def test_a_third_live_key_of_a_name_is_refused(desk: Desk) -> None:
    path = f"/api/organizations/{(await desk.new_organization())['id']}/api-keys"
    for _ in range(2):
        await desk.told("POST", path, {"name": "website"})

    answer = await desk.ask("POST", path, {"name": "website"})

    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_LIVE_API_KEYS")
    assert "Revoke" in answer.json()["fix"]


PLANS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "secret"}, {"type": "secret"}),
    ({"type": "bearer"}, {"type": "bearer", "headerName": "Authorization", "bearerPrefixEnabled": True}),
    (
        {"type": "bearer", "headerName": "X-Token", "bearerPrefixEnabled": False},
        {"type": "bearer", "headerName": "X-Token", "bearerPrefixEnabled": False},
    ),
    (
        HMAC,
        {
            "type": "hmac", "algorithm": "sha256", "signatureHeader": "x-signature", "timestampHeader": "x-timestamp",
            "includeTimestamp": True, "payloadFormat": "{timestamp}.{body}", "signatureEncoding": "hex",
            "secretIsBase64": False,
        },
    ),
    *(
        (plan, plan)
        for plan in [
            {
                "type": "hmac", "algorithm": "sha512", "signatureHeader": "x-a", "timestampHeader": "x-b",
                "includeTimestamp": True, "payloadFormat": "{svix-id}.{timestamp}.{method}.{url}.{body}",
                "signaturePrefix": "v1,", "signatureEncoding": "base64", "secretIsBase64": True,
                "messageIdHeader": "x-c",
            },
            {
                "type": "hmac", "algorithm": "sha1", "signatureHeader": "x-a", "timestampHeader": "x-b",
                "includeTimestamp": False, "payloadFormat": "{body}", "signatureEncoding": "hex",
                "secretIsBase64": False,
            },
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "shown"), PLANS, ids=lambda plan: plan["type"])
async def test_a_plan_is_written_and_shown_as_vapi_writes_it(
    desk: Desk, plan: dict[str, Any], shown: dict[str, Any]
) -> None:
    organization = (await desk.new_organization())["id"]

    made = await desk.new_credential(organization, plan=plan, name="Vapi", not_after="2099-01-01T00:00:00+01:00")

    assert made["plan"] == shown
    assert (made["name"], made["not_after"], made["uses"]) == ("Vapi", "2098-12-31T23:00:00Z", 0)


@pytest.mark.parametrize(
    "plan",
    [
        {"type": "secret", "secret": "a secret that exists already"},
        {"type": "bearer", "token": "a secret that exists already"},
        HMAC | {"secretKey": "a secret that exists already"},
    ],
    ids=lambda plan: plan["type"],
)
async def test_a_credentials_secret_is_shown_once(desk: Desk, plan: dict[str, Any]) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/webhook-credentials"

    made = await desk.new_credential(organization, plan=plan)

    assert made.pop("secret") == "a secret that exists already"
    assert "a secret" not in str(made)
    assert await desk.every(path) == [made]


async def test_a_third_live_credential_is_refused_until_one_is_revoked(desk: Desk) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/webhook-credentials"
    first, _ = [await desk.new_credential(organization) for _ in range(2)]

    answer = await desk.ask("POST", path, {"plan": {"type": "secret"}})

    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_LIVE_WEBHOOK_CREDENTIALS")
    assert (await desk.ask("DELETE", f"{path}/{first['id']}")).status_code == 204
    await desk.new_credential(organization)


@pytest.mark.parametrize("things", ["api-keys", "webhook-credentials"])
async def test_what_is_anothers_is_not_there_to_be_revoked(desk: Desk, things: str) -> None:
    owner, other = [(await desk.new_organization())["id"] for _ in range(2)]
    made = await (desk.new_key(owner) if things == "api-keys" else desk.new_credential(owner))

    answer = await desk.ask("DELETE", f"/api/organizations/{other}/{things}/{made['id']}")

    assert answer.status_code == 404
    assert (await desk.ask("DELETE", f"/api/organizations/{owner}/{things}/{made['id']}")).status_code == 204


# --- Who did what ----------------------------------------------------------------------------------------------------


async def test_the_audit_log_tells_who_did_what(desk: Desk) -> None:
    platform_key = await desk.new_platform_key()
    key = {"key": platform_key["api_key"]}
    former, heir = [(await desk.new_organization())["id"] for _ in range(2)]
    path = f"/api/organizations/{heir}"
    await desk.told("PATCH", path, {"status": "suspended"}, **key)
    await desk.told("PATCH", path, {"status": "active"}, **key)
    mapping = await desk.new_mapping(former)
    body = {"inbound_phone_number": mapping["inbound_phone_number"], "move_from": former}
    moved = await desk.told("POST", MAPPINGS, body, organization=heir, **key)
    await desk.told("DELETE", f"{MAPPINGS}/{moved['id']}", organization=heir, **key)
    made = await desk.new_key(heir)
    await desk.told("DELETE", f"{path}/api-keys/{made['id']}", **key)
    credential = await desk.new_credential(heir)
    await desk.told("DELETE", f"{path}/webhook-credentials/{credential['id']}", **key)

    entries = await desk.every(f"{path}/audit", limit="3")

    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    assert {entry["organization_id"] for entry in entries} == {heir}
    assert {entry["caller"] for entry in entries} == {"gateway"}
    actor = f"platform-key:{platform_key['id']}"
    assert [(entry["action"], entry["actor"]) for entry in reversed(entries)] == [
        ("organization.created", "administrator"),
        ("organization.suspended", actor),
        ("organization.resumed", actor),
        ("phone_number.moved", actor),
        ("phone_number.released", actor),
        ("api_key.created", "administrator"),
        ("api_key.revoked", actor),
        ("webhook_credential.created", "administrator"),
        ("webhook_credential.revoked", actor),
    ]
    assert made["api_key"].rpartition("_")[2] not in str(entries)
    assert credential["secret"] not in str(entries)


async def test_the_platforms_audit_log_tells_of_its_own_keys(desk: Desk) -> None:
    made = await desk.new_platform_key()
    await desk.told("DELETE", f"/api/platform/api-keys/{made['id']}")

    newest = (await desk.told("GET", "/api/audit", limit="2"))["items"]

    assert [(entry["action"], entry["organization_id"]) for entry in newest] == [
        ("platform_api_key.revoked", None),
        ("platform_api_key.created", None),
    ]


async def test_a_repetition_that_changes_nothing_is_not_told(desk: Desk) -> None:
    organization = await desk.new_organization("Willow Practice")
    path = f"/api/organizations/{organization['id']}"

    await desk.told("PATCH", path, {"name": "Willow Practice", "status": "active"})

    assert [entry["action"] for entry in await desk.every(f"{path}/audit")] == ["organization.created"]


async def test_a_message_that_is_nobodys_can_be_read_and_the_audit_log_tells_who_did(
    desk: Desk, running: Running
) -> None:
    platform_key = await desk.new_platform_key("read")
    number, call_id = new_number(), str(uuid4())
    message = {
        "type": "end-of-call-report",
        "phoneNumber": {"number": number},
        "call": {"id": call_id},
        "transcript": "Half an emoji \ud83d and a whole one",
    }
    headers = {"X-Vapi-Secret": running.stack.webhook_secret, "Content-Type": "application/json"}
    content = json.dumps({"message": message})
    answer = await desk.http.post(f"{desk.gateway_url}/api/vapi/webhook", content=content, headers=headers)
    assert answer.status_code == 200

    (listed,) = [item for item in await desk.every("/api/quarantine", limit="200") if item["call_id"] == call_id]
    read = await desk.told("GET", f"/api/quarantine/{listed['id']}", key=platform_key["api_key"])

    assert (listed["message_type"], listed["outcome"], listed["state"]) == ("end-of-call-report", "unknown", "waiting")
    assert listed["evidence"]["called_number"] == number
    assert "body" not in listed
    shown = {**message, "transcript": message["transcript"].replace("\ud83d", "\ufffd")}
    assert read == listed | {"body": {"message": shown}, "body_encoding": "json"}
    (entry,) = [
        entry
        for entry in (await desk.told("GET", "/api/audit", limit="20"))["items"]
        if entry["action"] == "quarantined_message.read" and entry["subject"] == listed["id"]
    ]
    assert entry["actor"] == f"platform-key:{platform_key['id']}"
