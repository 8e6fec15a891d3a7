"""A report as one looks at it in a terminal, within 80 columns."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from switchboard_cli.administration.display import plain
from switchboard_cli.administration.gateway import Item

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_DAYS = 62
"""Beyond which weeks are drawn, not days."""
_MOST_REASONS = 8
_BAR = 36
_SHADES = (" ", "░", "▒", "▓", "█")
_EIGHTHS = (" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_NONE = "-"


def charts(report: Item, clinic: str) -> RenderableType:
    if not report["calls"]["total"]:
        return Group(_title(report, clinic), Text("No call in this time.", "dim"))
    parts = (
        _figures(report),
        _outcomes(report),
        _days(report["days"]),
        _hours(report["hours"]),
        _appointments(report["appointments"]),
        _tools(report["tools"]),
        _ended_reasons(report["ended_reasons"]),
    )
    return Group(_title(report, clinic), *(line for part in parts if part is not None for line in (Text(), part)))


def _title(report: Item, clinic: str) -> Text:
    days = report["days"]
    span = f"{days[0]['day']} to {days[-1]['day']}, {report['timezone']}"
    return Text.assemble((plain(clinic), "bold"), "  ", (plain(span), "dim"))


def _figures(report: Item) -> RenderableType:
    calls, cost, asked = report["calls"], report["cost"], report["conversion"]
    directions = _listed(f"{calls[one]} {one}" for one in ("inbound", "outbound", "web", "unknown") if calls[one])
    callers = _listed(f"{number} {who}" for who, number in report["callers"].items() if number)
    rate = "" if asked["rate"] is None else f" ({asked['rate']:.0%})"
    parts = _listed(f"{plain(part)} ${amount:,.2f}" for part, amount in cost["parts"].items())
    incomplete = f", {calls['incomplete']} without their report" if calls["incomplete"] else ""
    duration = report["duration"]
    return _grid(
        [
            ("calls", f"{calls['total']:,}, {calls['answered']:,} answered{incomplete}"),
            ("", directions),
            ("callers", callers),
            ("asked for a time", f"{asked['asked']:,} calls; {asked['booked']:,} of them booked{rate}"),
            ("minutes", f"{duration['minutes']:,.1f}; a call {_clock(duration['mean_seconds'])} on average,"),
            ("", f"half of them below {_clock(duration['median_seconds'])}"),
            ("cost", f"${cost['total']:,.2f}; a call {_money(cost['per_call'])},"),
            ("", f"an appointment {_money(cost['per_appointment'])}"),
            ("", parts),
        ]
    )


def _outcomes(report: Item) -> RenderableType:
    total = report["calls"]["total"]
    told = sorted(report["outcomes"].items(), key=lambda one: -one[1])
    return _bars(
        "What calls came to", [(_word(name), number, f"{number / total:.0%}") for name, number in told if number]
    )


def _days(days: Sequence[Item]) -> RenderableType:
    drawn = days if len(days) <= _MOST_DAYS else _weeks(days)
    heading = "Calls a day, and those that booked" if drawn is days else "Calls a week, and those that booked"
    return _bars(heading, [(_day(one["day"]), one["calls"], f"{one['booked']} booked") for one in drawn])


def _weeks(days: Sequence[Item]) -> list[Item]:
    """Each by its Monday."""
    weeks: dict[str, Item] = {}
    for one in days:
        day = date.fromisoformat(one["day"])
        monday = (day - timedelta(days=day.weekday())).isoformat()
        week = weeks.setdefault(monday, {"day": monday, "calls": 0, "booked": 0})
        week["calls"] += one["calls"]
        week["booked"] += one["booked"]
    return list(weeks.values())


def _hours(hours: Sequence[Sequence[int]]) -> RenderableType:
    """Darker is busier."""
    busiest = max(max(day) for day in hours) or 1
    table = _grid_of("When calls begin: darker is busier", "left", "left")
    table.add_row("", Text("".join(f"{hour:<6}" for hour in range(0, 24, 3)), "dim"))
    for weekday, day in zip(_WEEKDAYS, hours, strict=True):
        table.add_row(Text(weekday, "dim"), Text("".join(_shade(number, busiest) * 2 for number in day), "cyan"))
    where = max(((w, h) for w in range(len(hours)) for h in range(len(hours[w]))), key=lambda at: hours[at[0]][at[1]])
    table.add_row("", Text(f"The busiest: {_WEEKDAYS[where[0]]} {where[1]}:00, {busiest} calls", "dim"))
    return table


def _appointments(appointments: Item) -> RenderableType:
    table = _table("Appointments", "", "booked", "moved", "cancelled")
    for whose, deeds in (("by assistants", "by_assistants"), ("by staff", "by_staff")):
        table.add_row(whose, *(f"{appointments[deeds][deed]:,}" for deed in ("booked", "moved", "cancelled")))
    return table


def _tools(tools: Sequence[Item]) -> RenderableType | None:
    if not tools:
        return None
    table = _table("Tools", "", "uses", "p50 ms", "p95 ms", "failed", "not given")
    for tool in tools:
        latency = tool["latency_ms"]
        table.add_row(
            Text(plain(tool["tool"])),
            _NONE if tool["uses"] is None else f"{tool['uses']:,}",
            *((_NONE, _NONE) if latency is None else (f"{latency['p50']:,.0f}", f"{latency['p95']:,.0f}")),
            Text(_reasons(tool["failures"])),
            Text(_reasons(tool["no_answers"])),
        )
    return table


def _ended_reasons(reasons: Sequence[Item]) -> RenderableType:
    table = _table("Why calls ended", "", "calls", "came to", text=("came to",))
    for one in reasons[:_MOST_REASONS]:
        table.add_row(Text(plain(one["reason"] or "not told")), f"{one['calls']:,}", _word(one["outcome"]))
    if len(reasons) > _MOST_REASONS:
        table.add_row(Text("others", "dim"), f"{sum(one['calls'] for one in reasons[_MOST_REASONS:]):,}")
    return table


def _bars(heading: str, rows: Sequence[tuple[str, int, str]]) -> Table:
    """A bar for each number, in proportion."""
    most = max((number for _, number, _ in rows), default=0) or 1
    table = _grid_of(heading, "left", "left", "right", "left")
    for name, number, aside in rows:
        table.add_row(Text(name), Text(_bar(number / most), "cyan"), f"{number:,}", Text(aside, "dim"))
    return table


def _bar(share: float) -> str:
    whole, eighths = divmod(round(share * _BAR * 8), 8)
    return ("█" * whole + (_EIGHTHS[eighths] if eighths else "")).ljust(_BAR)


def _shade(number: int, busiest: int) -> str:
    """A blank for none; of the others the darker the more."""
    return _SHADES[-(-number * (len(_SHADES) - 1) // busiest)]


def _grid(rows: Iterable[tuple[str, str]]) -> Table:
    table = _grid_of(None, "left", "left")
    for name, told in rows:
        if told:
            table.add_row(Text(name, "dim"), Text(told))
    return table


def _grid_of(heading: str | None, *justified: JustifyMethod) -> Table:
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify, table.title_style = heading, "left", "bold"
    for justify in justified:
        table.add_column(justify=justify)
    return table


def _table(heading: str, *columns: str, text: Sequence[str] = ("failed", "not given")) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for place, column in enumerate(columns):
        is_text = place == 0 or column in text
        table.add_column(column, justify="left" if is_text else "right", overflow="fold", no_wrap=place == 0)
    return table


def _reasons(told: Item) -> str:
    """The most frequent first."""
    return _listed(
        f"{number} {plain(_word(reason))}" for reason, number in sorted(told.items(), key=lambda one: -one[1])
    )


def _listed(told: Iterable[str]) -> str:
    return ", ".join(told)


def _word(name: str) -> str:
    return name.replace("_", " ").lower()


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{_WEEKDAYS[day.weekday()]} {text[5:]}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return _NONE
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _money(dollars: float | None) -> str:
    return _NONE if dollars is None else f"${dollars:,.3f}"
