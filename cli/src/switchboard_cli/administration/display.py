"""How answers look: tables for people, JSON for machines, secrets once."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from switchboard_cli.administration.gateway import Item

_DRAWN = 80
_WIDE = 400
"""Columns where nobody looks: what is piped is not folded."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of an item, under a heading."""

    heading: str
    field: str
    absent: str = ""
    """Shown where the field has no value."""

    def cell(self, item: Item) -> Text:
        value = item.get(self.field)
        return Text(self.absent, "dim") if value is None or value == "" else Text(self._words(value))

    def _words(self, value: object) -> str:
        return _words(value)


class Instant(Column):
    """A field that holds a time."""

    def _words(self, value: object) -> str:
        try:
            return f"{datetime.fromisoformat(str(value)).astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        except ValueError:
            return _words(value)


class Display:
    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._out = Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else _WIDE)
        self._aside = Console(stderr=True, soft_wrap=True)

    @property
    def is_for_machines(self) -> bool:
        return self._as_json

    def items(self, items: Iterable[Item], columns: Sequence[Column], *, none: str) -> None:
        """A list; `none` says that it is empty."""
        found = list(items)
        if self._as_json:
            _print_json(found)
        elif found:
            self._out.print(_table(found, columns))
        else:
            self._out.print(Text(none, "dim"))

    def item(self, item: Item, columns: Sequence[Column]) -> None:
        """One thing with all its facts."""
        if self._as_json:
            _print_json(item)
            return
        facts = Table.grid(padding=(0, 2))
        for column in columns:
            facts.add_row(Text(column.heading, "dim"), column.cell(item))
        self._out.print(facts)

    def drawing(self, item: Item, draw: Callable[[], RenderableType]) -> None:
        """One thing as people look at it, no wider than 80 columns."""
        if self._as_json:
            _print_json(item)
        else:
            Console(width=min(self._out.width, _DRAWN)).print(draw())

    def secret(self, item: Item, field: str, *, note: str) -> None:
        """What is shown once: alone on standard output, so that it can be piped, with a note beside it."""
        if self._as_json:
            _print_json(item)
        else:
            sys.stdout.write(f"{item[field]}\n")
            sys.stdout.flush()
        self._aside.print(Text(f"Shown only now. {note}", "yellow"))

    def done(self, sentence: str, item: Item | None = None) -> None:
        """It was done; a machine gets what came of it."""
        if self._as_json:
            _print_json(item or {})
        else:
            self._out.print(Text.assemble(("✓ ", "green"), plain(sentence)))

    def warn(self, sentence: str) -> None:
        """Something that a person should see to."""
        self._out.print(Text.assemble(("! ", "yellow"), "\n".join(map(plain, sentence.splitlines()))))

    def aside(self, sentence: str) -> None:
        self._aside.print(Text(plain(sentence), "dim"))


def show_error(error: Exception) -> None:
    # A terminal obeys what it prints: what others wrote is made harmless line by line.
    text = "\n".join(plain(line) for line in str(error).splitlines())
    Console(stderr=True, soft_wrap=True).print(Text.assemble(("✗ ", "red"), text))


def plain(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _table(items: Iterable[Item], columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.heading, overflow="fold")
    for item in items:
        table.add_row(*(column.cell(item) for column in columns))
    return table


def _words(value: object) -> str:
    match value:
        case dict() if _is_flat(value):
            return "  ".join(f"{plain(name)}={_words(one)}" for name, one in value.items() if one not in (None, "", []))
        case dict():
            return "\n".join(map(plain, json.dumps(value, indent=2, ensure_ascii=False).splitlines()))
        case list():
            return "\n".join(map(_words, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return plain(str(value))


def _is_flat(item: Item) -> bool:
    parts = [part for value in item.values() for part in (value if isinstance(value, list) else [value])]
    return not any(isinstance(part, dict | list) for part in parts)


def _print_json(value: object) -> None:
    # ASCII: a terminal obeys nothing of it.
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
