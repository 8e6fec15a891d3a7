"""Forgetting what tool calls were answered when nobody asks the same again: answers tell of patients."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from booking.domain.ports import GivenAnswers
from chassis.clock import Clock
from chassis.logs import get_logger

KEPT_FOR = timedelta(days=30)
"""Longer than anything is delivered again, or a chat goes on."""

_AT_ONCE = 1_000
_EVERY = 3600.0
"""Seconds."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class ForgetAnswers:
    answers: GivenAnswers
    clock: Clock

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.forget_old()
            except Exception:  # noqa: BLE001  # the database is away: later
                _log.warning("old answers could not be forgotten", exc_info=True)
            await asyncio.sleep(_EVERY)

    async def forget_old(self) -> None:
        while await self.answers.forget(self.clock() - KEPT_FOR, _AT_ONCE) == _AT_ONCE:
            """There may be more."""
