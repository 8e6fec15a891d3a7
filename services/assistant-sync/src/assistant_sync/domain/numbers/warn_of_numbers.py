"""Tell which of an organization's phone numbers in Vapi lead elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.drift.drift import Fault, UrlWarning, WarnedOf, fault_of
from assistant_sync.domain.numbers.number import Pointing, is_answered_by_others
from assistant_sync.domain.numbers.our_pointing import OurPointing
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.domain.ports import PointedNumbers, VapiObjects
from assistant_sync.domain.server import url_of
from assistant_sync.domain.trouble import VapiMissing
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class WarnOfNumbers:
    numbers: PointedNumbers
    vapi: VapiObjects
    our_pointing: OurPointing

    async def __call__(self, tenant: TenantId, _assistants: Sequence[Json]) -> Sequence[UrlWarning]:
        warnings: list[UrlWarning] = []
        for number in await self.numbers.all_of(tenant):
            try:
                there = await self.vapi.get(number.vapi_id)
            except VapiMissing:
                continue
            warnings += _warnings(number, there, await self.our_pointing(tenant, there, number))
        return warnings


def _warnings(number: PointedNumber, there: Json, pointing: Pointing) -> Iterator[UrlWarning]:
    url = url_of(there)
    if url and (fault := fault_of(url, [pointing.server["url"]])):
        yield UrlWarning(WarnedOf.PHONE_NUMBER, number.number, number.vapi_id, url, fault)
    if pointing.assistant_id and is_answered_by_others(pointing, there):
        yield UrlWarning(WarnedOf.PHONE_NUMBER, number.number, number.vapi_id, url or "", Fault.ANSWERED_BY_OTHERS)
