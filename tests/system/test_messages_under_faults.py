"""The short form of `python -m tests.hammer.messages`, outages: nobody hears silence, and no report is lost."""

from random import Random

from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.faults import (
    BackoffPlan,
    Calls,
    Withstood,
    services_die,
    withstood,
)
from tests.system.administering import Desk
from tests.system.running import Running

SECONDS, PACE = 3, 0.02
"""Of an outage; and how much faster than Vapi's plan it is asked again."""


async def calls_of(title: str, running: Running, desk: Desk, *, asks: bool) -> Calls:
    clinic = await Clinic.opened(desk, running.stack.webhook_secret)
    plan = await BackoffPlan.of(running, pace=PACE)
    return Calls(clinic, plan, Withstood(title), asks=asks)


async def test_what_is_acknowledged_while_services_are_killed_is_stored_once(desk: Desk, running: Running) -> None:
    calls = await calls_of("kills", running, desk, asks=False)

    outcome = await withstood("kills", calls, services_die(running, 3, Random(1)), a_second=10)

    assert outcome.complaints == []
