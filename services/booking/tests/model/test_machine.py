"""Booking does what a calendar of sixty lines does, whatever is asked of it and in whichever order.

Over gRPC, on PostgreSQL. `make hammer` plays it for longer.
"""

import asyncio
import os
from collections.abc import Iterator
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
from services.booking.tests.history.callers import TOOLS, Ask, Facts, Question, clock, free_starts
from services.booking.tests.history.clinic import TUESDAY, asking, open_clinic
from services.booking.tests.model.calendar import Caller, ModelCalendar

NOON = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
EXAMPLES, STEPS = (1_000, 50) if os.environ.get("SWITCHBOARD_HAMMER") else (12, 40)

CALLERS = st.sampled_from(range(3))
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

    def open_clinic(self, length: int, before: int, after: int) -> Ask:
        self.clock.now = NOON
        service = {"duration_minutes": length, "buffer_before_minutes": before, "buffer_after_minutes": after}
        tenant = self._runner.run(open_clinic(self.booking, **service))
        return asking(self.booking, tenant)

    def ask(self, ask: Ask, question: Question) -> Facts:
        return self._runner.run(self._answered(ask, question))

    async def _answered(self, ask: Ask, question: Question) -> Facts:
        return await ask(question) or {}

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


def on_the_line(caller: int) -> Caller:
    """Each has a number of their own, and makes one call."""
    return Caller(str(caller), f"+1415555000{caller}")


class Machine(RuleBasedStateMachine):
    world: World
    appointments = Bundle("appointments")

    @initialize(service=SERVICES)
    def open(self, service: tuple[int, int, int]) -> None:
        length, before, after = service
        self.model = ModelCalendar(frozenset(range(480, 1081 - length, 15)), length, before, after)
        self._ask = self.world.open_clinic(length, before, after)
        self._numbers = count(1)

    @rule(caller=CALLERS)
    def check(self, caller: int) -> None:
        facts = self._told("check", caller, date=str(TUESDAY))

        assert free_starts(facts) == self.model.free(on_the_line(caller), self._now)

    @rule(caller=CALLERS, start=STARTS)
    def hold(self, caller: int, start: int) -> None:
        facts = self._told("hold", caller, appointmentDate=str(TUESDAY), appointmentTime=clock(start))

        self.model, expected = self.model.hold(on_the_line(caller), start, self._now)
        assert facts["outcome"] == expected

    @rule(caller=CALLERS, start=STARTS, target=appointments)
    def book(self, caller: int, start: int) -> Any:
        wish = {"appointmentDate": str(TUESDAY), "appointmentTime": clock(start), "patientName": "Ana Exempla"}
        facts = self._told("book", caller, **wish)

        known = {one.appointment for one in self.model.kept}
        name = facts.get("appointmentId", "")
        self.model, expected = self.model.book(on_the_line(caller), start, self._now, name)
        assert facts["outcome"] == expected
        assert expected != "booked" or name in {one.appointment for one in self.model.kept}
        return multiple(*{name} - known - {""})

    @rule(appointment=appointments, start=STARTS)
    def move(self, appointment: str, start: int) -> None:
        caller = self._caller_of(appointment)
        new = {"newDate": str(TUESDAY), "newTime": clock(start)}
        facts = self._told("move", caller, appointmentId=appointment, **new)

        self.model, expected = self.model.move(on_the_line(caller), appointment, start, self._now)
        assert facts["outcome"] == expected

    @rule(appointment=consumes(appointments))
    def cancel(self, appointment: str) -> None:
        facts = self._told("cancel", self._caller_of(appointment), appointmentId=appointment)

        self.model, expected = self.model.cancel(appointment)
        assert facts["outcome"] == expected

    @rule(seconds=st.sampled_from([1, 30, 89, 90]))
    def wait(self, seconds: int) -> None:
        self.world.clock.move(timedelta(seconds=seconds))

    @property
    def _now(self) -> float:
        return (self.world.clock.now - NOON).total_seconds()

    def _caller_of(self, appointment: str) -> int:
        return next(int(one.by.call) for one in self.model.kept if one.appointment == appointment)

    def _told(self, kind: str, caller: int, **arguments: str) -> Facts:
        question = Question(TOOLS[kind], arguments, str(caller), str(next(self._numbers)), on_the_line(caller).number)
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
