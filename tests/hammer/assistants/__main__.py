"""`python -m tests.hammer.assistants`: assistants in sync whatever fails. `--small` takes two minutes."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chassis.database.embedded import running
from chassis.testing.databases import ServiceDatabase, provisioned
from tests.hammer.assistants.clinics import Figures
from tests.hammer.assistants.kills import Step, killed
from tests.hammer.assistants.rollouts import RolledOut, rolled_out
from tests.hammer.assistants.saves import saves
from tests.hammer.assistants.vapi import FAULTS, PASSING, failing, some_of

_ERRORS = 0.1
_MOST_PATCHES_EACH = 1.2
_LEAST_USED = 0.95
_LATE = 1.1
"""How many times the rate may arrive in one second: a machine at work lets what was sent evenly arrive less so."""

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Extent:
    kills: int
    """At each step."""
    agents: int
    rate: float
    """Requests a second."""
    all_faults: bool


_FULL = Extent(kills=50, agents=1_000, rate=20, all_faults=True)
_SMALL = Extent(kills=2, agents=40, rate=20, all_faults=False)


@dataclass(frozen=True, slots=True)
class Stage:
    title: str
    times: int
    seconds: float
    figures: tuple[Figures, ...]
    remark: str = ""
    is_well: bool = True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer.assistants", description=__doc__)
    parser.add_argument("--small", action="store_true", help="about two minutes")
    extent = _SMALL if parser.parse_args().small else _FULL
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    structlog.configure(processors=[_silence])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with _database() as database, Progress(*columns, console=console) as progress:
        stages = [asyncio.run(stage(database, extent, progress)) for stage in (_save_under_faults, _kill, _roll_out)]
    _show(console, stages)
    return 0 if all(map(_is_well, stages)) else 1


async def _save_under_faults(database: ServiceDatabase, extent: Extent, progress: Progress) -> Stage:
    begun, figures = time.monotonic(), []
    async with saves(database) as saving:
        requests = len(await saving.requests())
        cases = [(fault, times, first) for fault in FAULTS for times in (1, 4) for first in range(requests)]
        cases = cases if extent.all_faults else cases[:: len(FAULTS)]
        task = progress.add_task("saves, with faults", total=len(cases))
        for fault, times, first in cases:
            figures.append(await saving.play(failing(fault, first, times)))
            progress.advance(task)
    remark = f"{requests} requests, {len(FAULTS)} faults, once and until given up"
    return Stage("a fault at each request of two saves", len(cases), time.monotonic() - begun, tuple(figures), remark)


async def _kill(database: ServiceDatabase, extent: Extent, progress: Progress) -> Stage:
    begun, task = time.monotonic(), progress.add_task("kill -9 during saves", total=extent.kills)
    figures, met = await killed(database, extent.kills, waits=True, on_step=lambda: progress.advance(task))
    remark = f"{extent.kills} kills at each of {len(Step)} steps; another process finished"
    return Stage("kill -9 at each step of a save", met, time.monotonic() - begun, (figures,), remark)


async def _roll_out(database: ServiceDatabase, extent: Extent, progress: Progress) -> Stage:
    begun, task = time.monotonic(), progress.add_task("re-pointing", total=extent.agents)
    plan = some_of(PASSING, part=_ERRORS, chance=Random(1))
    done = await rolled_out(
        database,
        extent.agents,
        rate=extent.rate,
        plan=plan,
        on_progress=lambda pointed: progress.update(task, completed=min(pointed, extent.agents)),
    )
    remark = (
        f"{done.patches_each:.2f} PATCHes each (most {done.most_patches}); rate {done.rate:g}/s: "
        f"most in a second {done.most_in_a_second}, {done.used:.1%} used"
    )
    title = f"{extent.agents:,} re-pointed by 2 processes, {_ERRORS:.0%} errors"
    seconds = time.monotonic() - begun
    return Stage(title, extent.agents, seconds, (done.figures,), remark, is_well=_keeps_the_rate(done))


def _keeps_the_rate(done: RolledOut) -> bool:
    within = done.most_in_a_second <= _LATE * done.rate and done.used >= _LEAST_USED
    return within and done.patches_each <= _MOST_PATCHES_EACH


def _is_well(stage: Stage) -> bool:
    return stage.is_well and all(one.is_well for one in stage.figures)


def _show(console: Console, stages: list[Stage]) -> None:
    table = Table(title="Assistants in sync", title_justify="left")
    for heading in ("what", "times", "converged", "duplicates", "fields lost", "late writes", "refused bodies"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for stage in stages:
        colour = "green" if _is_well(stage) else "red"
        table.add_row(
            f"{stage.title}\n[dim]{stage.remark} ({stage.seconds:.0f} s)[/]",
            f"{stage.times:,}",
            f"[{colour}]{sum(not one.otherwise for one in stage.figures) / len(stage.figures):.0%}[/]",
            str(sum(one.duplicates for one in stage.figures)),
            str(sum(len(one.lost) for one in stage.figures)),
            str(sum(one.late_writes for one in stage.figures)),
            str(sum(len(one.complaints) for one in stage.figures)),
            end_section=True,
        )
    console.print(table)
    for stage in stages:
        for one in [figures for figures in stage.figures if not figures.is_well][:5]:
            console.print(f"{stage.title}: {one}", style="red", markup=False)


@contextmanager
def _database() -> Iterator[ServiceDatabase]:
    with tempfile.TemporaryDirectory(prefix="switchboard-hammer-") as folder:
        Path(folder).chmod(0o711)  # run by root, the database's user has to reach its data
        with running(Path(folder) / "data") as server, provisioned(server.superuser_url, "assistant_sync") as database:
            yield database


def _silence(*_: object) -> dict[str, object]:
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
