"""Booking does what a clinic of a hundred lines does, whatever is asked of it and in whichever order.

Over gRPC, on PostgreSQL. `make hammer` plays it for longer.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.history.callers import TOOLS, Ask, Facts, Question, clock, free_starts, room_name
from services.booking.tests.history.clinic import TUESDAY, asking, new_rooms, open_clinic
from services.booking.tests.model.clinic import Asker, ModelClinic

NOON = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
EXAMPLES, STEPS = (500, 50) if os.environ.get("SWITCHBOARD_HAMMER") else (12, 40)

ASKERS = st.sampled_from(
    [Asker("first call", "+14155550001"), Asker("second call", "+14155550001"), Asker("third call", "+14155550002")]
)
"""Two calls come from one number: its caller rings back."""
ROOMS = st.sampled_from([None, 0, 1])
STARTS = st.sampled_from([*range(540, 661, 15), 607])
"""Nine starts that get into each other's way, and one that is none."""
SERVICES = st.sampled_from([(30, 0, 0), (30, 10, 5), (45, 0, 20)])
"""Minutes: how long, and how much before and after."""


class World:
    """Booking on a server in this process, on a loop of its own: a machine's rules do not wait."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.clock = StoppedClock(NOON)
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._runner.run(self._start(database))

    async def _start(self, database: ServiceDatabase) -> None:
        pool = Database(database.app_url, pool_size=2)
        self._stack.push_async_callback(pool.close)
        store = PostgresStore(pool, Sealer([bytes(KEY_BYTES)]))
        server = served(lambda server: add_services(server, store, self.clock), domain=DOMAIN)
        self.booking = await self._stack.enter_async_context(server)

    def open_clinic(self, rooms: int, length: int, before: int, after: int) -> Ask:
        self.clock.now = NOON
        service = {"duration_minutes": length, "buffer_before_minutes": before, "buffer_after_minutes": after}
        tenant = self._runner.run(open_clinic(self.booking, new_rooms(rooms), **service))
        return asking(self.booking, tenant)

    def ask(self, ask: Ask, question: Question) -> Facts:
        return self._runner.run(self._answered(ask, question))

    async def _answered(self, ask: Ask, question: Question) -> Facts:
        return await ask(question) or {}

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


class Machine(RuleBasedStateMachine):
    world: World
    appointments = Bundle("appointments")

    @initialize(rooms=st.sampled_from([1, 2]), service=SERVICES)
    def open(self, rooms: int, service: tuple[int, int, int]) -> None:
        length, before, after = service
        self.model = ModelClinic(frozenset(range(480, 1081 - length, 15)), rooms, length, before, after)
        self._ask = self.world.open_clinic(rooms, length, before, after)
        self._numbers = count(1)

    @rule(asker=ASKERS)
    def check(self, asker: Asker) -> None:
        facts = self._told("check", asker, date=str(TUESDAY))

        assert free_starts(facts) == self.model.free(asker, self._now)

    @rule(asker=ASKERS, start=STARTS, room=ROOMS)
    def hold(self, asker: Asker, start: int, room: int | None) -> None:
        facts = self._told("hold", asker, appointmentDate=str(TUESDAY), appointmentTime=clock(start), **self._in(room))

        self.model, expected = self.model.hold(asker, start, self._now, self._meant(room))
        assert facts["outcome"] == expected

    @rule(asker=ASKERS, start=STARTS, room=ROOMS, target=appointments)
    def book(self, asker: Asker, start: int, room: int | None) -> Any:
        wish = {"appointmentDate": str(TUESDAY), "appointmentTime": clock(start), "patientName": "Ana Exempla"}
        facts = self._told("book", asker, **wish, **self._in(room))

        known = {one.appointment for one in self.model.kept}
        name = facts.get("appointmentId", "")
        chosen = bool(self._in(room))
        self.model, expected = self.model.book(asker, start, self._now, self._meant(room), name, room_chosen=chosen)
        assert facts["outcome"] == expected
        assert expected != "booked" or name in {one.appointment for one in self.model.kept}
        return multiple(*{name} - known - {""})

    @rule(appointment=appointments, start=STARTS)
    def move(self, appointment: str, start: int) -> None:
        asker = self.model.appointment(appointment).asker
        new = {"newDate": str(TUESDAY), "newTime": clock(start)}
        facts = self._told("move", asker, appointmentId=appointment, **new)

        self.model, expected = self.model.move(asker, appointment, start, self._now, range(self.model.rooms))
        assert facts["outcome"] == expected

    @rule(appointment=consumes(appointments))
    def cancel(self, appointment: str) -> None:
        facts = self._told("cancel", self.model.appointment(appointment).asker, appointmentId=appointment)

        self.model, expected = self.model.cancel(appointment)
        assert facts["outcome"] == expected

    @rule(seconds=st.sampled_from([1, 30, 89, 90]))
    def wait(self, seconds: int) -> None:
        self.world.clock.move(timedelta(seconds=seconds))

    @property
    def _now(self) -> float:
        return (self.world.clock.now - NOON).total_seconds()

    def _meant(self, room: int | None) -> Sequence[int]:
        """In the order in which they are tried."""
        rooms = range(self.model.rooms)
        return rooms if room is None else rooms[room : room + 1] or rooms

    def _in(self, room: int | None) -> dict[str, str]:
        """Of one room nobody says which."""
        named = self.model.rooms > 1 and room is not None
        return {"practitioner": room_name(room)} if named and room is not None else {}

    def _told(self, kind: str, asker: Asker, **arguments: str) -> Facts:
        question = Question(TOOLS[kind], arguments, asker.call, str(next(self._numbers)), asker.number)
        return self.world.ask(self._ask, question)


@pytest.fixture(scope="module")
def world(service_database: ServiceDatabase) -> Iterator[World]:
    world = World(service_database)
    yield world
    world.close()


def test_every_answer_is_the_models(world: World) -> None:
    played = type("Machine", (Machine,), {"world": world})

    run_state_machine_as_test(
        played,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
