"""How much each of many has used in the last minute."""

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MOST = 100_000
"""Users that are remembered at once; each takes half a kilobyte."""

SECONDS = 60

_SLOTS = SECONDS + 1
"""Of a second each. What is used counts for sixty seconds at least, and for less than one more."""

User = TypeVar("User", bound=Hashable)


class SlidingMinute(Generic[User]):
    """Never more than the limit within any sixty seconds, whenever they begin.

    A count for each second, not an instant for each use: the room it takes does not grow with the limit.
    """

    def __init__(self, *, most: int = MOST, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`most` users are remembered; beyond it the one that was longest not heard of begins anew."""
        self._most = most
        self._monotonic = monotonic
        self._used: OrderedDict[User, _Used] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    def take(self, user: User, wanted: int, *, limit: int) -> int:
        """How much of what is wanted is within the limit; it is used then, and what is not does not count."""
        second = int(self._monotonic())
        used = self._used.get(user)
        if used is None:
            used = self._used[user] = _Used(second)
            self._forget(second)
        else:
            self._used.move_to_end(user)
        return used.take(second, wanted, limit)

    def seconds_until_more(self, user: User) -> int:
        """After which some of what was used counts no longer; 0 if nothing was."""
        used = self._used.get(user)
        return 0 if used is None else used.seconds_until_less(int(self._monotonic()))

    def _forget(self, second: int) -> None:
        """Two at most with each that is new, so that nobody waits for it."""
        for _ in range(2):
            oldest = next(iter(self._used))
            if len(self._used) > self._most or self._used[oldest].is_over(second):
                del self._used[oldest]


class _Used:
    __slots__ = ("_by_second", "_in_all", "_second")

    def __init__(self, second: int) -> None:
        self._second = second
        self._in_all = 0
        self._by_second = array("I", bytes(4 * _SLOTS))

    def take(self, second: int, wanted: int, limit: int) -> int:
        self._pass(second)
        taken = max(0, min(wanted, limit - self._in_all))
        self._in_all += taken
        self._by_second[second % _SLOTS] += taken
        return taken

    def is_over(self, second: int) -> bool:
        return second - self._second >= _SLOTS

    def seconds_until_less(self, second: int) -> int:
        self._pass(second)
        return next((ahead for ahead in range(1, _SLOTS + 1) if self._by_second[(second + ahead) % _SLOTS]), 0)

    def _pass(self, second: int) -> None:
        for passed in range(self._second + 1, min(second, self._second + _SLOTS) + 1):
            slot = passed % _SLOTS
            self._in_all -= self._by_second[slot]
            self._by_second[slot] = 0
        self._second = second
