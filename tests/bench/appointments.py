"""What looking and booking cost with a thousand appointments in the tables and with a million.

Each size has a database and a process of booking of its own; they are asked in turn, question by question. The floor is
the same servicer called in this process: no gRPC, no second process.
"""

import asyncio
import base64
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
import uvloop

from booking.rpc.receptionist_service import ReceptionistServicer
from booking.store.postgres import PostgresStore
from chassis.clock import system_clock
from chassis.database.embedded import running
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.ports import free_port
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.databases import ServiceDatabase, provisioned
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest, CheckAvailabilityRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext
from tests.bench.arena import background_process, listens, wait_until
from tests.bench.rounds import WrongAnswer

FEW, MANY = 1_000, 1_000_000
"""Appointments in the table."""

GROWTH_AIM = 1.2
FLOOR_AIM = 0.6

WORK = ("checkAvailability", "bookClinicAppointment")

_CLINICS = {FEW: 5, MANY: 100}
_TO_COME = 200
"""Of each clinic's appointments, on the days that are asked about; the rest are over."""
_CONTACTS = 500
"""Of each clinic."""

_ZONE = ZoneInfo("America/New_York")
_OPENS, _CLOSES, _LENGTH = 8 * 60, 18 * 60, 30
_A_DAY = (_CLOSES - _OPENS) // _LENGTH
_BUSY_DAYS = range(2, 12)
"""Days ahead on which the appointments to come are; half of the times of both calendars are taken."""
_EMPTY_DAYS = range(20, 170)
"""Days ahead on which is booked."""

_NAMES = UUID("0d0f2a51-3c1b-5b0e-8a44-0d3a3c2f5e33")
_QUESTIONS = 150
"""Of each kind to each in one round."""
_SECONDS = 10.0

Ask = Callable[[Any], Any]
Askers = Mapping[tuple[str, int], Mapping[str, Ask]]
"""Tools, by who is asked and among how many appointments."""


@dataclass(frozen=True, slots=True)
class AppointmentFigures:
    growth: dict[str, list[float]]
    """What it takes with MANY as a multiple of what it takes with FEW, round by round, by tool."""
    to_floor: dict[str, dict[int, list[float]]]
    """The floor's time as a share of booking's over gRPC, round by round, by tool and appointments."""
    milliseconds: dict[str, dict[int, float]]
    """Median over gRPC, by tool and appointments."""


def measure(folder: Path, rounds: int, on_step: Callable[[str], None]) -> AppointmentFigures:
    """Raises DidNotStart, WrongAnswer."""
    with ExitStack() as stack:
        server = stack.enter_context(running(folder / "appointments"))
        databases, ports = {}, {}
        for appointments in (FEW, MANY):
            on_step(f"Filling a database with {appointments:,} appointments …")
            database = stack.enter_context(provisioned(server.superuser_url, "booking"))
            asyncio.run(_fill(database, appointments))
            databases[appointments] = database
            ports[appointments] = stack.enter_context(_booking(database, folder))
        on_step("Looking and booking among them …")
        return uvloop.run(_Contest(ports, databases).run(rounds))


async def _fill(database: ServiceDatabase, appointments: int) -> None:
    """Rows as the service would have written them, in bulk; then statistics, as autovacuum would gather them."""
    clinics = range(_CLINICS[appointments])
    of_each = appointments // len(clinics)
    connection = await asyncpg.connect(database.superuser_url)
    copy = partial(connection.copy_records_to_table, schema_name="booking")
    try:
        # The rows fit together; to look each of them up would take minutes.
        await connection.execute("SET session_replication_role = replica")
        await _fill_clinics(copy, clinics)
        for clinic in clinics:
            await copy("appointments", columns=_COLUMNS, records=_rows(clinic, of_each))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _fill_clinics(copy: Any, clinics: Sequence[int]) -> None:
    await copy(
        "calendars",
        columns=["org_id", "id", "name", "timezone"],
        records=[(_org(one), _calendar(one, room), f"Room {room}", _ZONE.key) for one in clinics for room in (0, 1)],
    )
    await copy(
        "opening_hours",
        columns=["org_id", "calendar_id", "weekday", "opens_minute", "closes_minute"],
        records=[
            (_org(one), _calendar(one, room), weekday, _OPENS, _CLOSES)
            for one in clinics
            for room in (0, 1)
            for weekday in range(1, 8)
        ],
    )
    await copy(
        "services",
        columns=[
            "org_id", "id", "name", "duration_minutes", "step_minutes", "buffer_before_minutes",
            "buffer_after_minutes", "lead_time_minutes", "horizon_days", "default_service",
        ],
        records=[(_org(one), _id("service", one), "Check-up", _LENGTH, 15, 0, 0, 0, 180, True) for one in clinics],
    )  # fmt: skip
    await copy(
        "contacts",
        columns=["org_id", "id", "name", "name_key", "phone"],
        records=[
            (_org(one), _contact(one, person), f"Patient {person}", f"patient {person}", _number(person))
            for one in clinics
            for person in range(_CONTACTS)
        ],
    )


_COLUMNS = (
    "org_id", "id", "calendar_id", "service_id", "contact_id", "starts_at", "ends_at", "occupied", "timezone",
    "local_start", "status", "vapi_call_id",
)  # fmt: skip


def _rows(clinic: int, how_many: int) -> Iterator[tuple[object, ...]]:
    """As many to come as in any other clinic, and the rest of the years before."""
    to_come = [(ahead, place) for ahead in _BUSY_DAYS for place in range(_A_DAY)]
    over = [(-1 - place // _A_DAY, place % _A_DAY) for place in range((how_many - _TO_COME) // 2)]
    for room in (0, 1):
        for ahead, place in [*over, *to_come[room::2]]:
            wall = datetime.combine(date.today() + timedelta(days=ahead), datetime.min.time())
            wall += timedelta(minutes=_OPENS + place * _LENGTH)
            start = wall.replace(tzinfo=_ZONE).astimezone(UTC)
            end = start + timedelta(minutes=_LENGTH)
            name = f"{clinic}/{room}/{ahead}/{place}"
            yield (
                _org(clinic), _id("appointment", name), _calendar(clinic, room), _id("service", clinic),
                _contact(clinic, (ahead + place) % _CONTACTS), start, end, asyncpg.Range(start, end), _ZONE.key,
                wall, "booked", name,
            )  # fmt: skip


@contextmanager
def _booking(database: ServiceDatabase, folder: Path) -> Iterator[int]:
    """Booking's own process on a database; its port. Raises DidNotStart."""
    port = free_port()
    environment = {
        "DATABASE_URL": database.app_url,
        "LISTEN_ADDR": f"127.0.0.1:{port}",
        "ALLOW_UNAUTHENTICATED_GRPC": "true",
        "SWITCHBOARD_ENCRYPTION_KEYS": base64.b64encode(bytes(32)).decode(),
        "LOG_LEVEL": "warning",
    }
    output = folder / f"booking-{port}.output"
    with background_process([sys.executable, "-m", "booking"], output, environment, cwd=folder) as process:
        wait_until(partial(listens, port), process, output)
        yield port


class _Contest:
    """Both sizes, over gRPC and in this process, in turns."""

    def __init__(self, ports: dict[int, int], databases: dict[int, ServiceDatabase]) -> None:
        self._ports = ports
        self._databases = databases
        self._booked = dict.fromkeys(ports, 0)

    async def run(self, rounds: int) -> AppointmentFigures:
        clients = {size: RpcClient(f"127.0.0.1:{port}") for size, port in self._ports.items()}
        pools = {size: Database(database.app_url) for size, database in self._databases.items()}
        try:
            askers = {
                **{("booking", size): _over_grpc(client) for size, client in clients.items()},
                **{("floor", size): _in_process(pool) for size, pool in pools.items()},
            }
            return await self._take_turns(askers, rounds)
        finally:
            await asyncio.gather(*(client.close() for client in clients.values()))
            await asyncio.gather(*(pool.close() for pool in pools.values()))

    async def _take_turns(self, askers: Askers, rounds: int) -> AppointmentFigures:
        taken: dict[tuple[str, str, int], list[float]] = defaultdict(list)
        for number in range(-1, rounds):  # the first warms up
            for work in WORK:
                medians = await self._round(askers, work)
                for (who, size), median in medians.items():
                    if number >= 0:
                        taken[work, who, size].append(median)
        return AppointmentFigures(
            growth={work: _shares(taken[work, "booking", MANY], taken[work, "booking", FEW]) for work in WORK},
            to_floor={
                work: {size: _shares(taken[work, "floor", size], taken[work, "booking", size]) for size in (FEW, MANY)}
                for work in WORK
            },
            milliseconds={
                work: {size: 1000 * statistics.median(taken[work, "booking", size]) for size in (FEW, MANY)}
                for work in WORK
            },
        )

    async def _round(self, askers: Askers, work: str) -> dict[tuple[str, int], float]:
        """The median seconds of a question, by who is asked and among how many. Raises WrongAnswer."""
        seconds: dict[tuple[str, int], list[float]] = {who: [] for who in askers}
        turns = list(permutations(askers.items()))
        for number in range(_QUESTIONS):
            # In every order: whoever is asked after another in the same process finds its caches warm.
            for (who, size), tools in turns[number % len(turns)]:
                seconds[who, size].append(await self._one(tools[work], work, size, number))
        return {who: statistics.median(taken) for who, taken in seconds.items()}

    async def _one(self, ask: Ask, work: str, size: int, number: int) -> float:
        clinic, request, expected = self._question(work, size, number)
        with tenant_scope(TenantId(_org(clinic))):
            begun = time.perf_counter()
            reply = await ask(request)
            seconds = time.perf_counter() - begun
        if reply.data["outcome"] != expected:
            raise WrongAnswer(f"with {size:,} appointments {work} was answered: {reply.say}")
        return seconds

    def _question(self, work: str, size: int, number: int) -> tuple[int, Any, str]:
        clinics = _CLINICS[size]
        if work == "checkAvailability":
            day = date.today() + timedelta(days=_BUSY_DAYS[number % len(_BUSY_DAYS)])
            return (number * 7) % clinics, CheckAvailabilityRequest(date=day.isoformat()), "free"
        # A time of its own for each: the first calendar that is tried has it.
        place = self._booked[size]
        self._booked[size] += 1
        clinic, place = place % clinics, place // clinics
        day = date.today() + timedelta(days=_EMPTY_DAYS[place // _A_DAY])
        minute = _OPENS + place % _A_DAY * _LENGTH
        context = CallContext(
            vapi_call_id=f"call {clinic}/{place}", tool_call_id="call_1", caller_number=_number(place % _CONTACTS)
        )
        request = BookClinicAppointmentRequest(
            context=context,
            appointment_date=day.isoformat(),
            appointment_time=f"{minute // 60:02}:{minute % 60:02}",
            patient_name=f"New Patient {place}",
        )
        return clinic, request, "booked"


def _over_grpc(client: RpcClient) -> dict[str, Ask]:
    stub = client.stub(ReceptionistServiceStub)

    async def check(request: Any) -> Any:
        return await stub.CheckAvailability(request, timeout=_SECONDS)

    async def book(request: Any) -> Any:
        return await stub.BookClinicAppointment(request, timeout=_SECONDS)

    return dict(zip(WORK, (check, book), strict=True))


def _in_process(pool: Database) -> dict[str, Ask]:
    servicer: Any = ReceptionistServicer(PostgresStore(pool, Sealer([bytes(KEY_BYTES)])), system_clock)

    async def check(request: Any) -> Any:
        return await servicer.CheckAvailability(request, None)

    async def book(request: Any) -> Any:
        return await servicer.BookClinicAppointment(request, None)

    return dict(zip(WORK, (check, book), strict=True))


def _shares(of: Sequence[float], to: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(of, to, strict=True)]


def _org(clinic: int) -> UUID:
    return _id("clinic", clinic)


def _calendar(clinic: int, room: int) -> UUID:
    return _id("calendar", f"{clinic}/{room}")


def _contact(clinic: int, person: int) -> UUID:
    return _id("contact", f"{clinic}/{person}")


def _number(person: int) -> str:
    return f"+1415{5_550_000 + person}"


def _id(kind: str, name: object) -> UUID:
    return uuid5(_NAMES, f"{kind} {name}")
