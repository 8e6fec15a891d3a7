"""How busy this process is, and what it leaves undone for that.

Two things fill a process. What waits for services behind it is bounded by its number. What wants to be computed shows
as lag: how late the event loop comes to what is due. The higher of both, as a part of what may be, is the pressure.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from gateway.message.events import Event

SHED_FROM: Mapping[Event, float] = MappingProxyType({Event.SPEECH: 0.5, Event.OTHER: 0.75})
"""The pressure from which events are not recorded any more. Nothing else is ever left undone for it."""

_EVERY = 0.05
"""Seconds between two measurements of lag."""

_MEASUREMENTS = 10
"""Of which the least counts: that of a queue that stands, and not of a moment's work."""


class Overloaded(Exception):
    """As much is in flight as may be; not even who sent the message is looked into."""


class LoopLag:
    def __init__(self) -> None:
        """`run` must be running for anything to be measured."""
        self.seconds = 0.0

    async def run(self) -> None:
        """Until it is cancelled."""
        clock = asyncio.get_running_loop().time
        measured = deque([0.0], maxlen=_MEASUREMENTS)
        while True:
            due = clock() + _EVERY
            await asyncio.sleep(_EVERY)
            measured.append(clock() - due)
            self.seconds = max(0.0, min(measured))


class Load:
    def __init__(self, *, most_in_flight: int, most_lag: float, lag: Callable[[], float]) -> None:
        """`most_lag` and `lag` in seconds."""
        self._most_in_flight = most_in_flight
        self._most_lag = most_lag
        self._lag = lag
        self.in_flight = 0
        """Messages that are being answered."""

    @property
    def pressure(self) -> float:
        """From 0, idle, to 1, as busy as may be; lag can bring it beyond."""
        return max(self.in_flight / self._most_in_flight, self._lag() / self._most_lag)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Around the answering of a message. Raises Overloaded."""
        if self.in_flight >= self._most_in_flight:
            raise Overloaded
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    def sheds(self, event: Event) -> bool:
        return self.pressure >= SHED_FROM[event]
