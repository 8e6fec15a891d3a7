"""Opening hours as people type and read them."""

import re
from collections.abc import Iterable
from typing import Any

from switchboard_cli.administration.display import Column
from switchboard_cli.administration.errors import Unreadable

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"\d{1,2}:\d{2}"
_LINE = re.compile(rf"([a-z]{{3}})(?:-([a-z]{{3}}))?((?:\s+{_CLOCK}-{_CLOCK})+)", re.IGNORECASE)

Interval = dict[str, Any]


def read_week(lines: Iterable[str] | None) -> list[Interval] | None:
    """`mon-fri 08:00-12:00 13:00-17:00`, line by line; None stays None. Raises Unreadable."""
    return None if lines is None else [interval for line in lines for interval in _of_line(line)]


def read_span(text: str) -> tuple[str, str]:
    """From when until when: `09:00-12:00`. Raises Unreadable."""
    match = re.fullmatch(rf"({_CLOCK})-({_CLOCK})", text)
    if match is None:
        raise Unreadable(f"{text!r} is no span of a day.\nWrite 09:00-12:00; 24:00 ends a day.")
    return match[1].zfill(5), match[2].zfill(5)


def _of_line(line: str) -> list[Interval]:
    match = _LINE.fullmatch(line.strip())
    names = [name.lower() for name in (match[1], match[2] or match[1])] if match else []
    if match is None or any(name not in _DAYS for name in names):
        raise Unreadable(
            f"{line!r} are no opening hours.\nWrite 'mon-fri 08:00-12:00 13:00-17:00' or 'sat 09:00-12:00'."
        )
    first, last = map(_DAYS.index, names)
    days = range(first, last + 1) if first <= last else [*range(first, len(_DAYS)), *range(last + 1)]
    spans = [read_span(span) for span in match[3].split()]
    return [{"weekday": day + 1, "opens": opens, "closes": closes} for day in days for opens, closes in spans]


class Week(Column):
    """A field that holds opening hours: days in a row that are alike share a line."""

    def _words(self, value: Any) -> str:
        days = {day: _spans(value, day) for day in range(1, len(_DAYS) + 1)}
        lines: list[tuple[int, int, str]] = []
        for day, spans in days.items():
            if spans and lines and lines[-1][1:] == (day - 1, spans):
                lines[-1] = (lines[-1][0], day, spans)
            elif spans:
                lines.append((day, day, spans))
        return "\n".join(f"{_row(first, last)} {spans}" for first, last, spans in lines)


def _spans(intervals: Iterable[Interval], weekday: int) -> str:
    return " ".join(f"{one['opens']}-{one['closes']}" for one in intervals if one["weekday"] == weekday)


def _row(first: int, last: int) -> str:
    return _DAYS[first - 1] if first == last else f"{_DAYS[first - 1]}-{_DAYS[last - 1]}"
