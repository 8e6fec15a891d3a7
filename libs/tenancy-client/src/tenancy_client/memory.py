"""A bounded memory of answers, each of which is good for as long as nothing that it is about has changed."""

from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.errors import DomainError, Kind
from tenancy_client.changes import Changes, Moment

GOOD_FOR = 3.0
"""Seconds for which an answer is relied on after it was last known to be true."""

_BETWEEN = "\n"
"""Between the names of an entry; none holds it."""

LAST_KNOWN_GOOD_FOR = 600.0
"""Seconds for which it can stand in while tenancy is away, for a caller that says so."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Value]):
    value: Value
    names: str
    """Joined, which takes less than half the room."""
    asked: Moment


class Memory(Generic[Key, Value]):
    def __init__(self, changes: Changes, *, most: int) -> None:
        """`most` entries are kept; beyond it the one that was longest not asked for goes."""
        self._changes = changes
        self._most = most
        self._entries: OrderedDict[Key, _Entry[Value]] = OrderedDict()
        self._era = changes.era

    def __len__(self) -> int:
        self._forget_if_told()
        return len(self._entries)

    def recall(self, key: Key, *, good_for: float = GOOD_FOR) -> Value | None:
        """What was kept, if it was true less than `good_for` seconds ago and has not been disproved since."""
        self._forget_if_told()
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._changes.disprove(entry.asked, entry.names.split(_BETWEEN)):
            del self._entries[key]
            return None
        if self._changes.age(entry.asked) >= good_for:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def keep(self, key: Key, value: Value, *, names: Collection[str], asked: Moment) -> None:
        """`names`: what the value is about, as changes name it. What a change may have overtaken is not kept."""
        self._forget_if_told()
        if self._changes.disprove(asked, names):
            return
        self._entries[key] = _Entry(value, _BETWEEN.join(names), asked)
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def _forget_if_told(self) -> None:
        if self._era != self._changes.era:
            self._entries.clear()
            self._era = self._changes.era


def is_away(error: DomainError) -> bool:
    """Whether tenancy could not be asked, rather than having answered so."""
    return error.kind in (Kind.UNAVAILABLE, Kind.DEADLINE)
