"""Ids, numbers, keys and cursors of one organization, put where another's belong: over HTTP, as Vapi, and over gRPC.

Which swaps are tried follows from a seed, from the gateway's routes and from the protos: what is added there is swapped
too. An answer may be anything but an error of the program, and may hold nothing of the other organization.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import grpc
import httpx
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.protos import services
from chassis.rpc.metadata import AUTHORIZATION, ORGANIZATION
from chassis.tools import load_catalogue
from switchboard_cli.stack.backends import Backends
from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk
from tests.system.behind_a_key import routes_behind_a_key
from tests.system.running import Running
from tests.system.two_clinics import Planted, plant

AT_ONCE = 8
SECONDS = 20

CROSS_BY_NATURE = {
    "AuditService": "an administrator's view of all",
    "AuthenticateApiKey": "tells whose a key is",
    "CreatePlatformApiKey": "the platform's own",
    "ListPlatformApiKeys": "the platform's own",
    "OrganizationService": "an administrator's view of all",
    "QuarantineService": "messages that are nobody's",
    "ResolveTenant": "tells whose a number is",
    "RevokePlatformApiKey": "the platform's own",
    "WatchRoutes": "tells everybody what changed",
}
"""RPCs that a tenant in scope does not narrow, and why."""

LEFT_ALONE = {"clinic_name", "first_message", "prompt", "voice", "model", "vapi"}
"""Fields that would overwrite a canary."""

ENDS = ("Revoke", "Release", "Delete", "Cancel", "Disconnect", "Erase", "Remove")
"""What ends things is only tried on the other's: one's own would be gone for the swaps that follow."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: an organization, and the one whose things it tries."""

    own: Planted
    other: Planted


@dataclass(frozen=True, slots=True)
class Swap:
    """One question."""

    asker: Asker
    title: str
    url: str = ""
    http: dict[str, Any] | None = None
    method: MethodDescriptor | None = None
    request: Message | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    leaks: list[str]
    """Questions whose answers held something of the other's, or told of a mistake of the program."""
    own: int
    """Answers that held something of the asker's own: not everything was refused."""


class Chance:
    """What is put where an id, a number or a cursor belongs."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def value(self, asker: Asker, kind: str = "", *, own: bool = True) -> str:
        """Mostly of the kind that belongs there; of any if there is no such kind."""
        whose = self.random.random()
        if whose < 0.6:
            return self._of(asker.other, kind)
        if whose < 0.9 and own:
            return self._of(asker.own, kind)
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def _of(self, clinic: Planted, kind: str) -> str:
        if kind not in clinic.known or self.random.random() < 0.2:
            kind = self.random.choice(sorted(clinic.known))
        return self.random.choice(clinic.known[kind])


class HttpSwaps:
    """Every route behind a key, asked by an organization, or by an administrator on behalf of one."""

    def __init__(self, chance: Chance, stack: StackFile, routes: Sequence[tuple[str, str]]) -> None:
        self._chance = chance
        self._random = chance.random
        self._stack = stack
        self._routes = routes
        self._narrow = [route for route in routes if _is_narrow(route[1])]

    def next(self, asker: Asker) -> Swap:
        if self._random.random() < 0.5:
            return self._of_organization(asker)
        return self._of_administrator(asker)

    def _of_organization(self, asker: Asker) -> Swap:
        method, path = self._random.choice(self._routes)
        headers = {"Authorization": f"Bearer {self._random.choice(asker.own.keys)}"}
        if self._random.random() < 0.5:
            headers["X-Organization-Id"] = self._chance.value(asker, "organization")
        in_path = self._chance.value(asker, "organization")
        return self._swap(asker, method, path, headers, in_path)

    def _of_administrator(self, asker: Asker) -> Swap:
        method, path = self._random.choice(self._narrow)
        headers = {"Authorization": f"Bearer {self._stack.admin_key}", "X-Organization-Id": asker.own.id}
        return self._swap(asker, method, path, headers, asker.own.id)

    def _swap(self, asker: Asker, method: str, path: str, headers: dict[str, str], organization: str) -> Swap:
        kind = next((kind for part, kind in KINDS_IN_PATHS.items() if part in path), "")
        thing = self._chance.value(asker, kind, own=method != "DELETE")
        calendar = self._chance.value(asker, "calendar")
        filled = path.format(
            organization_id=organization,
            calendar_id=calendar,
            id=thing,
            number=thing,
            day=FITTING["day"],
            type="inbound",
        )
        params = {"limit": str(self._random.choice((1, 50)))}
        if self._random.random() < 0.5:
            params["cursor"] = self._chance.value(asker, "cursor")
        if method == "GET" and self._random.random() < 0.3:
            params["with_former"] = "true"
            params["calendar_id"] = self._chance.value(asker, "calendar")
            params["contact_id"] = self._chance.value(asker, "contact")
            params["search"] = self._chance.value(asker, "number")
        sent: dict[str, Any] = {"method": method, "headers": headers, "params": params}
        if method in ("POST", "PATCH"):
            sent["json"] = self._body(asker, path)
        return Swap(asker, f"{method} {filled}", url=self._stack.gateway_url + filled, http=sent)

    def _body(self, asker: Asker, path: str) -> dict[str, Any]:
        if (fixed := FIXED_BODIES.get(path.rpartition("/")[2])) is not None:
            return fixed
        if path.startswith("/api/connections/"):
            appointment = {"appointment_id": self._chance.value(asker, "appointment")}
            return appointment if path.endswith("put-back") else {"password": "swap"}
        if (noun := path.split("/")[2]) in NOUNS_OF_BOOKING:
            new, changed = self._of_booking(asker, noun)
            return changed if path.endswith("{id}") else new | changed
        if path.endswith("phone-mappings"):
            body = {
                "inbound_phone_number": self._chance.value(asker, "number"),
                "vapi_phone_number_id": self._chance.value(asker, "line"),
                # An administrator who names who holds a number moves it: that is no leak.
                "move_from": self._random.choice((asker.own.id, str(UUID(int=7)))),
            }
            return {name: value for name, value in body.items() if name[0] == "i" or self._random.random() < 0.5}
        if path.endswith("keys"):
            return {"name": self._chance.value(asker, own=False)}
        return {"name": "Swap", "timezone": "UTC", "id": self._chance.value(asker)}

    def _of_booking(self, asker: Asker, noun: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """What makes a new one, and what changes one. No text of one's own is overwritten."""

        def value(kind: str) -> str:
            return self._chance.value(asker, kind)

        name = f"Swap {self._random.random()}"
        start = f"2027-03-{self._random.randrange(1, 29):02}T{self._random.randrange(14, 20)}:00:00Z"
        of_noun: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
            "calendars": ({"name": name, "id": value("calendar")}, {"timezone": "America/New_York"}),
            "services": (
                {"name": name, "duration_minutes": 30, "id": value("service")},
                {"calendar_ids": [value("calendar")]},
            ),
            "appointments": (
                {"service_id": value("service"), "contact_id": value("contact")},
                {"calendar_id": value("calendar"), "starts_at": start},
            ),
            "contacts": ({"name": name}, {"phone": value("number")}),
        }
        return of_noun[noun]


class VapiSwaps:
    """A message on the asker's line that names things of the other's."""

    def __init__(self, chance: Chance, stack: StackFile, tools: Sequence[str]) -> None:
        self._chance = chance
        self._random = chance.random
        self._stack = stack
        self._tools = tools

    def next(self, asker: Asker) -> Swap:
        tool = self._random.choice(self._tools)
        route = self._random.choice(("webhook", "tools", f"tools/{tool}"))
        headers = {"X-Vapi-Secret": self._stack.webhook_secret, "X-Organization-Id": asker.other.id}
        sent = {"method": "POST", "headers": headers, "json": {"message": self._message(asker, tool)}}
        return Swap(asker, f"Vapi {tool}", url=f"{self._stack.gateway_url}/api/vapi/{route}", http=sent)

    def _message(self, asker: Asker, tool: str) -> dict[str, Any]:
        def value(kind: str) -> str:
            return self._chance.value(asker, kind)

        arguments = {
            "date": "2027-03-09", "appointmentDate": "2027-03-09", "appointmentTime": "10:00",
            "patientName": "Swap", "patientPhone": value("number"), "serviceType": value("service"),
            "newDate": "2027-03-10", "newTime": "11:00", "appointmentId": value("appointment"),
            "searchKey": value("number"), "searchType": "phone", "practitioner": value("calendar"),
            "org_id": asker.other.id,
        }  # fmt: skip
        message: dict[str, Any] = {
            "type": "tool-calls",
            "phoneNumber": {"number": asker.own.number},
            "call": {"id": value("call")},
            "customer": {"number": value("number")},
            "toolCallList": [
                {"id": value("tool_call"), "function": {"name": tool, "arguments": json.dumps(arguments)}}
            ],
        }
        swapped = self._random.randrange(5)
        if swapped == 1:
            message["assistant"] = {"id": value("assistant")}
        elif swapped == 2:
            message["phoneNumber"]["id"] = value("line")
        elif swapped == 3:
            message["customer"]["metadata"] = {"org_id": value("organization")}
        return message


class RpcSwaps:
    """Every RPC for a tenant, with the asker in scope and the other's things in its fields."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._random = chance.random
        self._methods = [
            method
            for service in services()
            for method in service.methods
            if not {service.name, method.name} & CROSS_BY_NATURE.keys()
        ]

    def next(self, asker: Asker) -> Swap:
        method = self._random.choice(self._methods)
        own = not method.name.startswith(ENDS)
        request = GetMessageClass(method.input_type)()
        self._fill(request, method, asker, own=own)
        if method.name == "MovePhoneNumber" and request.from_organization_id == asker.other.id:  # type: ignore[attr-defined]  # that message has it
            request.from_organization_id = asker.own.id  # type: ignore[attr-defined]  # a rightful move is no leak
        return Swap(asker, f"{method.full_name} {request!s}".replace("\n", " "), method=method, request=request)

    def _fill(self, message: Any, method: MethodDescriptor, asker: Asker, *, own: bool) -> None:
        for field in message.DESCRIPTOR.fields:
            if field.name in LEFT_ALONE or (method.name == "SaveAgent" and field.name == "name"):
                continue
            if field.message_type is not None:
                self._fill_message(message, field, method, asker, own=own)
            elif field.is_repeated:
                values = [self._scalar(field, method, asker, own=own) for _ in range(self._random.randrange(3))]
                getattr(message, field.name).extend(values)
            elif self._random.random() < 0.8:
                setattr(message, field.name, self._scalar(field, method, asker, own=own))

    def _fill_message(
        self, message: Any, field: FieldDescriptor, method: MethodDescriptor, asker: Asker, *, own: bool
    ) -> None:
        if field.name == "starts_at":
            message.starts_at.FromSeconds(_MARCH_2027 + self._random.randrange(24 * 28) * 3600)
        if _is_well_known(field.message_type) or _is_map(field) or self._random.random() < 0.2:
            return
        part = getattr(message, field.name)
        self._fill(part.add() if field.is_repeated else part, method, asker, own=own)

    def _scalar(self, field: FieldDescriptor, method: MethodDescriptor, asker: Asker, *, own: bool) -> Any:
        if field.name in FITTING:
            return FITTING[field.name]
        if field.enum_type is not None:
            return self._random.choice(field.enum_type.values).number
        if field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
            names = method.name, method.containing_service.name
            kind = next(filter(None, map(KINDS_OF_IDS.get, names)), "") if field.name == "id" else ""
            text = self._chance.value(asker, KINDS_OF_FIELDS.get(field.name, kind), own=own)
            return text if field.type == FieldDescriptor.TYPE_STRING else text.encode()
        return field.type == FieldDescriptor.TYPE_BOOL or self._random.choice((0, 1, 30))


_MARCH_2027 = 1_803_859_200

KINDS_IN_PATHS = {
    "feeds/": "feed",
    "busy-sources/": "source",
    "connections/": "connection",
    "appointments/": "appointment",
    "calendars/": "calendar",
    "calls/": "record",
    "contacts/": "contact",
    "services/": "service",
    "api-keys/": "key",
    "webhook-credentials/": "credential",
    "phone-mappings/": "mapping",
    "phone-lookup/": "number",
}
KINDS_OF_IDS = {
    "ApiKeyService": "key",
    "AppointmentService": "appointment",
    "BusySourceService": "source",
    "CaldavService": "connection",
    "CalendarService": "service",
    "CallService": "record",
    "ContactService": "contact",
    "DeleteCalendar": "calendar",
    "FeedService": "feed",
    "PhoneNumberService": "mapping",
    "UpdateCalendar": "calendar",
    "WebhookCredentialService": "credential",
}
"""By the RPC, else by its service."""
KINDS_OF_FIELDS = {
    "appointment_id": "appointment",
    "calendar_ids": "calendar",
    "contact_id": "contact",
    "ids": "calendar",
    "phone": "number",
    "search": "number",
    "search_key": "number",
    "service_id": "service",
    "calendar_id": "calendar",
    "called_number": "number",
    "caller_number": "number",
    "connection_id": "connection",
    "from_organization_id": "organization",
    "number": "number",
    "page_token": "cursor",
    "patient_phone": "number",
    "service_type": "service",
    "tool_call_id": "tool_call",
    "vapi_assistant_id": "assistant",
    "vapi_call_id": "call",
    "vapi_phone_number_id": "line",
}
FITTING: dict[str, Any] = {
    "name": "Swap",
    "opens": "08:00",
    "closes": "18:00",
    "weekday": 1,
    "duration_minutes": 30,
    "step_minutes": 30,
    "horizon_days": 30,
    "default_service": False,
    "timezone": "America/New_York",
    "date": "2027-03-09",
    "appointment_date": "2027-03-09",
    "appointment_time": "10:00",
    "patient_name": "Swap",
    "new_date": "2027-03-10",
    "new_time": "11:00",
    "until_date": "2027-03-12",
    "search_type": "phone",
    "first_day": "2027-12-24",
    "last_day": "2027-12-26",
    "from_time": "12:00",
    "until_time": "24:00",
    "day": "2027-12-31",
}
"""Without these nothing but an argument's error would be heard."""


FIXED_BODIES: dict[str, dict[str, Any]] = {
    "busy-sources": {"url": "https://calendar.invalid/swap.ics"},
    "closures": {"first_day": "2027-12-24", "from_time": "23:00", "until_time": "24:00"},
    "connections": {"url": "https://calendar.invalid/swap/", "username": "swap", "password": "swap"},
    "extra-openings": {"day": "2027-12-31", "opens": "22:00", "closes": "23:00"},
    "feeds": {"with_names": True},
    "webhook-credentials": {"plan": {"type": "secret"}},
    "{organization_id}": {"timezone": "America/New_York"},
}
"""Bodies that name nothing of anybody, by the end of their path."""

NOUNS_OF_BOOKING = ("appointments", "calendars", "contacts", "services")
PLATFORMS = ("/api/audit", "/api/organizations", "/api/platform", "/api/quarantine")
"""What is there is an administrator's view of all."""


async def swap(running: Running, *, times: int, seed: int) -> Outcome:
    """Plant two organizations and swap what they have."""
    stack = running.stack
    async with httpx.AsyncClient(timeout=SECONDS) as http, Backends.of(stack, running.home.operator_token) as backends:
        clinics = await plant(Desk(http, stack.gateway_url, stack.admin_key), backends)
        swaps = list(_generate(seed, times, clinics, stack, await routes_behind_a_key()))
        judge = Judge(http, stack, running.home.operator_token)
        try:
            return await judge.judge(swaps)
        finally:
            await judge.close()


def _generate(
    seed: int, times: int, clinics: tuple[Planted, Planted], stack: StackFile, routes: Sequence[tuple[str, str]]
) -> Iterator[Swap]:
    chance = Chance(seed)
    kinds: list[HttpSwaps | VapiSwaps | RpcSwaps] = [
        HttpSwaps(chance, stack, routes),
        VapiSwaps(chance, stack, sorted(load_catalogue())),
        RpcSwaps(chance),
    ]
    for _ in range(times):
        own, other = chance.random.sample(clinics, 2)
        (kind,) = chance.random.choices(kinds, (5, 2, 5))
        yield kind.next(Asker(own, other))


class Judge:
    """Asks, and looks for what should not be in an answer."""

    def __init__(self, http: httpx.AsyncClient, stack: StackFile, token_file: Path) -> None:
        self._http = http
        self._token = token_file.read_text().strip()
        self._channels = {name: grpc.aio.insecure_channel(address) for name, address in stack.grpc.items()}

    async def judge(self, swaps: Sequence[Swap]) -> Outcome:
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(swap: Swap) -> tuple[Swap, bytes]:
            async with turns:
                return swap, await self._answer(swap)

        answers = await asyncio.gather(*map(in_turn, swaps))
        leaks = [f"{found} in the answer to {swap.title}" for swap, answer in answers for found in _found(swap, answer)]
        return Outcome(leaks, sum(swap.asker.own.canary.encode() in answer for swap, answer in answers))

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def _answer(self, swap: Swap) -> bytes:
        """Everything that came back, headers included."""
        if swap.http is not None:
            answer = await self._http.request(url=swap.url, **swap.http)
            return f"{answer.status_code}\n{answer.headers}\n".encode() + answer.content
        assert swap.method is not None
        return await self._rpc(swap, swap.method)

    async def _rpc(self, swap: Swap, method: MethodDescriptor) -> bytes:
        package = method.containing_service.file.package
        name = {"assistants": "assistant_sync"}.get(package.split(".")[1], package.split(".")[1])
        ask: grpc.aio.UnaryUnaryMultiCallable[Any, bytes] = self._channels[name].unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=lambda content: content,
        )
        metadata = ((AUTHORIZATION, f"Bearer {self._token}"), (ORGANIZATION, swap.asker.own.id))
        try:
            answer: bytes = await ask(swap.request, metadata=metadata, timeout=SECONDS)
        except grpc.aio.AioRpcError as error:
            return (
                f"{error.code().name} {error.details()} {error.initial_metadata()} {error.trailing_metadata()}".encode()
            )
        return answer


def _found(swap: Swap, answer: bytes) -> list[str]:
    # A cursor can hold a name; whoever sends it as what they say may hear it back.
    asked = f"{swap.http} {swap.request}"
    secrets = [one for one in swap.asker.other.secrets if one.encode() in answer and one not in asked]
    broken = [mistake for mistake in ("500", "INTERNAL", "UNKNOWN ") if answer.startswith(mistake.encode())]
    return secrets + broken


def _is_narrow(path: str) -> bool:
    """Whether what an administrator sees there is one organization's."""
    return "{organization_id}" in path or not path.startswith(PLATFORMS)


def _is_well_known(message: Descriptor | None) -> bool:
    return message is None or message.full_name.startswith("google.protobuf.")


def _is_map(field: FieldDescriptor) -> bool:
    """What a call cost, by part: nothing of anybody's stands there."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry
