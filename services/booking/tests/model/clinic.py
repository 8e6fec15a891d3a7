"""A clinic as simple as it can be, which the real one has to be equal to: rooms, starts, and who has which."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

HOLD_SECONDS = 90


class Asker(NamedTuple):
    """A call, and the number that it comes from."""

    call: str
    number: str


class Kept(NamedTuple):
    """A time that somebody has: an appointment, or a hold until its moment in seconds."""

    room: int
    start: int
    """Minutes, as everywhere here where nothing else is said."""
    asker: Asker
    appointment: str = ""
    until: float = math.inf
    room_chosen: bool = False
    """Then it moves to no other."""

    def is_held_for(self, asker: Asker) -> bool:
        return not self.appointment and (self.asker.call == asker.call or self.asker.number == asker.number)


@dataclass(frozen=True, slots=True)
class ModelClinic:
    """Rooms that are open alike, and one service. Each answer is the clinic afterwards and the outcome."""

    starts: frozenset[int]
    rooms: int = 1
    length: int = 30
    before: int = 0
    after: int = 0
    kept: frozenset[Kept] = frozenset()

    def free(self, asker: Asker, now: float) -> frozenset[int]:
        rooms = range(self.rooms)
        return frozenset(start for start in self.starts if any(self.is_free(asker, one, start, now) for one in rooms))

    def is_free(self, asker: Asker, room: int, start: int, now: float) -> bool:
        in_room = (one for one in self._living(now) if one.room == room and not one.is_held_for(asker))
        return not any(self._overlap(start, one.start) for one in in_room)

    def had(self, asker: Asker, start: int) -> list[Kept]:
        """The appointments that were made then from the asker's number."""
        return [one for one in self.kept if one.appointment and (one.asker.number, one.start) == (asker.number, start)]

    def hold(self, asker: Asker, start: int, now: float, rooms: Iterable[int]) -> tuple[Self, str]:
        if start not in self.starts:
            return self, "not_a_start"
        if (room := self._first_free(asker, start, now, rooms)) is None:
            return self, "already_booked" if self.had(asker, start) else "taken"
        return self._instead_of_holds(asker, now, Kept(room, start, asker, until=now + HOLD_SECONDS)), "held"

    def book(
        self, asker: Asker, start: int, now: float, rooms: Iterable[int], name: str, *, room_chosen: bool = False
    ) -> tuple[Self, str]:
        """The same wish of the same call is the same appointment; of a later one they have it, whichever room."""
        if start not in self.starts:
            return self, "not_a_start"
        room, had = self._first_free(asker, start, now, rooms), self.had(asker, start)
        if any(one.asker.call == asker.call for one in had):
            return self, "booked"
        if had:
            return self, "already_booked"
        if room is None:
            return self, "taken"
        return self._instead_of_holds(asker, now, Kept(room, start, asker, name, room_chosen=room_chosen)), "booked"

    def move(self, asker: Asker, name: str, start: int, now: float, rooms: Iterable[int]) -> tuple[Self, str]:
        """It stays in its room if that is free."""
        old = self.appointment(name)
        if old.start == start:
            return self, "already_then"
        if start not in self.starts:
            return self, "not_a_start"
        without = replace(self, kept=self.kept - {old})
        allowed = [one for one in rooms if one == old.room or not old.room_chosen]
        room = without._first_free(asker, start, now, sorted(allowed, key=lambda one: (one != old.room, one)))
        if room is None or any(one.asker.call == old.asker.call for one in self.had(old.asker, start)):
            return self, "taken"
        return without._instead_of_holds(asker, now, old._replace(room=room, start=start)), "moved"

    def cancel(self, name: str) -> tuple[Self, str]:
        return replace(self, kept=self.kept - {self.appointment(name)}), "cancelled"

    def appointment(self, name: str) -> Kept:
        return next(one for one in self.kept if one.appointment == name)

    def _first_free(self, asker: Asker, start: int, now: float, rooms: Iterable[int]) -> int | None:
        return next((room for room in rooms if self.is_free(asker, room, start, now)), None)

    def _living(self, now: float) -> frozenset[Kept]:
        return frozenset(one for one in self.kept if one.until > now)

    def _instead_of_holds(self, asker: Asker, now: float, new: Kept) -> Self:
        without = self._without_holds(asker, now, new)
        return replace(without, kept=without.kept | {new})

    def _without_holds(self, asker: Asker, now: float, wanted: Kept) -> Self:
        """The asker's hold has become what they wanted, wherever it was; what was held for them before gives way."""

        def is_over(one: Kept) -> bool:
            gives_way = one.room == wanted.room and self._overlap(one.start, wanted.start)
            return one.is_held_for(asker) and (one.asker.call == asker.call or gives_way)

        return replace(self, kept=frozenset(one for one in self._living(now) if not is_over(one)))

    def _overlap(self, one: int, other: int) -> bool:
        return abs(one - other) < self.length + self.before + self.after
