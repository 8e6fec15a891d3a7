"""`python -m tests.hammer`: many callers at once, for long, on a set of its own. `--small` takes a minute."""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

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
from tests.hammer.clinics import STEP
from tests.hammer.gateway import Tally
from tests.hammer.hammer import CALLERS, CALLERS_A_SCENE, QUESTIONS, Hammer, OnStep
from tests.system.running import Running

_CLINICS = 4
"""Where callers do everything: each has 168 days, and each history takes one."""

_WIDTH = 120
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """How long it is hammered."""

    rounds: int
    """Of callers who want one time."""
    histories: int
    """Of callers who do everything."""
    histories_with_kills: int


_FULL = Extent(rounds=300, histories=100_000 // (CALLERS_A_SCENE * QUESTIONS) + 1, histories_with_kills=60)
_SMALL = Extent(rounds=5, histories=8, histories_with_kills=2)


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that is hammered, and what came of it."""

    title: str
    tally: Tally
    complaints: list[str]
    seconds: float
    kills: "Counter[str]"


def main() -> int:
    extent, seed = _asked()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    try:
        with tempfile.TemporaryDirectory(prefix="switchboard-hammer-") as folder:
            # Others may pass: run by root, the database's user has to reach its data.
            Path(folder).chmod(0o711)
            home = Path(folder) / "home"
            with console.status("Starting the set …") as status, stack_up(home, "--processes", "booking=2"):
                status.stop()
                stages, overlaps, deadlocks = asyncio.run(_hammer(Running(Home(home)), extent, seed, console))
    except DidNotStart as error:
        console.print(f"[red]✗[/] {error}")
        return 1
    _show(console, stages, overlaps, deadlocks, seed)
    return 0 if not overlaps and not deadlocks and all(map(_is_well, stages)) else 1


def _asked() -> tuple[Extent, int]:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer", description="Many callers at once, for long.")
    parser.add_argument("--small", action="store_true", help="about a minute")
    parser.add_argument("--rounds", type=int, help="of callers who want one time")
    parser.add_argument("--histories", type=int, help="of callers who do everything")
    parser.add_argument("--histories-with-kills", type=int, help="likewise, while processes are killed")
    parser.add_argument("--seed", type=int, default=1, help="the same callers want the same again")
    asked = vars(parser.parse_args())
    extent, seed = _SMALL if asked.pop("small") else _FULL, asked.pop("seed")
    return replace(extent, **{name: value for name, value in asked.items() if value is not None}), seed


async def _hammer(running: Running, extent: Extent, seed: int, console: Console) -> tuple[list[Stage], int, int]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    stages = []
    async with Hammer.of(running, clinics=_CLINICS, seed=seed) as hammer:
        before = await hammer.deadlocks()
        with Progress(*columns, console=console) as progress:

            async def stage(title: str, total: int, work: Callable[[OnStep], Awaitable[list[str]]]) -> None:
                task = progress.add_task(title, total=total)
                hammer.gateway.tally, hammer.kills, begun = Tally(), Counter(), time.monotonic()
                complaints = await work(lambda: progress.advance(task))
                seconds = time.monotonic() - begun
                stages.append(Stage(title, hammer.gateway.tally, complaints, seconds, hammer.kills))

            one, overlapping = f"{CALLERS} callers, one slot", f"{CALLERS} callers, overlapping starts"
            rounds, histories = extent.rounds, extent.histories
            await stage(one, rounds, lambda on_step: hammer.contest(rounds, (0,), on_step))
            await stage(overlapping, rounds, lambda on_step: hammer.contest(rounds, (0, STEP), on_step))
            await stage("everything at once", histories, lambda on_step: hammer.mix(histories, on_step))
            deadlocks = await hammer.deadlocks() - before  # a killed database forgets how many there were
            killed = extent.histories_with_kills
            await stage("while processes are killed", killed, lambda on_step: hammer.kill(killed, on_step))
        return stages, await hammer.overlaps(), deadlocks + await hammer.deadlocks()


def _is_well(stage: Stage) -> bool:
    return not stage.complaints and not stage.tally.server_errors


def _show(console: Console, stages: list[Stage], overlaps: int, deadlocks: int, seed: int) -> None:
    table = Table(title=f"Through the gateway, with two processes of booking (seed {seed})", title_justify="left")
    for heading in (
        "what",
        "asked",
        "outcomes",
        "apologies",
        "broken",
        "5xx",
        "kills",
        "ms p50 / p99 / most",
        "complaints",
    ):
        table.add_column(heading, justify="left" if heading in ("what", "outcomes") else "right")
    for stage in stages:
        tally = stage.tally
        outcomes = ", ".join(f"{name} {times:,}" for name, times in tally.outcomes.most_common())
        table.add_row(
            f"{stage.title}\n[dim]{stage.seconds:.0f} s[/]",
            f"{tally.asked:,}",
            outcomes,
            f"{tally.apologies:,}",
            f"{tally.broken:,}",
            str(tally.server_errors),
            ", ".join(f"{service} {times}" for service, times in stage.kills.items()),
            _milliseconds(tally.seconds),
            f"[{'red' if stage.complaints else 'green'}]{len(stage.complaints)}[/]",
            end_section=True,
        )
    console.print(table)
    console.print(
        f"Overlapping appointments in the tables: {overlaps}. Deadlocks in pg_stat_database: {deadlocks}."
        f" Asked {sum(stage.tally.asked for stage in stages):,} questions in"
        f" {sum(stage.seconds for stage in stages) / 60:.1f} minutes."
    )
    for complaint in [one for stage in stages for one in stage.complaints][:_MOST_SHOWN]:
        console.print(complaint, style="red", markup=False)


def _milliseconds(seconds: list[float]) -> str:
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return " / ".join(f"{1000 * one:.0f}" for one in (hundredths[49], hundredths[98], max(seconds)))


if __name__ == "__main__":
    sys.exit(main())
