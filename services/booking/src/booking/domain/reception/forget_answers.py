"""Forgetting what tool calls were answered when nobody asks the same again: answers tell of patients."""

from dataclasses import dataclass
from datetime import timedelta

from booking.domain.forgetting import EVERY, forget_all
from booking.domain.ports import GivenAnswers
from chassis.clock import Clock
from chassis.repeating import repeat

KEPT_FOR = timedelta(days=30)
"""Longer than anything is delivered again, or a chat goes on."""


@dataclass(frozen=True, slots=True)
class ForgetAnswers:
    answers: GivenAnswers
    clock: Clock

    async def run(self) -> None:
        """Until it is cancelled."""
        await repeat(self.forget_old, every=EVERY, failed="old answers could not be forgotten")

    async def forget_old(self) -> None:
        await forget_all(self.answers.forget, self.clock() - KEPT_FOR)
