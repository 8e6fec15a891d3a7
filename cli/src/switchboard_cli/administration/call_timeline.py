"""A call's timeline as people look at it: a row for each event, and where the time of each tool went."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from switchboard_cli.administration.display import plain
from switchboard_cli.administration.gateway import Item

_BAR = 16
"""Columns of the longest tool call."""
_HOPS = (("█", "database"), ("▓", "service"), ("▒", "on the way"), ("░", "gateway"))
"""From the innermost: each takes what the ones within leave."""


def drawn(timeline: Item) -> RenderableType:
    events: Sequence[Item] = timeline["events"]
    parts: list[RenderableType] = [_headline(timeline), _rows(events)]
    if any(event["tool_call"] for event in events):
        parts.append(Text("  ".join(f"{mark} {name}" for mark, name in _HOPS), "dim"))
    if timeline["has_more"]:
        parts.append(Text("There is more than is shown here.", "yellow"))
    return Group(*parts)


def sentences(timeline: Item, why: str) -> RenderableType:
    """Why a start was offered in each answer about free times, or was not."""
    told = list(_explanations(timeline))
    if not told:
        return Text(f"Nothing that was answered in this call was about {plain(why)}.", "dim")
    return Group(*told)


def _explanations(timeline: Item) -> Iterator[Text]:
    for event in timeline["events"]:
        use = event["tool_call"]
        if use and use["explanations"]:
            yield Text.assemble((f"{_clock(event)}  ", "dim"), (use["tool"], "bold"))
            yield from (Text(f"  {plain(one['sentence'])}") for one in use["explanations"])


def _headline(timeline: Item) -> Text:
    known = (timeline["status"], timeline["ended_reason"])
    words = [plain(str(word)) for word in known if word]
    if timeline["duration_seconds"] is not None:
        words.append(f"{timeline['duration_seconds']:.0f} s")
    return Text.assemble((plain(timeline["vapi_call_id"]), "bold"), f"  {', '.join(words)}")


def _rows(events: Sequence[Item]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("at (UTC)")
    table.add_column("what", overflow="fold", ratio=1)
    table.add_column("ms", justify="right")
    table.add_column("where", min_width=_BAR)
    longest = max((event["milliseconds"] for event in events if event["tool_call"]), default=0.0)
    for event in events:
        use = event["tool_call"]
        what = _use(use) if use else _message(event["message"])
        table.add_row(_clock(event), what, f"{event['milliseconds']:.0f}", _bar(event, longest) if use else "")
    return table


def _use(use: Item) -> Text:
    came_to = use["outcome"] or use["ended"]
    how = [*(["replayed"] if use["ended"] == "replayed" != came_to else []), *use["effects"]]
    lines = [Text.assemble((use["tool"], "bold"), f" → {plain(came_to)}", *(f", {plain(one)}" for one in how))]
    if use["arguments"]:
        lines.append(Text(_listed(use["arguments"]), "dim"))
    if answer := use["say"] or use["error"]:
        lines.append(Text(f"“{plain(answer)}”", "red" if use["error"] else "cyan"))
    if use["forgotten"]:
        lines.append(Text("what was said is forgotten", "dim"))
    return Text("\n").join(lines)


def _message(message: Item) -> Text:
    told = [
        *([f"{message['turns']} turns"] if message["turns"] is not None else []),
        *(plain(message[name]) for name in ("status", "ended_reason", "answered") if message[name]),
        *([f"sent back: {plain(message['sent_back'])}"] if message["sent_back"] else []),
        *(["recorded late"] if message["was_quarantined"] else []),
    ]
    by = ", ".join(_words([*message["evidence"], message["verified_by"]]))
    return Text.assemble(plain(message["type"]), f" {', '.join(told)}" if told else "", (f"  {by}", "dim"))


def _bar(event: Item, longest: float) -> Text:
    """Where the time of a tool call went, to the scale of the longest in the call."""
    use, whole = event["tool_call"], event["milliseconds"]
    ends = [use["database_milliseconds"], use["service_milliseconds"], use["rpc_milliseconds"], whole]
    bar, drawn_until = "", 0
    for (mark, _), end in zip(_HOPS, ends, strict=True):
        until = round(min(end or 0.0, whole) / longest * _BAR) if longest else 0
        bar += mark * (until - drawn_until)
        drawn_until = max(until, drawn_until)
    return Text(bar or _HOPS[-1][0], "green")


def _clock(event: Item) -> str:
    at = datetime.fromisoformat(event["at"])
    return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"


def _listed(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{plain(name)}: {plain(str(value))}" for name, value in arguments.items())


def _words(words: Iterable[str | None]) -> list[str]:
    return [plain(word) for word in words if word]
