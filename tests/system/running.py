"""A running set, and its clinics' tables."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from chassis.ports import free_port
from switchboard_cli.demo.calls import next_workday
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile

PATIENCE_SECONDS = 90
"""How long something that starts, or comes back, is waited for."""

UNLIMITED = "1000000"
"""A rate limit that no test reaches."""


@dataclass(frozen=True, slots=True)
class Running:
    home: Home

    @property
    def stack(self) -> StackFile:
        """As it is now: a process that was started again has another id."""
        return StackFile.read(self.home.stack_file)


@contextmanager
def running_set(home: Path, **environment: str) -> Iterator[Running]:
    """`switchboard up` in a home that is not there yet, with two booking processes, until the block ends."""
    environment = {
        "RATE_LIMIT_PER_MINUTE": UNLIMITED,
        "MOST_LAG_SECONDS": "1000",  # however late a busy machine is, nothing is left undone for it
        "REPORTS_EXPECTED_WITHIN_SECONDS": "0",
        **environment,
    }
    output = home.with_name("up.txt")
    command = [sys.executable, "-m", "switchboard_cli.main", "up", "--home", str(home), "--port", str(free_port())]
    with output.open("wb") as sink:
        up = subprocess.Popen(
            [*command, "--processes", "booking=2"], stdout=sink, stderr=sink, env={**os.environ, **environment}
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (home / "stack.json").exists():
            if up.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the set did not start:\n{output.read_text()}")
            time.sleep(0.05)
        yield Running(Home(home))
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Clinic:
    """A seeded clinic, and its tables read as their owner."""

    organization: SeededOrganization
    stack: StackFile

    @property
    def day(self) -> date:
        return next_workday(datetime.now(ZoneInfo(self.organization.timezone)).date())

    async def appointments(self) -> list[dict[str, Any]]:
        rows = await self.fetch(
            "booking",
            "select a.*, c.name as patient from appointments a"
            " join contacts c on (c.org_id, c.id) = (a.org_id, a.contact_id) order by a.starts_at, c.name",
        )
        return [dict(row) for row in rows]

    async def fetch(self, service: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.stack.databases[service].owner)
        try:
            await connection.execute("select set_config('app.org_id', $1, false)", self.organization.id)
            rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return rows
        finally:
            await connection.close()


async def forget_bookings(clinic: Clinic) -> None:
    for table in ("appointments", "contacts", "tool_calls"):
        await clinic.fetch("booking", f"delete from {table}")
