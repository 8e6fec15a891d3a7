"""`python -m tests.bench`: speed, as ratios in one run. `--quick` takes about a minute and proves little."""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from tests.bench import appointments
from tests.bench.appointments import AppointmentFigures
from tests.bench.arena import Arena, DidNotStart, arena, stack_up
from tests.bench.clinics import Scale, make_clinics
from tests.bench.report import Memory, appointments_as_json, appointments_table, as_json, show
from tests.bench.rounds import CASES, CONTESTANTS, Case, Contest, Figures, WrongAnswer
from tests.bench.routes import RouteFigures, measure

LATEST = Path(__file__).parents[2] / ".benchmarks" / "latest.json"

_WARM_UP_SECONDS = 0.3
_WIDTH = 120
"""Columns of the tables where no terminal says otherwise."""


def main() -> int:
    extent, alone = _asked()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    return _appointments_alone(extent, console) if alone else _everything(extent, console)


def _everything(extent: "Extent", console: Console) -> int:
    load_before = os.getloadavg()[0]
    try:
        with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
            # Others may pass: run by root, the database's user has to reach its data.
            Path(folder).chmod(0o711)
            starts = _starts(Path(folder), extent.starts - 1, console)
            figures, last_start, memory = _contest(Path(folder) / "home", extent, console)
            routes = _routes(Path(folder), extent, console)
            among = _appointments(Path(folder), extent, console)
    except (DidNotStart, WrongAnswer) as error:
        console.print(Text("✗", style="red"), Text(str(error)))
        return 1
    conditions = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": round(load_before, 2),
        "python": sys.version.split()[0],
        **asdict(extent),
    }
    report = as_json(figures, [*starts, last_start], memory, routes, among, conditions)
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(report, indent=2) + "\n")
    show(console, report)
    console.print(f"Kept in {LATEST.relative_to(LATEST.parents[1])}.")
    return 0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: float
    """Of each turn of each contestant."""
    starts: int


_FULL = Extent(rounds=5, seconds=1.5, starts=3)
_QUICK = Extent(rounds=2, seconds=0.3, starts=1)


def _asked() -> tuple[Extent, bool]:
    """How much is measured, and whether that is only what a million appointments change."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed, as ratios in one run.")
    parser.add_argument("--quick", action="store_true", help="about a minute; proves little")
    parser.add_argument("--rounds", type=int, help="how often every contestant has its turn")
    parser.add_argument("--seconds", type=float, help="how long a turn is")
    parser.add_argument("--starts", type=int, help="how often `switchboard up` is started")
    parser.add_argument("--appointments", action="store_true", help="only what a million appointments change")
    asked = vars(parser.parse_args())
    extent, alone = _QUICK if asked.pop("quick") else _FULL, asked.pop("appointments")
    return replace(extent, **{name: value for name, value in asked.items() if value is not None}), alone


def _appointments_alone(extent: Extent, console: Console) -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
            Path(folder).chmod(0o711)
            among = _appointments(Path(folder), extent, console)
    except (DidNotStart, WrongAnswer) as error:
        console.print(Text("✗", style="red"), Text(str(error)))
        return 1
    console.print(appointments_table(appointments_as_json(among)))
    return 0


def _starts(folder: Path, times: int, console: Console) -> list[float]:
    """Seconds to ready, each on a new home."""
    measured = []
    for number in range(times):
        with (
            console.status(f"Starting and stopping a stack ({number + 1} of {times}) …"),
            stack_up(folder / f"start-{number}") as (_, seconds),
        ):
            measured.append(seconds)
    return measured


def _contest(home: Path, extent: Extent, console: Console) -> tuple[Figures, float, Memory]:
    with console.status("Starting the contestants …") as status, arena(home) as (running, start_seconds):
        status.update("Making the clinics …")
        clinics = asyncio.run(make_clinics(running.stack, running.home, Scale()))
        if not asyncio.run(running.is_durable()):
            raise WrongAnswer("the database does not write durably: bookings would be too cheap")
        status.stop()
        # Spawned, not forked: nothing of this process's loops and channels goes with it.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as generator:
            contest = Contest(running, clinics, generator)
            figures = _run(contest, extent, console)
        memory = running.memory()
        _verify(running, contest, console)
    return figures, start_seconds, memory


def _routes(folder: Path, extent: Extent, console: Console) -> RouteFigures:
    with console.status("Whose call it is …") as status:
        return measure(folder, extent.rounds, status.update)


def _appointments(folder: Path, extent: Extent, console: Console) -> AppointmentFigures:
    with console.status("A million appointments …") as status:
        return appointments.measure(folder, extent.rounds, status.update)


def _run(contest: Contest, extent: Extent, console: Console) -> Figures:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Warming up", total=len(CASES) * len(CONTESTANTS) * (extent.rounds + 1))

        def on_sample(case: Case, contestant: str) -> None:
            callers = "1 caller" if case.callers == 1 else f"{case.callers} callers"
            progress.update(task, advance=1, description=f"{case.workload.name}, {callers}: {contestant}")

        contest.run(1, _WARM_UP_SECONDS, on_sample)
        return contest.run(extent.rounds, extent.seconds, on_sample)


def _verify(running: Arena, contest: Contest, console: Console) -> None:
    """Every appointment that was answered exists. Raises WrongAnswer."""
    for contestant, ids in contest.booked.items():
        found = asyncio.run(running.count_appointments(ids))
        if found != len(ids):
            raise WrongAnswer(f"{contestant} said that it booked {len(ids)} appointments, and {found} exist")
    booked = ", ".join(f"{name} {len(ids)}" for name, ids in contest.booked.items() if ids)
    console.print(f"Every booked appointment was found in the database ({booked}).")


if __name__ == "__main__":
    sys.exit(main())
