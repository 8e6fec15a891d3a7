"""What came out: a table for people, JSON for programs."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import appointments
from tests.bench.appointments import AppointmentFigures
from tests.bench.arena import SERVICES
from tests.bench.rounds import CALLERS, CASES, CONTESTANTS, Case, Figures
from tests.bench.routes import CACHED_AIM_MICROSECONDS, FEW, MANY, ROUTE_AIM_BYTES, UNCACHED_AIM, RouteFigures

RATIOS = (("split", "floor"), ("split", "monolith"), ("floor", "raw"), ("monolith", "floor"), ("split", "bare"))
"""Throughput of the first as a multiple of the second's."""

AIMS = {("split", "floor"): 0.6, ("split", "monolith"): 1.0}
START_AIM_SECONDS = 6.0
MEMORY_AIM_MB = 100.0

Memory = Mapping[str, tuple[float, float]]


def as_json(
    figures: Figures,
    starts: Sequence[float],
    memory: Memory,
    routes: RouteFigures,
    among: AppointmentFigures,
    conditions: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "conditions": dict(conditions),
        "ratios": [
            {
                "workload": case.workload.name,
                "callers": case.callers,
                "ratio": f"{one}/{other}",
                "median": round(statistics.median(values), 4),
                "rounds": [round(value, 4) for value in values],
            }
            for case in CASES
            for one, other in RATIOS
            for values in [figures.ratios(case, one, other)]
        ],
        "throughput": [_throughput(figures, case, contestant) for case in CASES for contestant in CONTESTANTS],
        "start_to_ready_seconds": {
            "median": round(statistics.median(starts), 2),
            "runs": [round(s, 2) for s in starts],
        },
        "memory_mb": _megabytes(memory),
        "routes": {
            "uncached_many_to_few": _median(routes.uncached_ratios),
            "uncached_ms": {str(size): round(value, 3) for size, value in routes.uncached_milliseconds.items()},
            "cached_us": {
                "median": round(statistics.median(routes.cached_microseconds), 2),
                "rounds": [round(value, 2) for value in routes.cached_microseconds],
            },
            "bytes_a_route": round(routes.bytes_a_route),
            "tenancy_memory_mb": _megabytes({str(size): used for size, used in routes.tenancy_mb.items()}),
        },
        "appointments": appointments_as_json(among),
    }


def appointments_as_json(among: AppointmentFigures) -> dict[str, Any]:
    return {
        work: {
            "many_to_few": _median(growth),
            "ms": {str(size): round(value, 2) for size, value in among.milliseconds[work].items()},
            "to_floor": {str(size): _median(values) for size, values in among.to_floor[work].items()},
        }
        for work, growth in among.growth.items()
    }


def _median(rounds: Sequence[float]) -> dict[str, Any]:
    return {"median": round(statistics.median(rounds), 3), "rounds": [round(value, 3) for value in rounds]}


def _megabytes(memory: Memory) -> dict[str, Any]:
    return {
        name: {"resident": round(resident, 1), "proportional": round(proportional, 1)}
        for name, (resident, proportional) in memory.items()
    }


def _throughput(figures: Figures, case: Case, contestant: str) -> dict[str, Any]:
    p50, p95, p99 = figures.milliseconds(case, contestant)
    return {
        "workload": case.workload.name,
        "callers": case.callers,
        "contestant": contestant,
        "per_second": round(figures.per_second(case, contestant), 1),
        "p50_ms": round(p50, 2),
        "p95_ms": round(p95, 2),
        "p99_ms": round(p99, 2),
    }


def show(console: Console, report: Mapping[str, Any]) -> None:
    tables = (
        _ratios(report["ratios"]),
        _throughputs(report["throughput"]),
        _footprint(report),
        _routes(report["routes"]),
        appointments_table(report["appointments"]),
    )
    for table in tables:
        console.print(table)


def _ratios(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Throughput as ratios: the rounds' median, lowest to highest", title_justify="left")
    table.add_column("workload", no_wrap=True)
    table.add_column("callers", justify="right")
    for one, other in RATIOS:
        aim = AIMS.get((one, other))
        table.add_column(
            f"{one} /\n{other}" + (f"\naim ≥ {aim}" if aim is not None else ""), justify="right", no_wrap=True
        )
    by_case: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        by_case.setdefault((row["workload"], row["callers"]), []).append(_ratio(row))
    for (workload, callers), cells in by_case.items():
        table.add_row(workload, str(callers), *cells)
    return table


def _ratio(row: Mapping[str, Any]) -> str:
    one, _, other = row["ratio"].partition("/")
    aim = AIMS.get((one, other))
    colour = "default" if aim is None else "green" if row["median"] >= aim else "yellow"
    digits = 3 if other == "bare" else 2
    lowest, highest = min(row["rounds"]), max(row["rounds"])
    return f"[{colour}]{row['median']:.{digits}f}[/]\n[dim]{lowest:.{digits}f} to {highest:.{digits}f}[/]"


def _throughputs(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="For context: requests a second, milliseconds p50 / p95 / p99", title_justify="left")
    table.add_column("workload", no_wrap=True)
    table.add_column("contestant")
    for callers in CALLERS:
        table.add_column("1 caller" if callers == 1 else f"{callers} callers", justify="right")
        table.add_column("ms", justify="right")
    by_contestant: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        cells = by_contestant.setdefault((row["workload"], row["contestant"]), [])
        cells += [f"{row['per_second']:.0f}/s", f"{row['p50_ms']:.1f} / {row['p95_ms']:.1f} / {row['p99_ms']:.1f}"]
    for (workload, contestant), cells in by_contestant.items():
        last = contestant == CONTESTANTS[-1]
        table.add_row(workload, contestant, *cells, end_section=last)
    return table


def _footprint(report: Mapping[str, Any]) -> Table:
    table = Table(title="Start, and memory after the load", title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("aim", justify="right")
    starts = report["start_to_ready_seconds"]
    runs = ", ".join(f"{one:.1f}" for one in starts["runs"])
    figure = f"{starts['median']:.1f} s ({runs})"
    table.add_row("`switchboard up` on a new home, until stack.json", figure, f"< {START_AIM_SECONDS:g} s")
    for name, used in report["memory_mb"].items():
        figure = f"{used['resident']:.0f} MB ({used['proportional']:.0f} proportional)"
        table.add_row(name, figure, f"< {MEMORY_AIM_MB:g} MB" if name in SERVICES else "")
    return table


def _routes(figures: Mapping[str, Any]) -> Table:
    table = Table(title=f"Whose call it is: {MANY:,} organizations with two numbers each", title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("aim", justify="right")
    uncached, cached = figures["uncached_many_to_few"], figures["cached_us"]
    milliseconds = " and ".join(f"{value:.2f} ms" for value in reversed(figures["uncached_ms"].values()))
    table.add_row(
        f"ResolveTenant, as a multiple of the same with {FEW} organizations",
        f"{uncached['median']:.2f} ({_span(uncached['rounds'])}; {milliseconds})",
        f"≤ {UNCACHED_AIM:g}",
    )
    table.add_row(
        f"a route remembered among {MANY:,}",
        f"{cached['median']:.1f} µs ({_span(cached['rounds'])})",
        f"< {CACHED_AIM_MICROSECONDS:g} µs",
    )
    kept = f"{figures['bytes_a_route']} bytes; {figures['bytes_a_route'] * MANY / 1e6:.0f} MB for all"
    table.add_row("a route in a gateway's memory", kept, f"≤ {ROUTE_AIM_BYTES} bytes")
    for size, used in figures["tenancy_memory_mb"].items():
        told = f"{used['resident']:.0f} MB ({used['proportional']:.0f} proportional)"
        table.add_row(f"tenancy with {int(size):,} organizations", told, "")
    return table


def appointments_table(figures: Mapping[str, Any]) -> Table:
    few, many = appointments.FEW, appointments.MANY
    table = Table(title=f"Booking with {many:,} appointments in the table", title_justify="left")
    table.add_column("what", no_wrap=True)
    for heading in (
        f"as a multiple of the same with {few:,}\naim ≤ {appointments.GROWTH_AIM:g}",
        f"to floor, with {few:,}",
        f"to floor, with {many:,}\naim ≥ {appointments.FLOOR_AIM:g}",
    ):
        table.add_column(heading, justify="right")
    for work, told in figures.items():
        growth, milliseconds = (
            told["many_to_few"],
            " and ".join(f"{told['ms'][str(size)]:.1f} ms" for size in (few, many)),
        )
        floors = [told["to_floor"][str(size)] for size in (few, many)]
        table.add_row(
            work,
            f"{growth['median']:.2f} ({_span(growth['rounds'])}; {milliseconds})",
            *(f"{floor['median']:.2f} ({_span(floor['rounds'])})" for floor in floors),
        )
    return table


def _span(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"
