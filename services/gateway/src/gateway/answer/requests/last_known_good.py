"""What was last answered about something, to stand in while whoever knows it is away."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LastKnownGood(Generic[Key, Value]):
    def __init__(self, *, most: int, good_for: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`most` values are kept, the latest; each for `good_for` seconds."""
        self._most = most
        self._good_for = good_for
        self._monotonic = monotonic
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def keep(self, key: Key, value: Value) -> None:
        self._kept[key] = (self._monotonic(), value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def recall(self, key: Key) -> Value | None:
        """None if there is nothing, or nothing that is new enough."""
        kept_at, value = self._kept.get(key, (float("-inf"), None))
        return value if self._monotonic() - kept_at < self._good_for else None

    def forget(self, key: Key) -> None:
        self._kept.pop(key, None)
