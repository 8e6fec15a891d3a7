"""`python -m tests.hammer.crowd`: what a crowd costs everybody else. `--small`: three minutes.

Two crowds: clients that trickle, and a clinic that sends ten times its limit. Each comes and goes, and how long others
wait while it is there is told as a ratio to how long they wait while it is not.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from switchboard_cli.stack.stack_file import StackFile
from tests.bench.arena import DidNotStart, stack_up
from tests.hammer.crowd.callers import Caller, Heard, connections
from tests.hammer.crowd.crowds import noise_of, slow_clients_at
from tests.hammer.crowd.slow import Cut

LIMIT = 100
"""Of the clinic that sends too much, tool calls a minute: what the contract allows by default."""

OTHERS_LIMIT = 600
"""So large that there are enough of the others' calls to tell a hundredth."""

TIMES_OVER = 10
SLOW_CLIENTS = 500
CUT_WITHIN = 15.0
MOST_SLOWER = {"trickling": 1.1, "ten times its limit": 1.2}
"""By which others' p99 may rise."""

_OTHERS_A_SECOND = OTHERS_LIMIT / 60 * 0.9
_CROWDS = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

_PAUSE = 61.0
"""Seconds until a limit is whole again."""


@dataclass(slots=True)
class Measured:
    crowd: str
    without: Heard
    beside: Heard
    complaints: list[str]

    @property
    def ratio(self) -> float:
        return self.beside.p99 / self.without.p99

    def judge(self) -> list[str]:
        found = list(self.complaints)
        wrong = [dict(heard.ended) for heard in (self.without, self.beside) if set(heard.ended) != {"result"}]
        found += [f"{self.crowd}: others heard {ended}" for ended in wrong]
        if self.ratio > MOST_SLOWER[self.crowd]:
            found.append(f"{self.crowd}: others' p99 is {self.ratio:.2f} times what it is without")
        return found


async def slow_clients(others: Caller, *, rounds: int) -> Measured:
    without, beside, complaints = Heard(), Heard(), []
    address = urlsplit(others.stack.gateway_url)
    for _ in range(rounds):
        await others.tool_calls(without, a_second=_OTHERS_A_SECOND, seconds=12)
        crowd = _apart(slow_clients_at, address.hostname or "", address.port or 80, SLOW_CLIENTS)
        await others.tool_calls(beside, a_second=_OTHERS_A_SECOND, seconds=12)
        complaints += _judged(await crowd)
        await asyncio.sleep(_PAUSE - 24)
    return Measured("trickling", without, beside, complaints)


def _judged(cuts: list[Cut]) -> list[str]:
    last = max(cut.seconds for cut in cuts)
    found = [f"a client that trickled was cut off after {last:.1f} s"] if last > CUT_WITHIN else []
    if statuses := {cut.status for cut in cuts} - {408}:
        found.append(f"clients that trickled were told {sorted(statuses)}")
    return found


async def one_clinic_over_its_limit(others: Caller, *, rounds: int) -> Measured:
    without, beside, complaints = Heard(), Heard(), []
    for _ in range(rounds):
        await others.tool_calls(without, a_second=_OTHERS_A_SECOND, seconds=20)
        crowd = _apart(noise_of, others.stack, LIMIT / 60 * TIMES_OVER, 20.0)
        await others.tool_calls(beside, a_second=_OTHERS_A_SECOND, seconds=20)
        ended = (await crowd).ended
        if not ended["error"] or set(ended) - {"error", "result", "acknowledged"}:
            complaints.append(f"the clinic over its limit heard {dict(ended)}")
        await asyncio.sleep(_PAUSE - 20)
    return Measured("ten times its limit", without, beside, complaints)


def _apart(work: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
    """In a process of its own: what measures must not be what is slow."""
    return asyncio.get_running_loop().run_in_executor(_CROWDS, work, *arguments)


async def hammered(stack: StackFile, *, rounds: int) -> list[Measured]:
    async with connections() as http:
        others = Caller(http, stack, stack.organizations[1])
        await _allow(http, stack, others.clinic.id, OTHERS_LIMIT)
        await others.tool_calls(Heard(), a_second=5, seconds=2)  # connections, plans and routes are there from now on
        await asyncio.sleep(_PAUSE)
        return [
            await slow_clients(others, rounds=rounds),
            await one_clinic_over_its_limit(others, rounds=rounds),
        ]


async def _allow(http: httpx.AsyncClient, stack: StackFile, organization_id: str, a_minute: int) -> None:
    answer = await http.patch(
        f"{stack.gateway_url}/api/organizations/{organization_id}",
        json={"rate_limit_per_minute": a_minute},
        headers={"Authorization": f"Bearer {stack.admin_key}"},
    )
    answer.raise_for_status()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one round of each")
    rounds = 1 if parser.parse_args().small else 5
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with stack_up(Path(folder) / "home", rate_limit=str(LIMIT)) as (stack, _):
                measured = asyncio.run(hammered(stack, rounds=rounds))
        except DidNotStart as error:
            console.print(f"[red]{error}[/]")
            return 1
    table = Table("crowd", "others asked", "p99 without, ms", "p99 beside it, ms", "ratio", "may be")
    for one in measured:
        asked, figures = len(one.without.seconds) + len(one.beside.seconds), (one.without.p99, one.beside.p99)
        shown = (f"{seconds * 1000:.1f}" for seconds in figures)
        table.add_row(one.crowd, f"{asked:,}", *shown, f"{one.ratio:.2f}", f"{MOST_SLOWER[one.crowd]:.2f}")
    console.print(table)
    complaints = [complaint for one in measured for complaint in one.judge()]
    for complaint in complaints:
        console.print(f"[red]{complaint}[/]")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
