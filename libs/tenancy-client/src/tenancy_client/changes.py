"""What tenancy has told so far of what is no longer true, and up to when it has told everything."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Monotonic = Callable[[], float]
"""Seconds of a clock that is never set back."""

_MOST_NOTED = 100_000
"""Values that are noted as changed, until all is forgotten instead."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a question was asked, in terms of what had been told by then."""

    at: float
    version: int
    era: int


class Changes:
    """One for all that is remembered of tenancy's answers; `RouteWatch` tells it what happens."""

    def __init__(self, *, monotonic: Monotonic = time.monotonic, most_noted: int = _MOST_NOTED) -> None:
        self._monotonic = monotonic
        self._most_noted = most_noted
        self._version: int | None = None
        self._noted: dict[str, int] = {}
        self._told_everything_at = float("-inf")
        self.era = 0
        """How many times everything had to be forgotten."""

    @property
    def version(self) -> int | None:
        """The last change that was told; None before the first word."""
        return self._version

    def moment(self) -> Moment:
        """To be taken before a question is asked."""
        return Moment(self._monotonic(), self._version or 0, self.era)

    def disprove(self, asked: Moment, names: Iterable[str]) -> bool:
        """Whether an answer about `names` may be from before a change, having been asked for when it was."""
        if asked.era != self.era:
            return True
        return asked.version != self._version and any(self._noted.get(name, 0) > asked.version for name in names)

    def age(self, asked: Moment) -> float:
        """Seconds since an answer, asked for then and not disproved, was last known to be true."""
        return self._monotonic() - max(asked.at, self._told_everything_at)

    def seconds_untold(self) -> float:
        """Since tenancy last said that it had told everything; infinite before the first time."""
        return self._monotonic() - self._told_everything_at

    def note(self, version: int, names: Iterable[str]) -> None:
        """`names` have changed. A version left out, or told again, means that more was missed than can be known."""
        if self._version is None or version != self._version + 1:
            self.forget(version)
            return
        self._version = version
        self._noted.update(dict.fromkeys(names, version))
        if len(self._noted) > self._most_noted:
            self.forget(version)

    def nothing_else(self, version: int) -> None:
        """Up to now there was no change after `version`."""
        if version != self._version:
            self.forget(version)
        self._told_everything_at = self._monotonic()

    def forget(self, version: int) -> None:
        """Nothing that was asked for until now can be relied on."""
        self.era += 1
        self._version = version
        self._noted.clear()
