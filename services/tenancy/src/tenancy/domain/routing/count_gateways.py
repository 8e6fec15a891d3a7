"""How many gateways there are: each watches routes, through whichever replica."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from chassis.errors import DomainError
from chassis.logs import get_logger
from tenancy.domain.ports import Gateways

EVERY = 1.0
"""Seconds between two countings."""

COUNTS_FOR = timedelta(seconds=5)
"""For which a gateway that is seen no more counts: a stream that was lost is opened again sooner."""

_log = get_logger()


class GatewayCount:
    def __init__(self, gateways: Gateways) -> None:
        """`run` must be running for anybody to be counted."""
        self._gateways = gateways
        self._here: Counter[UUID] = Counter()
        self.live: int | None = None
        """How many there were when they were counted last; None before the first time."""

    @contextmanager
    def watching(self, gateway: UUID | None) -> Iterator[None]:
        """While the gateway watches through this process; None is no gateway, and is not counted."""
        if gateway is None:
            yield
            return
        self._here[gateway] += 1
        try:
            yield
        finally:
            self._here[gateway] -= 1
            self._here += Counter()  # forgets those of whom none is left

    async def run(self) -> None:
        """Count until cancelled. While that is not possible, the last count stands."""
        while True:
            try:
                self.live = await self._gateways.note(self._here.keys(), COUNTS_FOR)
            except DomainError as fault:
                _log.warning("gateways are not counted", reason=fault.reason)
            except Exception:  # noqa: BLE001  # without this task the count would stand for ever
                _log.exception("counting gateways failed unexpectedly")
            await asyncio.sleep(EVERY)
