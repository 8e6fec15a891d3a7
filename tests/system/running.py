"""A running set, and its clinics' tables."""

import socket
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from switchboard_cli.demo.calls import next_workday
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile

PATIENCE_SECONDS = 90
"""How long something that starts, or comes back, is waited for."""


@dataclass(frozen=True, slots=True)
class Running:
    home: Home

    @property
    def stack(self) -> StackFile:
        """As it is now: a process that was started again has another id."""
        return StackFile.read(self.home.stack_file)


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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
