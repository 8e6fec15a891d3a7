"""What the summary of a month costs: among a thousand calls, among a hundred thousand, and of a hundred thousand.

`.venv/bin/python -m tests.bench.reports` fills a database with each of these pasts, and asks for each in turn, in this
process. The pages of calls that an export reads are measured beside it.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from booking.domain.analytics.report import list_counted, summarize_calls
from booking.domain.analytics.report_period import ReportPeriod, report_period
from booking.store.analytics import AnalyticsStore
from chassis.database.embedded import running
from chassis.database.engine import Database
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase, provisioned
from tests.bench.rounds import WrongAnswer

_NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_MONTH = timedelta(days=30)
_NAMES = UUID("6f0e2c1b-7c55-4c7e-9a3a-8d1f5b2c4e66")
_CONTACTS = 500
_USES = 3
"""Of tools in each call."""
_REASONS = ("customer-ended-call", "assistant-ended-call", "assistant-forwarded-call", "silence-timed-out")
_TOOLS = ("checkAvailability", "bookClinicAppointment", "endCall")
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Past:
    name: str
    calls: int
    lasts: timedelta
    """Until now; the calls are spread evenly over it."""

    @property
    def tenant(self) -> TenantId:
        return TenantId(uuid5(_NAMES, self.name))

    @property
    def of_the_month(self) -> int:
        return round(self.calls * (_MONTH / self.lasts))


SMALL = Past("1,000 calls, all of this month", 1_000, _MONTH)
LONG = Past("100,000 calls, 1,000 of this month", 100_000, _MONTH * 100)
LARGE = Past("100,000 calls, all of this month", 100_000, _MONTH)
PASTS = (SMALL, LONG, LARGE)


def main() -> int:
    console = Console(width=100)
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o711)
        server = stack.enter_context(running(Path(folder) / "reports"))
        databases = {}
        for past in PASTS:
            console.print(f"Writing {past.name} …")
            databases[past] = stack.enter_context(provisioned(server.superuser_url, "booking"))
            asyncio.run(_fill(databases[past], past))
        console.print(_table(uvloop.run(_measure(databases))))
    return 0


async def _measure(databases: dict[Past, ServiceDatabase]) -> dict[str, dict[str, list[float]]]:
    """Seconds, by what is asked and of whom."""
    pools = {past: Database(database.app_url, pool_size=1) for past, database in databases.items()}
    taken: dict[str, dict[str, list[float]]] = {"summary": {}, "page": {}}
    try:
        for number in range(-1, _ROUNDS):  # the first warms up
            for past, pool in pools.items():
                for work, ask in (("summary", _summarize), ("page", _list_calls)):
                    seconds = await _timed(partial(ask, AnalyticsStore(pool), past))
                    if number >= 0:
                        taken[work].setdefault(past.name, []).append(seconds)
    finally:
        await asyncio.gather(*(pool.close() for pool in pools.values()))
    return taken


async def _timed(ask: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun


async def _summarize(store: AnalyticsStore, past: Past) -> None:
    summary = await summarize_calls(store, past.tenant, _month())
    if summary.totals.calls != past.of_the_month:
        raise WrongAnswer(f"{past.name}: {summary.totals.calls} were counted")


async def _list_calls(store: AnalyticsStore, past: Past) -> None:
    page = await list_counted(store.calls, past.tenant, _month(), None)
    if len(page.items) != min(past.of_the_month, 1_000):
        raise WrongAnswer(f"{past.name}: {len(page.items)} were listed")


def _month() -> ReportPeriod:
    return report_period((_NOW - _MONTH).isoformat(), _NOW.isoformat(), "America/New_York", _NOW)


def _table(taken: dict[str, dict[str, list[float]]]) -> Table:
    table = Table(title=f"Median of {_ROUNDS} rounds")
    for column in ("", "summary, ms", "as a multiple", "1,000 rows, ms", "as a multiple"):
        table.add_column(column, justify="left" if not column else "right")
    for past in PASTS:
        cells = []
        for work in ("summary", "page"):
            ratios = [one / small for one, small in zip(taken[work][past.name], taken[work][SMALL.name], strict=True)]
            cells += [f"{1000 * statistics.median(taken[work][past.name]):.1f}", f"{statistics.median(ratios):.2f}"]
        table.add_row(past.name, *cells)
    return table


async def _fill(database: ServiceDatabase, past: Past) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    copy = partial(connection.copy_records_to_table, schema_name="booking")
    try:
        # What is done is done to appointments that are not written here.
        await connection.execute("SET session_replication_role = replica")
        await copy("contacts", columns=_CONTACT, records=_contacts(past))
        await copy("calls", columns=_CALL, records=_calls(past))
        await copy("appointment_changes", columns=_CHANGE, records=_changes(past))
        await copy("call_events", columns=_EVENT, records=_events(past))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


_CONTACT = ("org_id", "id", "name", "name_key", "phone", "phone_since", "created_at")
_CALL = (
    "org_id", "id", "vapi_call_id", "caller_number", "started_at", "ended_at", "duration_seconds", "ended_reason",
    "cost", "status", "direction", "cost_parts", "tools_used", "reported",
)  # fmt: skip
_CHANGE = ("org_id", "id", "appointment_id", "at", "change", "by_assistant", "conversation_id")
_EVENT = ("org_id", "id", "vapi_call_id", "at", "milliseconds", "tool", "ended", "outcome", "facts")

Rows = Iterator[tuple[Any, ...]]


def _contacts(past: Past) -> Rows:
    since = _NOW - past.lasts
    for person in range(_CONTACTS):
        yield past.tenant, _id(past, "contact", person), f"P {person}", f"p {person}", _number(person), since, since


def _calls(past: Past) -> Rows:
    chance = random.Random(past.name)
    for place in range(past.calls):
        at, seconds = _at(past, place), round(chance.random() * 300, 3)
        costs = f'{{"model": {chance.random():.4f}, "voice": {chance.random():.4f}}}'
        yield (
            past.tenant, _id(past, "call", place), _call_id(past, place), _number(chance.randrange(2 * _CONTACTS)), at,
            at + timedelta(seconds=seconds), seconds, chance.choice(_REASONS), round(chance.random(), 4), "ended",
            "inbound", costs, chance.sample(_TOOLS, 2), True,
        )  # fmt: skip


def _changes(past: Past) -> Rows:
    for place in range(0, past.calls, 3):
        change = _id(past, "change", place), _id(past, "appointment", place)
        yield past.tenant, *change, _at(past, place), "booked", True, _call_id(past, place)


def _events(past: Past) -> Rows:
    chance = random.Random(past.name)
    for place in range(past.calls):
        for use in range(_USES):
            outcome = chance.choice(("free", "booked", "taken"))
            event = _id(past, f"event {use}", place), _call_id(past, place), _at(past, place)
            yield past.tenant, *event, chance.random() * 500, _TOOLS[use], "said", outcome, "{}"


def _at(past: Past, place: int) -> datetime:
    return _NOW - past.lasts * ((place + 1) / past.calls)


def _call_id(past: Past, place: int) -> str:
    return str(_id(past, "vapi call", place))


def _number(person: int) -> str:
    return f"+1415{5_550_000 + person}"


def _id(past: Past, kind: str, place: int) -> UUID:
    return uuid5(past.tenant, f"{kind} {place}")


if __name__ == "__main__":
    sys.exit(main())
