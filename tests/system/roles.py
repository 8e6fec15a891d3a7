"""Everybody who may come with a key, every route, and what each may do there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self
from uuid import uuid4

from tests.system.administering import Desk, new_number

NOBODY = "00000000-0000-4000-8000-000000000000"
"""An organization, a key, a message that never was."""

MAPPINGS = "/api/inbound/phone-mappings"
ORGANIZATION = "/api/organizations/{organization_id}"
CALENDAR = "/api/calendars/{id}"
CONNECTION = "/api/connections/{id}"
ASSISTANTS = "/api/assistants"
OUTSIDE = "https://calendars.invalid/basic.ics"
CONNECTED = {"url": "https://calendars.invalid/lake/", "username": "lake", "password": "secret"}
DAY = "2027-12-24"

Ids = Callable[["Roles"], Awaitable[dict[str, str]]]
Content = Callable[["Roles"], Any]

_turns = count(1)


@dataclass(frozen=True, slots=True)
class Roles:
    """Two organizations, and everybody who may come with a key."""

    desk: Desk
    north: str
    south: str
    number: str
    """North's."""
    calendar: str
    service: str
    contact: str
    assistant: str
    """North's, by their ids."""
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
        things = [await desk.told("POST", *one, organization=north) for one in _CLINIC]
        calendar, service, contact = [one["id"] for one in things]
        saved = await desk.told("PUT", f"{ASSISTANTS}/inbound", {"name": "Receptionist"}, organization=north)
        return cls(desk, north, south, number, calendar, service, contact, saved["vapi_assistant_id"], keys)

    def appointment(self) -> dict[str, str]:
        """A new one, at a time that nobody has."""
        starts_at = datetime.now(UTC).replace(minute=0, second=0) + timedelta(days=1, minutes=10 * next(_turns))
        return {
            "calendar_id": self.calendar,
            "service_id": self.service,
            "contact_id": self.contact,
            "starts_at": starts_at.isoformat(timespec="seconds"),
        }


def new_calendar() -> dict[str, Any]:
    """A new one, which never closes."""
    hours = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]
    return {"name": f"Room {next(_turns)}", "timezone": "UTC", "opening_hours": hours}


def new_service() -> dict[str, Any]:
    return {"name": f"Service {next(_turns)}", "duration_minutes": 5}


def new_contact() -> dict[str, Any]:
    return {"name": f"Ana Exempla {next(_turns)}", "phone": new_number()}


def new_department() -> dict[str, Any]:
    return {"name": f"Department {next(_turns)}", "number": "+14155550177"}


_CLINIC = [("/api/calendars", new_calendar()), ("/api/services", new_service()), ("/api/contacts", new_contact())]


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


def _new(path: str, content: Content) -> Ids:
    """One more of what the organization has under a path."""

    async def ids(roles: Roles) -> dict[str, str]:
        return {"id": (await roles.desk.told("POST", path, content(roles), organization=roles.north))["id"]}

    return ids


_calendar = _new("/api/calendars", lambda _: new_calendar())
_service = _new("/api/services", lambda _: new_service())
_appointment = _new("/api/appointments", Roles.appointment)
_contact = _new("/api/contacts", lambda _: new_contact())


def _new_of_calendar(kind: str, content: dict[str, str], **ended: str) -> Ids:
    """The only one: a calendar may have so many."""

    async def ids(roles: Roles) -> dict[str, str]:
        path = f"/api/calendars/{roles.calendar}/{kind}"
        for known in (await roles.desk.told("GET", path, organization=roles.north))["items"]:
            if not known.get("ending"):  # that goes by itself, perhaps in this moment
                await roles.desk.told("DELETE", f"/api/{kind}/{known['id']}", organization=roles.north, **ended)
        return {"id": (await roles.desk.told("POST", path, content, organization=roles.north))["id"]}

    return ids


_department = _new("/api/departments", lambda _: new_department())
_feed = _new_of_calendar("feeds", {})
_busy_source = _new_of_calendar("busy-sources", {"url": OUTSIDE})
_connection = _new_of_calendar("connections", CONNECTED, leave_events="true")


async def _day_of_calendar(roles: Roles) -> dict[str, str]:
    return {"id": roles.calendar, "day": DAY}


async def _inbound(_roles: Roles) -> dict[str, str]:
    return {"type": "inbound"}


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
    body: Content = lambda _: None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


CASES = [
    Case("GET", "/api/organizations", "platform", 200),
    Case("POST", "/api/organizations", "platform", 201, body=lambda _: {"name": "A", "timezone": "UTC"}),
    Case("GET", ORGANIZATION, "organization", 200),
    Case("PATCH", ORGANIZATION, "organization", 200, body=lambda _: {"name": "North Practice"}),
    Case("GET", f"{ORGANIZATION}/api-keys", "organization", 200),
    Case("POST", f"{ORGANIZATION}/api-keys", "organization", 201, body=lambda _: {"name": str(uuid4())}),
    Case("DELETE", f"{ORGANIZATION}/api-keys/{{id}}", "organization", 204, _key),
    Case("GET", f"{ORGANIZATION}/webhook-credentials", "organization", 200),
    Case(
        "POST",
        f"{ORGANIZATION}/webhook-credentials",
        "organization",
        201,
        _credential,
        lambda _: {"plan": {"type": "secret"}},
    ),
    Case("DELETE", f"{ORGANIZATION}/webhook-credentials/{{id}}", "organization", 204, _credential),
    Case("GET", f"{ORGANIZATION}/audit", "organization", 200),
    Case("GET", "/api/audit", "platform", 200),
    Case("GET", "/api/platform/api-keys", "platform", 200),
    Case("POST", "/api/platform/api-keys", "platform", 201, body=lambda _: {"name": str(uuid4())}),
    Case("DELETE", "/api/platform/api-keys/{id}", "platform", 204, _platform_key),
    Case("GET", "/api/quarantine", "platform", 200),
    Case("GET", "/api/quarantine/{id}", "platform", 404, _unknown),
    Case("GET", MAPPINGS, "own", 200),
    Case("POST", MAPPINGS, "given", 201, body=lambda _: {"inbound_phone_number": new_number()}),
    Case("DELETE", f"{MAPPINGS}/{{id}}", "given", 204, _mapping),
    Case("GET", "/api/inbound/phone-lookup/{number}", "own", 200, _number),
    Case("GET", "/api/calendars", "own", 200),
    Case("POST", "/api/calendars", "own", 201, body=lambda _: new_calendar()),
    Case("GET", "/api/calendars/{id}", "own", 200, _calendar),
    Case("PATCH", "/api/calendars/{id}", "own", 200, _calendar, lambda _: {"closures": []}),
    Case("DELETE", "/api/calendars/{id}", "own", 204, _calendar),
    Case("POST", f"{CALENDAR}/closures", "own", 201, _calendar, lambda _: {"first_day": DAY}),
    Case(
        "POST",
        f"{CALENDAR}/extra-openings",
        "own",
        201,
        _calendar,
        lambda _: {"day": DAY, "opens": "09:00", "closes": "12:00"},
    ),
    Case("DELETE", f"{CALENDAR}/days/{{day}}", "own", 200, _day_of_calendar),
    Case("GET", f"{CALENDAR}/feeds", "own", 200, _calendar),
    Case("POST", f"{CALENDAR}/feeds", "own", 201, _calendar, lambda _: {}),
    Case("DELETE", "/api/feeds/{id}", "own", 204, _feed),
    Case("GET", f"{CALENDAR}/busy-sources", "own", 200, _calendar),
    Case("POST", f"{CALENDAR}/busy-sources", "own", 201, _calendar, lambda _: {"url": OUTSIDE}),
    Case("DELETE", "/api/busy-sources/{id}", "own", 204, _busy_source),
    Case("GET", f"{CALENDAR}/conflicts", "own", 200, _calendar),
    Case("GET", f"{CALENDAR}/connections", "own", 200, _calendar),
    Case("POST", f"{CALENDAR}/connections", "own", 201, _calendar, lambda _: CONNECTED),
    Case("GET", CONNECTION, "own", 200, _connection),
    Case("PATCH", CONNECTION, "own", 200, _connection, lambda _: {"password": "another"}),
    Case("DELETE", CONNECTION, "own", 204, _connection),
    Case("POST", f"{CONNECTION}/put-back", "own", 404, _connection, lambda _: {"appointment_id": NOBODY}),
    Case("GET", f"{CALENDAR}/drift", "own", 200, _calendar),
    Case("GET", "/api/services", "own", 200),
    Case("POST", "/api/services", "own", 201, body=lambda _: new_service()),
    Case("GET", "/api/services/{id}", "own", 200, _service),
    Case("PATCH", "/api/services/{id}", "own", 200, _service, lambda _: {"duration_minutes": 10}),
    Case("DELETE", "/api/services/{id}", "own", 204, _service),
    Case("GET", "/api/appointments", "own", 200),
    Case("POST", "/api/appointments", "own", 201, body=Roles.appointment),
    Case("GET", "/api/appointments/{id}", "own", 200, _appointment),
    Case("PATCH", "/api/appointments/{id}", "own", 200, _appointment, lambda _: {"status": "booked"}),
    Case("DELETE", "/api/appointments/{id}", "own", 204, _appointment),
    Case("GET", "/api/contacts", "own", 200),
    Case("POST", "/api/contacts", "own", 201, body=lambda _: new_contact()),
    Case("GET", "/api/contacts/{id}", "own", 200, _contact),
    Case("PATCH", "/api/contacts/{id}", "own", 200, _contact, lambda _: {"name": "Ben Sample"}),
    Case("DELETE", "/api/contacts/{id}", "own", 200, _contact),
    Case("GET", "/api/contacts/{id}/export", "own", 200, _contact),
    Case("GET", "/api/departments", "own", 200),
    Case("POST", "/api/departments", "own", 201, body=lambda _: new_department()),
    Case("GET", "/api/departments/{id}", "own", 200, _department),
    Case("PATCH", "/api/departments/{id}", "own", 200, _department, lambda _: {"announced": True}),
    Case("DELETE", "/api/departments/{id}", "own", 204, _department),
    Case("GET", ASSISTANTS, "own", 200),
    Case("GET", f"{ASSISTANTS}/drift", "own", 200),
    Case("GET", f"{ASSISTANTS}/{{type}}", "own", 200, _inbound),
    Case("PUT", f"{ASSISTANTS}/{{type}}", "own", 200, _inbound, lambda _: {"first_message": "Hello"}),
    Case(
        "POST",
        "/api/vapi/setup/update-assistant-webhook",
        "own",
        200,
        body=lambda roles: {"vapiAssistantId": roles.assistant},
    ),
    Case("POST", f"{ASSISTANTS}/rollout", "platform", 200, body=lambda _: {"dry_run": True}),
    Case("GET", f"{ASSISTANTS}/rollouts/{{id}}", "platform", 404, _unknown),
    Case("GET", f"{ASSISTANTS}/rollouts/{{id}}/targets", "platform", 404, _unknown),
    Case("POST", f"{ASSISTANTS}/rollouts/{{id}}/pause", "platform", 404, _unknown, lambda _: {}),
    Case("POST", f"{ASSISTANTS}/rollouts/{{id}}/resume", "platform", 404, _unknown, lambda _: {}),
    Case("POST", f"{ASSISTANTS}/rollouts/{{id}}/rollback", "platform", 404, _unknown, lambda _: {}),
    Case("GET", "/api/calls", "own", 200),
    Case("GET", "/api/calls/{id}", "own", 404, _unknown),
    Case("GET", "/api/calls/{id}/timeline", "own", 404, _unknown),
    Case("GET", "/api/calls/{id}/recording", "own", 404, _unknown),
    Case("GET", "/api/calls/completeness", "own", 200),
    Case("GET", "/api/platform/call-comparison", "platform", 200),
    Case("POST", "/api/platform/call-comparison", "platform", 202, body=lambda _: {}),
    Case("GET", "/api/analytics/summary", "own", 200),
    Case("GET", "/api/analytics/calls.csv", "own", 200),
    Case("GET", "/api/analytics/appointments.csv", "own", 200),
    Case("GET", "/api/analytics/tools.csv", "own", 200),
]
_NO_LIST = ("}", "/drift", "/summary", ".csv", "/completeness", "/call-comparison")
LISTS = [case for case in CASES if case.method == "GET" and case.ids is _no_ids and not case.path.endswith(_NO_LIST)]
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
            return 403 if role.endswith("read") and case.method != "GET" else case.allowed
        return 404 if case.whose == "platform" and "{" in case.path else 403
    if role == "platform, read" and case.method != "GET":
        return 403
    return case.allowed
