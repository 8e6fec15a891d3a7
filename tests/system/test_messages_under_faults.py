"""The short form of `python -m tests.hammer.messages`, outages: nobody hears silence, and no report is lost."""

from collections.abc import Callable
from random import Random

import pytest

from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.faults import (
    Asked,
    BackoffPlan,
    Calls,
    Outage,
    Withstood,
    database_dies,
    database_hangs,
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


@pytest.mark.parametrize("outage", [database_hangs, database_dies])
async def test_while_the_database_is_away_callers_hear_a_sentence_and_no_report_is_lost(
    desk: Desk, running: Running, outage: Callable[[Running, float], Outage]
) -> None:
    calls = await calls_of(outage.__name__, running, desk, asks=True)

    outcome = await withstood(outage.__name__, calls, outage(running, SECONDS), a_second=4)

    assert outcome.complaints == []
    # How much of so short an outage is met is the machine's matter; the long form counts it.
    assert all(len(outcome.seconds[asked]) == outcome.calls for asked in Asked)


async def test_what_is_acknowledged_while_services_are_killed_is_stored_once(desk: Desk, running: Running) -> None:
    calls = await calls_of("kills", running, desk, asks=False)

    outcome = await withstood("kills", calls, services_die(running, 3, Random(1)), a_second=10)

    assert outcome.complaints == []
