"""What a roll-out would change, by what is in Vapi now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.errors import VapiKeyRefused, VapiUnreachable
from assistant_sync.domain.ports import AddressBook, Rollouts, VapiObjects
from assistant_sync.domain.rollouts.change import required, webhook_of
from assistant_sync.domain.rollouts.rollout import Target, TargetKind, TargetState
from assistant_sync.domain.server import url_of
from assistant_sync.domain.trouble import VapiTrouble, VapiUnauthorised


@dataclass(frozen=True, slots=True)
class PlanRollout:
    rollouts: Rollouts
    addresses: AddressBook
    vapi: Mapping[TargetKind, VapiObjects]

    async def __call__(self, backend_url: str) -> list[Target]:
        """Those that would change first. Raises InvalidBackendUrl, VapiUnreachable, VapiKeyRefused."""
        url = required(backend_url)
        await self.addresses.now()  # before its first reading there are none
        candidates = await self.rollouts.candidates(url, webhook_of(url))
        observed = {kind: await self._observe(kind) for kind in {candidate.kind for candidate in candidates}}
        planned = [_planned(candidate, observed[candidate.kind]) for candidate in candidates]
        return sorted(planned, key=lambda target: target.url_before == target.url_after)

    async def _observe(self, kind: TargetKind) -> Mapping[str, Any]:
        """URLs by id."""
        try:
            return {str(item["id"]): url_of(item) async for item in self.vapi[kind].all()}
        except VapiUnauthorised:
            raise VapiKeyRefused from None
        except VapiTrouble:
            raise VapiUnreachable from None


def _planned(candidate: Target, observed: Mapping[str, Any]) -> Target:
    if candidate.vapi_id not in observed:
        missing = PendingReason.ASSISTANT_MISSING
        return replace(candidate, url_before=None, state=TargetState.FAILED, reason=missing)
    before = observed[candidate.vapi_id]
    state = TargetState.POINTED if before == candidate.url_after else TargetState.WAITING
    return replace(candidate, url_before=before, state=state)
