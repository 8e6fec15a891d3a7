"""Point an organization's phone numbers in Vapi at this deployment and at its inbound agent's assistant.

Numbers are bought and imported in Vapi, and given to organizations in tenancy: neither is done here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant_sync.domain.agents.agent import Json, PendingReason
from assistant_sync.domain.numbers.number import PhoneNumber, Pointing, fields_to_patch, find
from assistant_sync.domain.numbers.our_pointing import OurPointing
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.domain.ports import HeldNumbers, PointedNumbers, VapiObjects
from assistant_sync.domain.server import url_of
from assistant_sync.domain.trouble import NumberTaken, VapiAway, VapiMissing, VapiRefused, VapiUnauthorised
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.tenant import TenantId

_log = get_logger()


@dataclass(frozen=True, slots=True)
class PointNumbers:
    """For the tenant in scope. The caller holds the lease of this work."""

    held: HeldNumbers
    numbers: PointedNumbers
    vapi: VapiObjects
    our_pointing: OurPointing
    clock: Clock

    async def __call__(self, tenant: TenantId) -> None:
        """Raises VapiAway, VapiUnauthorised, RegistryAway: what was done until then stays done."""
        held = await self.held.all()
        known = {one.number: one for one in await self.numbers.all_of(tenant)}
        for number in known.keys() - {one.number for one in held}:
            await self._let_go(tenant, known[number])
        if not held:
            return
        account = _Account(self.vapi)
        for one in held:
            was = known.get(one.number)
            if there := await account.find(one, was):
                await self._point(tenant, one, there, was)
            elif was:
                await self.numbers.forget(tenant, one.number)

    async def _point(self, tenant: TenantId, number: PhoneNumber, there: Json, was: PointedNumber | None) -> None:
        pointing = await self.our_pointing(tenant, there, was)
        given = was.assistant_id if was else None
        found = PointedNumber(
            number.number, str(there["id"]), given, None, url_of(there), was.synced_at if was else None
        )
        try:
            pending, there = await self._bring_about(there, pointing)
        except VapiMissing:
            return  # the next look finds it missing
        except (VapiAway, VapiUnauthorised) as trouble:
            away = isinstance(trouble, VapiAway)
            reason = PendingReason.VAPI_AWAY if away else PendingReason.VAPI_UNAUTHORISED
            await self.numbers.record(tenant, replace(found, pending=reason))
            raise
        if pointing.assistant_id and there.get("assistantId") == pointing.assistant_id:
            found = replace(found, assistant_id=pointing.assistant_id)
        found = replace(found, url=url_of(there))
        pending = pending or await self._learn(number, found.vapi_id)
        if pending:
            _log.warning("a phone number is not in sync", subject=found.vapi_id, reason=pending.value)
        await self.numbers.record(
            tenant, replace(found, pending=pending, synced_at=found.synced_at if pending else self.clock())
        )

    async def _bring_about(self, there: Json, pointing: Pointing) -> tuple[PendingReason | None, Json]:
        """What is still wrong, and the number as Vapi has it then."""
        if not (fields := fields_to_patch(pointing, there)):
            return None, there
        try:
            await self.vapi.patch(str(there["id"]), fields)
        except VapiRefused:
            return PendingReason.VAPI_REFUSED, there
        there = await self.vapi.get(str(there["id"]))
        return PendingReason.NOT_TAKEN_OVER if fields_to_patch(pointing, there) else None, there

    async def _learn(self, number: PhoneNumber, vapi_id: str) -> PendingReason | None:
        """Tell tenancy Vapi's id of the number."""
        if number.vapi_id == vapi_id:
            return None
        # It may have been taken away while Vapi was asked, and telling would give it back.
        if number.number not in {one.number for one in await self.held.all()}:
            return None
        try:
            await self.held.learn(number.number, vapi_id)
        except NumberTaken:
            return PendingReason.NOT_REGISTERED
        return None

    async def _let_go(self, tenant: TenantId, gone: PointedNumber) -> None:
        """The organization holds it no more: its callers are not to reach that assistant."""
        try:
            there = await self.vapi.get(gone.vapi_id)
            if gone.assistant_id and there.get("assistantId") == gone.assistant_id:
                await self.vapi.patch(gone.vapi_id, {"provider": there.get("provider"), "assistantId": None})
        except (VapiMissing, VapiRefused):
            _log.warning("a phone number that was taken away could not be let go in Vapi", subject=gone.vapi_id)
        await self.numbers.forget(tenant, gone.number)


class _Account:
    """The numbers in Vapi; all of them are asked for only if one is not where it was."""

    def __init__(self, vapi: VapiObjects) -> None:
        self._vapi = vapi
        self._all: Sequence[Json] | None = None

    async def find(self, number: PhoneNumber, was: PointedNumber | None) -> Json | None:
        candidates = (number.vapi_id, was.vapi_id if was else None)
        for vapi_id in dict.fromkeys(candidate for candidate in candidates if candidate):
            if found := find(number, await self._get(vapi_id)):
                return found
        if self._all is None:
            self._all = [there async for there in self._vapi.all()]
        return find(number, self._all)

    async def _get(self, vapi_id: str) -> Sequence[Json]:
        try:
            return [await self._vapi.get(vapi_id)]
        except VapiMissing:
            return []
