"""A calendar as simple as it can be, which the real one has to be equal to: starts, and who has which."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

HOLD_SECONDS = 90


class Kept(NamedTuple):
    """A time that somebody has: an appointment, or a hold until its moment in seconds."""

    call: str
    start: int
    """Minutes, as everywhere here where nothing else is said."""
    appointment: str = ""
    until: float = math.inf


@dataclass(frozen=True, slots=True)
class ModelCalendar:
    """One calendar and one service. Each answer is the calendar afterwards and the outcome."""

    starts: frozenset[int]
    length: int = 30
    before: int = 0
    after: int = 0
    kept: frozenset[Kept] = frozenset()

    def free(self, call: str, now: float) -> frozenset[int]:
        others = [one for one in self._living(now) if one.appointment or one.call != call]
        return frozenset(start for start in self.starts if not any(self._overlap(start, one.start) for one in others))

    def hold(self, call: str, start: int, now: float) -> tuple[Self, str]:
        if (refused := self._refusal(call, start, now)) is not None:
            return self, refused
        return self._instead_of_hold(call, now, Kept(call, start, until=now + HOLD_SECONDS)), "held"

    def book(self, call: str, start: int, now: float, name: str) -> tuple[Self, str]:
        """The same wish of the same call is the same appointment."""
        if any(one.appointment and (one.call, one.start) == (call, start) for one in self.kept):
            return self, "booked"
        if (refused := self._refusal(call, start, now)) is not None:
            return self, refused
        return self._instead_of_hold(call, now, Kept(call, start, name)), "booked"

    def move(self, call: str, name: str, start: int, now: float) -> tuple[Self, str]:
        old = next(one for one in self.kept if one.appointment == name)
        if old.start == start:
            return self, "already_then"
        without = replace(self, kept=self.kept - {old})
        if (refused := without._refusal(call, start, now)) is not None:
            return self, refused
        return without._instead_of_hold(call, now, old._replace(start=start)), "moved"

    def cancel(self, name: str) -> tuple[Self, str]:
        gone = frozenset(one for one in self.kept if one.appointment == name)
        return replace(self, kept=self.kept - gone), "cancelled"

    def _refusal(self, call: str, start: int, now: float) -> str | None:
        if start not in self.starts:
            return "not_a_start"
        return None if start in self.free(call, now) else "taken"

    def _living(self, now: float) -> frozenset[Kept]:
        return frozenset(one for one in self.kept if one.until > now)

    def _instead_of_hold(self, call: str, now: float, new: Kept) -> Self:
        others = frozenset(one for one in self._living(now) if one.appointment or one.call != call)
        return replace(self, kept=others | {new})

    def _overlap(self, one: int, other: int) -> bool:
        return abs(one - other) < self.length + self.before + self.after
