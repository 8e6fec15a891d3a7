"""`python -m tests.hammer.messages`: everything that Vapi sends, and what it never would. `--small`: two minutes."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from switchboard_cli.stack.home import Home
from tests.bench.arena import DidNotStart, stack_up
from tests.hammer.messages.analyst import recounted
from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.deliveries import delivered
from tests.hammer.messages.faults import (
    WITHIN,
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
from tests.hammer.messages.fuzz import MOST_GROWN, fuzzed
from tests.hammer.messages.neighbours import Neighbour
from tests.hammer.messages.planted import chatter, planted
from tests.system.administering import Desk
from tests.system.running import Running

_SECONDS = 60.0
_CALLS_A_SECOND = 5.0
_WIDTH = 120
_MOST_SHOWN = 10

OnStep = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Extent:
    seeds: int
    """Orders in which every body is delivered."""
    mutants: int
    outage_seconds: int
    kills: int
    canaries: int
    """Messages with canaries in every text."""
    recounted: int
    """Calls whose figures are added up."""
    pace: float
    """As a part of that at which Vapi delivers again."""


_FULL = Extent(seeds=20, mutants=100_000, outage_seconds=60, kills=40, canaries=1_000, recounted=1_000, pace=1.0)
_SMALL = Extent(seeds=2, mutants=2_000, outage_seconds=4, kills=3, canaries=100, recounted=60, pace=0.02)


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that was hammered, and what came of it."""

    title: str
    times: int
    told: str
    complaints: list[str]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ring:
    """What every stage needs."""

    running: Running
    http: httpx.AsyncClient
    desk: Desk
    seed: int

    async def clinic(self) -> Clinic:
        return await Clinic.opened(self.desk, self.running.stack.webhook_secret)

    async def deliver(self, extent: Extent, on_step: OnStep) -> Stage:
        seeds = range(self.seed, self.seed + extent.seeds)
        outcome = await delivered(self.http, self.clinic, seeds, on_step)
        times = sum(outcome.statuses.values())
        return Stage("every body three times, at once", times, _counted(outcome.statuses), outcome.complaints)

    async def fuzz(self, extent: Extent, on_step: OnStep) -> Stage:
        neighbour = await Neighbour.opened(self.desk, self.running.stack.webhook_secret)
        clinic = await self.clinic()
        outcome = await fuzzed(self.http, self.running, clinic, neighbour.canaries, extent.mutants, self.seed, on_step)
        grown = f"the gateway grew by {outcome.grown:.1f} MB after {outcome.before:.0f}"
        complaints = outcome.complaints + [grown] * (outcome.grown >= MOST_GROWN)
        saved = f"; bodies in {outcome.failures}" if outcome.failures else ""
        return Stage("mutated bodies", extent.mutants, f"{_counted(outcome.statuses)}; {grown}{saved}", complaints)

    async def hang(self, extent: Extent, on_step: OnStep) -> Stage:
        title = f"the database hangs for {extent.outage_seconds} s"
        return await self._withstand(title, database_hangs(self.running, extent.outage_seconds), extent, on_step)

    async def die(self, extent: Extent, on_step: OnStep) -> Stage:
        title = f"the database dies again and again for {extent.outage_seconds} s"
        return await self._withstand(title, database_dies(self.running, extent.outage_seconds), extent, on_step)

    async def kill(self, extent: Extent, on_step: OnStep) -> Stage:
        """Reports alone: a call in progress hears nothing of a gateway that is killed."""
        outage = services_die(self.running, extent.kills, Random(self.seed))
        return await self._withstand("services are killed", outage, extent, on_step, asks=False)

    async def _withstand(
        self, title: str, outage: Outage, extent: Extent, on_step: OnStep, *, asks: bool = True
    ) -> Stage:
        plan = await BackoffPlan.of(self.running, pace=extent.pace)
        calls = Calls(await self.clinic(), plan, Withstood(title), asks=asks)
        outcome = await withstood(title, calls, outage, _CALLS_A_SECOND, on_step)
        late = f"a caller waited for {outcome.slowest:.2f} s"
        complaints = outcome.complaints + [late] * (outcome.slowest >= WITHIN)
        return Stage(title, outcome.calls, _told(outcome), complaints)

    async def recount(self, extent: Extent, on_step: OnStep) -> Stage:
        outcome = await recounted(self.http, await self.clinic(), extent.recounted, self.seed, on_step)
        return Stage("calls recounted", outcome.calls, f"{outcome.compared:,} figures compared", outcome.complaints)

    async def listen(self, extent: Extent, on_step: OnStep) -> Stage:
        """To a set of its own, that tells all it can."""
        with tempfile.TemporaryDirectory(prefix="switchboard-hammer-") as folder:
            Path(folder).chmod(0o711)
            async with chatter(Path(folder) / "home") as listening:
                told = await planted(listening, extent.canaries, on_step)
        heard = ", ".join(f"{what}: {size / 1e6:.2f}" for what, size in sorted(told.bytes_heard.items()))
        complaints = [f"{what} tell {sorted(found)[:5]}" for what, found in told.canaries.items()]
        return Stage("canaries in every text", extent.canaries, f"MB heard in {heard}", complaints)


def main() -> int:
    extent, seed, only = _asked()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    try:
        with tempfile.TemporaryDirectory(prefix="switchboard-hammer-") as folder:
            # Others may pass: run by root, the database's user has to reach its data.
            Path(folder).chmod(0o711)
            home = Path(folder) / "home"
            with console.status("Starting the set …") as status, stack_up(home, "--processes", "booking=2"):
                status.stop()
                stages = asyncio.run(_hammer(Running(Home(home)), extent, seed, only, console))
    except DidNotStart as error:
        console.print(f"[red]✗[/] {error}")
        return 1
    _show(console, stages, seed)
    return 0 if not any(stage.complaints for stage in stages) else 1


def _asked() -> tuple[Extent, int, str | None]:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer.messages", description=__doc__)
    parser.add_argument("--small", action="store_true", help="about two minutes")
    parser.add_argument("--only", choices=_STAGES, help="one stage alone")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="the same once more")
    asked = parser.parse_args()
    return (_SMALL if asked.small else _FULL), asked.seed, asked.only


Work = Callable[[Ring, Extent, OnStep], Awaitable[Stage]]

_STAGES: dict[str, tuple[Work, Callable[[Extent], int | None]]] = {
    "deliveries": (Ring.deliver, lambda extent: extent.seeds + 1),
    "mutants": (Ring.fuzz, lambda extent: extent.mutants),
    "hang": (Ring.hang, lambda _: None),
    "die": (Ring.die, lambda _: None),
    "kills": (Ring.kill, lambda _: None),
    "figures": (Ring.recount, lambda _: None),
    "canaries": (Ring.listen, lambda extent: extent.canaries),
}
"""What is done, and how many steps it takes, if that is known."""


async def _hammer(running: Running, extent: Extent, seed: int, only: str | None, console: Console) -> list[Stage]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    stages = []
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(timeout=_SECONDS, limits=limits, trust_env=False) as http:
        ring = Ring(running, http, Desk(http, running.stack.gateway_url, running.stack.admin_key), seed)
        with Progress(*columns, console=console) as progress:
            for name, (work, steps) in _STAGES.items():
                if only not in (None, name):
                    continue
                task = progress.add_task(name, total=steps(extent))
                begun = time.monotonic()
                stage = await work(ring, extent, lambda task=task: progress.advance(task))  # type: ignore[misc]  # mypy does not infer it
                stages.append(replace(stage, seconds=time.monotonic() - begun))
    return stages


def _told(outcome: Withstood) -> str:
    waited = {asked: sorted(seconds) for asked, seconds in outcome.seconds.items()}
    slowest = ", ".join(f"{asked}: {seconds[-1]:.2f}" for asked, seconds in waited.items())
    told = [f"reports answered {_counted(outcome.deliveries)}"]
    if waited:
        tool = waited[Asked.TOOL]
        told.append(f"tool calls {_counted(outcome.sentences)}, p50 {tool[len(tool) // 2]:.2f} s; most s {slowest}")
    if outcome.kills:
        told.append(f"killed {_counted(outcome.kills)}")
    return "; ".join(told)


def _counted(times: "Counter[Any]") -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in times.most_common())


def _show(console: Console, stages: list[Stage], seed: int) -> None:
    table = Table(title=f"Messages, through the gateway (seed {seed})", title_justify="left")
    for heading in ("what", "times", "what came of it", "complaints"):
        table.add_column(heading, justify="right" if heading in ("times", "complaints") else "left")
    for stage in stages:
        colour = "red" if stage.complaints else "green"
        table.add_row(
            f"{stage.title}\n[dim]{stage.seconds:.0f} s[/]",
            f"{stage.times:,}",
            stage.told,
            f"[{colour}]{len(stage.complaints)}[/]",
            end_section=True,
        )
    console.print(table)
    for complaint in [f"{stage.title}: {one}" for stage in stages for one in stage.complaints][:_MOST_SHOWN]:
        console.print(complaint, style="red", markup=False)


if __name__ == "__main__":
    sys.exit(main())
