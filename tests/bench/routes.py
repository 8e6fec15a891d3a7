"""Whose call it is: what asking costs with ten organizations and with a hundred thousand, and remembering."""

import asyncio
import base64
import secrets
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg

from chassis.database.embedded import running
from chassis.ports import free_port
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase, provisioned
from tenancy_client import Answer, Changes, Evidence, Finding, Outcome, Routes, Source, TenancyClient, Whose
from tests.bench.arena import background_process, listens, memory_of, wait_until
from tests.bench.rounds import WrongAnswer

FEW, MANY = 10, 100_000
"""Organizations, each with two numbers, a Vapi id for each, and an assistant."""

UNCACHED_AIM = 1.2
CACHED_AIM_MICROSECONDS = 20.0
ROUTE_AIM_BYTES = 1024

_NAMES = UUID("5f0d3a52-7a3e-5b0e-8a44-0d3a3c2f5e22")
_TURN = 300
"""Questions in one turn of one size."""
_LOOK_UPS = 20_000
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RouteFigures:
    uncached_ratios: list[float]
    """What a question takes with MANY organizations as a multiple of what it takes with FEW, round by round."""
    uncached_milliseconds: dict[int, float]
    """Median, by organizations."""
    cached_microseconds: list[float]
    """What a remembered route takes, round by round."""
    bytes_a_route: float
    """In the memory of a process that keeps MANY, with the evidence it is found by."""
    tenancy_mb: dict[int, tuple[float, float]]
    """Resident and proportional, after the questions, by organizations."""


def measure(folder: Path, rounds: int, on_step: Callable[[str], None]) -> RouteFigures:
    """Raises DidNotStart, WrongAnswer."""
    with ExitStack() as stack:
        on_step(f"Starting a database of {MANY:,} organizations …")
        server = stack.enter_context(running(folder / "routes"))
        ports, processes = {}, {}
        for organizations in (FEW, MANY):
            database = stack.enter_context(provisioned(server.superuser_url, "tenancy"))
            asyncio.run(_fill(database, organizations))
            ports[organizations], processes[organizations] = stack.enter_context(_tenancy(database, folder))
        on_step("Asking whose call it is …")
        samples = asyncio.run(_ask(ports, rounds))
        memory = {organizations: memory_of([pid]) for organizations, pid in processes.items()}
        on_step("Remembering whose call it is …")
        cached, bytes_a_route = asyncio.run(_remember(rounds))
    return RouteFigures(
        uncached_ratios=[many / few for few, many in zip(samples[FEW], samples[MANY], strict=True)],
        uncached_milliseconds={size: 1000 * statistics.median(medians) for size, medians in samples.items()},
        cached_microseconds=cached,
        bytes_a_route=bytes_a_route,
        tenancy_mb=memory,
    )


def evidence_of(position: int) -> Evidence:
    """All that a call of the organization at `position` says."""
    return Evidence(
        called_number=_number(2 * position),
        phone_number_ids=(str(_id("number", 2 * position)),),
        assistant_ids=(str(_id("assistant", position)),),
    )


def _number(position: int) -> str:
    return f"+1415{2_000_000 + position}"


def _id(kind: str, position: int) -> UUID:
    return uuid5(_NAMES, f"{kind} {position}")


async def _fill(database: ServiceDatabase, organizations: int) -> None:
    """Rows as the service would have written them, in bulk; then statistics, as autovacuum would gather them."""
    of_each = range(organizations)
    numbers = range(2 * organizations)
    connection = await asyncpg.connect(database.superuser_url)
    copy = partial(connection.copy_records_to_table, schema_name="tenancy")
    try:
        await copy(
            "organizations",
            columns=["id", "name", "timezone"],
            records=[(_id("organization", one), f"Clinic {one}", "America/New_York") for one in of_each],
        )
        await copy(
            "phone_number_mapping",
            columns=["org_id", "inbound_phone_number", "clinic_name", "vapi_phone_number_id", "held"],
            records=[
                (_id("organization", one // 2), _number(one), "", _id("number", one), asyncpg.Range(None, None))
                for one in numbers
            ],
        )
        await copy(
            "registered_assistants",
            columns=["org_id", "vapi_assistant_id"],
            records=[(_id("organization", one), _id("assistant", one)) for one in of_each],
        )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


@contextmanager
def _tenancy(database: ServiceDatabase, folder: Path) -> Iterator[tuple[int, int]]:
    """Tenancy's own process on a database; its port and its process id. Raises DidNotStart."""
    port = free_port()
    environment = {
        "DATABASE_URL": database.app_url,
        "LISTEN_ADDR": f"127.0.0.1:{port}",
        "ALLOW_UNAUTHENTICATED_GRPC": "true",
        "SWITCHBOARD_ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "LOG_LEVEL": "warning",
    }
    output = folder / f"tenancy-{port}.output"
    with background_process([sys.executable, "-m", "tenancy"], output, environment, cwd=folder) as process:
        wait_until(partial(listens, port), process, output)
        yield port, process.pid


async def _ask(ports: dict[int, int], rounds: int) -> dict[int, list[float]]:
    """Median seconds of a question in each round, by organizations; the sizes take turns within a round."""
    clients = {size: RpcClient(f"127.0.0.1:{port}") for size, port in ports.items()}
    medians: dict[int, list[float]] = {size: [] for size in clients}
    try:
        for number in range(-1, rounds):  # the first warms up
            for size in (FEW, MANY) if number % 2 else (MANY, FEW):
                median = await _turn(TenancyClient(clients[size]), size)
                if number >= 0:
                    medians[size].append(median)
    finally:
        for client in clients.values():
            await client.close()
    return medians


async def _turn(tenancy: TenancyClient, size: int) -> float:
    taken = []
    for number in range(_TURN):
        position = (number * 7919) % size
        begun = time.perf_counter()
        whose = await tenancy.whose(evidence_of(position), timeout=_SECONDS)
        taken.append(time.perf_counter() - begun)
        if whose.outcome is not Outcome.RESOLVED or whose.organization != _id("organization", position):
            raise WrongAnswer(f"tenancy with {size} organizations did not name the right one")
    return statistics.median(taken)


async def _remember(rounds: int) -> tuple[list[float], float]:
    """Microseconds of a look-up among MANY routes, round by round, and the bytes of a route with its evidence."""
    changes = Changes(monotonic=lambda: 0.0)
    routes = Routes(_NotAsked(), changes, most=MANY)
    tracemalloc.start()
    for position in range(MANY):
        routes.keep(Answer(evidence_of(position), _answer(position), changes.moment()))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [await _look_up(routes, number) for number in range(rounds)], taken / MANY


def _answer(position: int) -> Whose:
    """What tenancy answers of `evidence_of(position)`."""
    tenant, evidence = TenantId(_id("organization", position)), evidence_of(position)
    findings = (
        Finding(Source.CALLED_NUMBER, evidence.called_number, tenant),
        *(Finding(Source.PHONE_NUMBER_ID, one, tenant) for one in evidence.phone_number_ids),
        *(Finding(Source.ASSISTANT_ID, one, tenant) for one in evidence.assistant_ids),
    )
    return Whose(Outcome.RESOLVED, tenant, tuple(finding.source for finding in findings), findings=findings)


async def _look_up(routes: Routes, number: int) -> float:
    # Evidence made anew, as of a message that has just been read: no string is one that is held already.
    asked = [evidence_of((number + one * 7919) % MANY) for one in range(_LOOK_UPS)]
    begun = time.perf_counter()
    for evidence in asked:
        answer = await routes.whose(evidence)
        if not answer.was_remembered:
            raise WrongAnswer("a route that was kept was not remembered")
    return (time.perf_counter() - begun) / _LOOK_UPS * 1e6


class _NotAsked(TenancyClient):
    """Stands where tenancy would be asked."""

    def __init__(self) -> None: ...

    async def whose(self, evidence: Evidence, *, timeout: float | None = None) -> Whose:
        raise WrongAnswer("a route that was kept had to be asked for")
