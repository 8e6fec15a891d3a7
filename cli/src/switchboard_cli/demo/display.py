"""What the demo shows in the terminal."""

from collections.abc import Mapping, Sequence

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from switchboard_cli.demo.calls import Call, Speaker
from switchboard_cli.demo.facts import Booking, Fact
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile

_STYLES: Mapping[Speaker, tuple[str, str]] = {
    "caller": ("☎ ", "bold"),
    "tool": ("⚙ ", "cyan"),
    "answer": ("» ", "green"),
    "event": ("↺ ", "dim"),
}


def show_call(console: Console, call: Call) -> None:
    lines = [_line(turn.speaker, turn.words) for turn in call.turns]
    console.print(Panel(Group(*lines), title=call.title, subtitle=call.number, title_align="left", padding=(0, 1)))


def show_calendars(console: Console, bookings: Mapping[str, Sequence[Booking]], stack: StackFile) -> None:
    calendars = [_calendar(clinic, bookings[clinic.id]) for clinic in stack.organizations]
    console.print(Columns(calendars, padding=(0, 2)))


def show_facts(console: Console, facts: Sequence[Fact]) -> None:
    table = Table(title="Read from the databases and from Vapi", title_justify="left", show_header=False, box=None)
    for fact in facts:
        mark = Text("✓", "bold green") if fact.holds else Text("✗", "bold red")
        table.add_row(mark, Text(fact.claim, "" if fact.holds else "red"), Text(fact.seen, "dim"))
    console.print(table)
    failed = sum(not fact.holds for fact in facts)
    if failed:
        console.print(f"\n[bold red]{failed} of {len(facts)} facts do not hold.[/bold red]")
    else:
        console.print(f"\n[bold green]All {len(facts)} facts hold.[/bold green]")


def _line(speaker: Speaker, words: str) -> Text:
    mark, style = _STYLES[speaker]
    return Text(mark + words, style)


def _calendar(clinic: SeededOrganization, bookings: Sequence[Booking]) -> RenderableType:
    table = Table(title=f"{clinic.name}\n{clinic.timezone}", title_justify="left", min_width=36)
    table.add_column("Local time")
    table.add_column("Patient")
    for booking in bookings:
        table.add_row(f"{booking.local_start:%a %b %d, %H:%M}", booking.patient)
    return table
