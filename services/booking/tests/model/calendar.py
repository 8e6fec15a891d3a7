"""A calendar as simple as it can be, which the real one has to be equal to: starts, and who has which."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

HOLD_SECONDS = 90


class Caller(NamedTuple):
    """Somebody on the telephone, by the call's id and the number they call from."""

    call: str
    number: str


class Kept(NamedTuple):
    """A time that somebody has: an appointment, or a hold until its moment in seconds."""

    by: Caller
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

    def free(self, caller: Caller, now: float) -> frozenset[int]:
        others = [one for one in self._living(now) if one.appointment or not _is_theirs(one, caller)]
        return frozenset(start for start in self.starts if not any(self._overlap(start, one.start) for one in others))

    def hold(self, caller: Caller, start: int, now: float) -> tuple[Self, str]:
        if (refused := self._refusal(caller, start, now)) is not None:
            return self, self._or_had(caller, start, refused)
        return self._instead_of_hold(caller, now, Kept(caller, start, until=now + HOLD_SECONDS)), "held"

    def book(self, caller: Caller, start: int, now: float, name: str) -> tuple[Self, str]:
        """The same wish of the same call is the same appointment."""
        if any(one.appointment and (one.by.call, one.start) == (caller.call, start) for one in self.kept):
            return self, "booked"
        if (refused := self._refusal(caller, start, now)) is not None:
            return self, self._or_had(caller, start, refused)
        return self._instead_of_hold(caller, now, Kept(caller, start, name)), "booked"

    def move(self, caller: Caller, name: str, start: int, now: float) -> tuple[Self, str]:
        old = next(one for one in self.kept if one.appointment == name)
        if old.start == start:
            return self, "already_then"
        without = replace(self, kept=self.kept - {old})
        if (refused := without._refusal(caller, start, now)) is not None:
            return self, refused
        return without._instead_of_hold(caller, now, old._replace(start=start)), "moved"

    def cancel(self, name: str) -> tuple[Self, str]:
        gone = frozenset(one for one in self.kept if one.appointment == name)
        return replace(self, kept=self.kept - gone), "cancelled"

    def _refusal(self, caller: Caller, start: int, now: float) -> str | None:
        if start not in self.starts:
            return "not_a_start"
        return None if start in self.free(caller, now) else "taken"

    def _or_had(self, caller: Caller, start: int, refused: str) -> str:
        """Whoever rings back hears that it is theirs."""
        had = any(one.appointment and (one.by.number, one.start) == (caller.number, start) for one in self.kept)
        return "already_booked" if had else refused

    def _living(self, now: float) -> frozenset[Kept]:
        return frozenset(one for one in self.kept if one.until > now)

    def _instead_of_hold(self, caller: Caller, now: float, new: Kept) -> Self:
        """An earlier call's hold goes where it is in the way; this call's own, wherever it is."""
        gone = [
            one
            for one in self._living(now)
            if not one.appointment
            and (one.by.call == caller.call or (_is_theirs(one, caller) and self._overlap(one.start, new.start)))
        ]
        return replace(self, kept=(self._living(now) - frozenset(gone)) | {new})

    def _overlap(self, one: int, other: int) -> bool:
        return abs(one - other) < self.length + self.before + self.after


def _is_theirs(hold: Kept, caller: Caller) -> bool:
    return hold.by.call == caller.call or hold.by.number == caller.number
