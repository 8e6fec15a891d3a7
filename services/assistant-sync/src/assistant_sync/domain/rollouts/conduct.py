"""Conduct the roll-out that is under way: say whose turn it is. The work is the reconciler's, as every other."""

from dataclasses import dataclass
from datetime import timedelta

from assistant_sync.domain.ports import Rollouts
from assistant_sync.domain.reconciling.work import Again, Next, Over, Work
from assistant_sync.domain.rollouts.rollout import Rollout, State
from chassis.logs import get_logger

_MOVING = (State.CANARY, State.RUNNING, State.ROLLING_BACK)

_NOW_AND_THEN = timedelta(seconds=10)

_log = get_logger()


@dataclass(frozen=True, slots=True)
class ConductRollout:
    """Level-triggered: called when a target is done, and now and then. The caller holds the lease of this work."""

    rollouts: Rollouts
    most_at_once: int
    """Targets that are worked on at a time: what is begun is ended, also after a pause."""

    async def __call__(self, _work: Work) -> Next:
        rollout = await self.rollouts.get(None)
        while rollout and (then := _then(rollout)):
            # False if somebody paused it meanwhile or took it back, or if something came into being.
            if await self.rollouts.move(rollout, then):
                _log.info("a roll-out goes on", subject=str(rollout.id), status=then.value)
            rollout = await self.rollouts.get(None)
        if rollout is None or rollout.state not in _MOVING:
            return Over()
        await self.rollouts.begin(rollout.id, self.most_at_once)
        return Again(_NOW_AND_THEN)


def _then(rollout: Rollout) -> State | None:
    """The state that follows from how the targets are; None while it stays."""
    if rollout.is_overruled and not rollout.state.is_over:
        return State.COMPLETED
    match rollout.state:
        case State.CANARY if rollout.canaries_failed:
            return State.HALTED
        case State.CANARY if not rollout.canaries_waiting:
            return State.RUNNING
        case State.RUNNING if not rollout.waiting:
            return State.COMPLETED
        case State.ROLLING_BACK if not rollout.waiting:
            return State.ROLLED_BACK
        case _:
            return None
