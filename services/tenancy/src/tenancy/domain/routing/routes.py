"""Routes change: what was said of whom is no longer true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Changed:
    """A change, by its number: evidence in its one spelling, and organizations by their ids."""

    version: int
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a watcher begins; `forget` tells that whatever it kept from before may be wrong."""

    version: int
    forget: bool


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing has changed since this version, as of a moment ago."""

    version: int


Event: TypeAlias = Opened | Changed | Heartbeat


@dataclass(frozen=True, slots=True)
class History:
    """The changes after a version, oldest first, and the version of the last one there was, of one moment."""

    version: int
    changes: Sequence[Changed]

    def is_whole_after(self, version: int) -> bool:
        """Whether it leaves out no change since: old ones are not kept, others there never were."""
        return len(self.changes) == self.version - version
