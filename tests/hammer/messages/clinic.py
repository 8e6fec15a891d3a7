"""A clinic of the hammer's own: posted to as Vapi does, seen as its staff and the platform see it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.system.administering import Desk, new_number

ZONE = ZoneInfo("America/New_York")
WEBHOOK = "/api/vapi/webhook"

_EVERY_DAY = [{"weekday": day, "opens": "08:00", "closes": "18:00"} for day in range(1, 8)]
_SERVICE = {
    "name": "Check-up",
    "duration_minutes": 30,
    "step_minutes": 15,
    "horizon_days": 180,
    "default_service": True,
}

_AT_ONCE = 16

Json = dict[str, Any]
State = dict[str, list[Json]]


@dataclass(slots=True)
class Clinic:
    desk: Desk
    webhook_secret: str = field(repr=False)
    name: str
    number: str = field(default_factory=new_number)
    id: str = ""
    key: str = field(default="", repr=False)

    @classmethod
    async def opened(cls, desk: Desk, webhook_secret: str, name: str = "Riverside Practice") -> "Clinic":
        """Open every day from 8 to 18, with one calendar and one service of half an hour."""
        clinic = cls(desk, webhook_secret, name)
        clinic.id = (await desk.new_organization(name))["id"]
        clinic.key = (await desk.new_key(clinic.id))["api_key"]
        await desk.new_mapping(clinic.id, clinic.number)
        calendar = {"name": "Dr. Lake", "timezone": ZONE.key, "opening_hours": _EVERY_DAY}
        await desk.told("POST", "/api/calendars", calendar, key=clinic.key)
        await desk.told("POST", "/api/services", _SERVICE, key=clinic.key)
        return clinic

    async def post(
        self, http: httpx.AsyncClient, body: bytes, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = {"X-Vapi-Secret": self.webhook_secret, "Content-Type": "application/json"} | dict(headers or {})
        return await http.post(f"{self.desk.gateway_url}{WEBHOOK}", content=body, headers=sent)

    async def calls(self) -> list[Json]:
        """As staff see them, whole."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def whole(call: Json) -> Json:
            async with turns:
                found: Json = await self.desk.told("GET", f"/api/calls/{call['id']}", key=self.key)
            return found

        listed = await self.desk.every("/api/calls", key=self.key, limit="200")
        return await asyncio.gather(*map(whole, listed))

    async def timelines(self, call_ids: Iterable[str]) -> list[Json]:
        """What happened in each of these calls, as far as it does not depend on when and how it came."""
        told = [await self.desk.ask("GET", f"/api/calls/{one}/timeline", key=self.key) for one in call_ids]
        return [_happened(answer.json()) for answer in told if answer.is_success]

    async def state(self) -> State:
        """All that is known of the clinic, without what is made up anew for each: ids, its number, when it was kept."""
        calls = await self.calls()
        contacts = await self.desk.every("/api/contacts", key=self.key, limit="200")
        appointments = await self.desk.every("/api/appointments", key=self.key, limit="200")
        names = {one["id"]: one["name"] for one in contacts}
        starts = {one["id"]: one["starts_at"] for one in appointments}
        return {
            "calls": _sorted(
                _without(call, "id", "called_number", "contact_id", "appointment_ids")
                | {"contact": names.get(call["contact_id"]), "starts": [starts[one] for one in call["appointment_ids"]]}
                for call in calls
            ),
            "contacts": _sorted(_without(one, "id", "created_at", "updated_at") for one in contacts),
            "appointments": _sorted(
                _without(one, "id", "calendar_id", "service_id", "contact_id") | {"of": names[one["contact_id"]]}
                for one in appointments
            ),
        }

    async def quarantined(self, known: frozenset[str] = frozenset()) -> list[Json]:
        """What is kept as nobody's and is not known yet, as the platform sees it."""
        items = await self.desk.every("/api/quarantine", limit="200")
        return [item for item in items if item["id"] not in known]


def described(quarantined: Iterable[Json]) -> list[Json]:
    """Without what differs from one delivery to the next."""
    kept = ("message_type", "outcome", "call_id", "state", "organization_id")
    return _sorted({name: item[name] for name in kept} for item in quarantined)


_OF_A_MESSAGE = ("type", "turns", "status", "answered")
_OF_A_USE = ("tool", "outcome", "say")


def _happened(timeline: Json) -> Json:
    """Each thing once: every delivery of a message is an entry of its own."""
    messages = [event["message"] for event in timeline["events"] if event["message"]]
    uses = [event["tool_call"] for event in timeline["events"] if event["tool_call"]]
    return {
        "call": timeline["vapi_call_id"],
        "messages": sorted({repr([one[name] for name in _OF_A_MESSAGE]) for one in messages}),
        "tools": sorted({repr([one[name] for name in _OF_A_USE]) for one in uses}),
    }


def _without(item: Json, *names: str) -> Json:
    return {name: value for name, value in item.items() if name not in names}


def _sorted(items: Iterable[Json]) -> list[Json]:
    return sorted(items, key=repr)
