"""Everybody who may come with a key, every route, and what each may do there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from tests.system.administering import Desk, new_number

NOBODY = "00000000-0000-4000-8000-000000000000"
"""An organization, a key, a message that never was."""

MAPPINGS = "/api/inbound/phone-mappings"
ORGANIZATION = "/api/organizations/{organization_id}"

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

    @classmethod
    async def of(cls, desk: Desk) -> Self:
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
        return cls(desk, north, south, number, keys)


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
