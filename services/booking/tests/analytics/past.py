"""An organization's past, written by hand: rows as the tables have them, and usual where a test does not care."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg

from chassis.tenant import TenantId

Row = Mapping[str, Any]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    connection: asyncpg.Connection
    tenant: TenantId

    async def call(self, **told: Any) -> Row:
        usual: dict[str, Any] = {"started_at": NOON, "created_at": NOON, "reported": True, "status": "ended"}
        return (await self.write("calls", [new_call(**usual | told)]))[0]

    async def contact(self, **told: Any) -> Row:
        return (await self.write("contacts", [new_contact(**told)]))[0]

    async def change(self, **told: Any) -> Row:
        return (await self.write("appointment_changes", [new_change(**told)]))[0]

    async def tool_use(self, **told: Any) -> Row:
        return (await self.write("call_events", [new_tool_use(**told)]))[0]

    async def write(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """All of them with the same columns."""
        if rows:
            names = ["org_id", *rows[0]]
            places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
            statement = f"INSERT INTO booking.{table} ({', '.join(names)}) VALUES ({places})"  # our own names
            await self.connection.executemany(statement, [(self.tenant, *map(_written, row.values())) for row in rows])
        return rows


def new_call(**told: Any) -> Row:
    usual = {"id": uuid4(), "vapi_call_id": str(uuid4()), "created_at": NOON, "cost_parts": {}, "tools_used": []}
    return usual | {"reported": False, "erased": False} | told


def new_contact(**told: Any) -> Row:
    return {"id": uuid4(), "name": "Ana Exempla", "name_key": str(uuid4())} | told


def new_change(**told: Any) -> Row:
    usual = {"id": uuid4(), "appointment_id": uuid4(), "at": NOON, "change": "booked", "by_assistant": True}
    return usual | {"conversation_id": None} | told


def new_tool_use(**told: Any) -> Row:
    usual = {"id": uuid4(), "vapi_call_id": str(uuid4()), "at": NOON, "milliseconds": 100.0, "tool": "holdSlot"}
    return usual | {"ended": "said", "outcome": "held", "facts": {}} | told


def _written(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
