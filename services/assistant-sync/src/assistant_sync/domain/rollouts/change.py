"""What an administrator does with roll-outs."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from assistant_sync.domain.errors import InvalidBackendUrl, RolloutNotFound, RolloutOver
from assistant_sync.domain.ports import AddressBook, Rollouts
from assistant_sync.domain.public_url import public_url
from assistant_sync.domain.rollouts.rollout import Rollout, State


@dataclass(frozen=True, slots=True)
class StartRollout:
    rollouts: Rollouts
    addresses: AddressBook

    async def __call__(self, backend_url: str, canaries: int) -> Rollout:
        """Raises InvalidBackendUrl, RolloutUnderWay."""
        url = required(backend_url)
        await self.addresses.now()  # so that there is something to come back to
        rollout_id = uuid4()
        await self.rollouts.start(rollout_id, url, webhook_of(url), canaries)
        return await found(self.rollouts, rollout_id)


@dataclass(frozen=True, slots=True)
class ChangeRollout:
    """Pause, resume, take back. Each raises RolloutNotFound, RolloutOver, and can be repeated."""

    rollouts: Rollouts

    async def pause(self, rollout_id: UUID) -> Rollout:
        return await self._change(rollout_id, _paused)

    async def resume(self, rollout_id: UUID) -> Rollout:
        return await self._change(rollout_id, _resumed)

    async def roll_back(self, rollout_id: UUID) -> Rollout:
        return await self._change(rollout_id, _rolled_back)

    async def _change(self, rollout_id: UUID, state_after: Callable[[Rollout], State]) -> Rollout:
        while True:
            rollout = await found(self.rollouts, rollout_id)
            then = state_after(rollout)
            if then is rollout.state or await self.rollouts.move(rollout, then):
                return await found(self.rollouts, rollout_id)


def required(backend_url: str) -> str:
    """Raises InvalidBackendUrl."""
    if (url := public_url(backend_url)) is None:
        raise InvalidBackendUrl
    return url


def webhook_of(backend_url: str) -> str:
    """Where the gateway at this URL takes Vapi's messages."""
    return f"{backend_url}/api/vapi/webhook"


async def found(rollouts: Rollouts, rollout_id: UUID | None) -> Rollout:
    """None: the latest. Raises RolloutNotFound."""
    if (rollout := await rollouts.get(rollout_id)) is None:
        raise RolloutNotFound
    return rollout


def _paused(rollout: Rollout) -> State:
    if rollout.state.is_over:
        raise RolloutOver
    return State.HALTED if rollout.state is State.HALTED else State.PAUSED


def _resumed(rollout: Rollout) -> State:
    """What failed is tried again, also after the end."""
    match rollout.state:
        case State.HALTED:
            return State.CANARY
        case State.PAUSED if rollout.resumes_as:
            return rollout.resumes_as
        case State.COMPLETED if rollout.failed and rollout.is_latest:
            return State.RUNNING
        case State.ROLLED_BACK if rollout.failed and rollout.is_latest:
            return State.ROLLING_BACK
        case State.COMPLETED | State.ROLLED_BACK:
            raise RolloutOver
        case state:
            return state


def _rolled_back(rollout: Rollout) -> State:
    if rollout.state is State.ROLLED_BACK or not rollout.is_latest or rollout.is_overruled:
        raise RolloutOver
    return State.ROLLING_BACK
