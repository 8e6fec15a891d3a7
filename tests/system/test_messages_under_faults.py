"""The short form of `python -m tests.hammer.messages`, outages: nobody hears silence, and no report is lost."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from switchboard_cli.stack.stack_file import PROCESSES
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
from tests.system.running import PATIENCE_SECONDS, Running

SECONDS, PACE = 3, 0.02
"""Of an outage; and how much faster than Vapi's plan it is asked again."""

READ = ("/api/inbound/phone-mappings", "/api/calendars", "/api/assistants")
"""From the tables of each service."""

IN_A_ROW = 10
"""Times that all of them are read: each process finds its dead connections when it uses them."""


async def calls_of(title: str, running: Running, desk: Desk, *, asks: bool) -> Calls:
    clinic = await Clinic.opened(desk, running.stack.webhook_secret)
    plan = await BackoffPlan.of(running, pace=PACE)
    return Calls(clinic, plan, Withstood(title), asks=asks)


async def until_all_is_back(running: Running, clinic: Clinic) -> None:
    """The test after this one expects a whole set."""
    read = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while read < IN_A_ROW or not running.stack.pids.keys() >= {*PROCESSES}:
            answers = [await clinic.desk.ask("GET", path, key=clinic.key) for path in READ]
            read = read + 1 if all(answer.is_success for answer in answers) else 0
            await asyncio.sleep(0 if read else 0.1)


@pytest.mark.parametrize("outage", [database_hangs, database_dies])
async def test_while_the_database_is_away_callers_hear_a_sentence_and_no_report_is_lost(
    desk: Desk, running: Running, outage: Callable[[Running, float], Outage]
) -> None:
    calls = await calls_of(outage.__name__, running, desk, asks=True)

    try:
        outcome = await withstood(outage.__name__, calls, outage(running, SECONDS), a_second=4)
    finally:
        await until_all_is_back(running, calls.clinic)

    assert outcome.complaints == []
    # How much of so short an outage is met is the machine's matter; the long form counts it.
    assert all(len(outcome.seconds[asked]) == outcome.calls for asked in Asked)


async def test_what_is_acknowledged_while_services_are_killed_is_stored_once(desk: Desk, running: Running) -> None:
    calls = await calls_of("kills", running, desk, asks=False)

    outcome = await withstood("kills", calls, services_die(running, 3, Random(1)), a_second=10)

    assert outcome.complaints == []
