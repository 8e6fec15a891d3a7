"""Forgetting what happened in calls: first what was said, then that there was anything."""

from dataclasses import dataclass

from booking.domain.calls.events import DETAILS_KEPT_FOR, EVENTS_KEPT_FOR
from booking.domain.forgetting import EVERY, forget_all
from booking.domain.people.dossiers import TOLD_LATE_FOR
from booking.domain.ports import PastEvents
from chassis.clock import Clock
from chassis.repeating import repeat


@dataclass(frozen=True, slots=True)
class ForgetCallEvents:
    events: PastEvents
    clock: Clock

    async def run(self) -> None:
        """Until it is cancelled."""
        await repeat(self.forget_old, every=EVERY, failed="old events could not be forgotten")

    async def forget_old(self) -> None:
        now = self.clock()
        await forget_all(self.events.forget_details, now - DETAILS_KEPT_FOR)
        await forget_all(self.events.forget, now - EVENTS_KEPT_FOR)
        await forget_all(self.events.forget_erased_numbers, now - TOLD_LATE_FOR)
