"""Where a call was recorded, asked of Vapi when somebody wants to hear it: its links hold for half an hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant_sync.domain.calls.vapi_call import VapiCall, object_of, text_of
from assistant_sync.domain.errors import RecordingNotFound, TenancyUnreachable, VapiKeyRefused, VapiUnreachable
from assistant_sync.domain.ports import CallOwners, Lines, VapiCalls
from assistant_sync.domain.trouble import RegistryAway, VapiMissing, VapiTrouble, VapiUnauthorised
from chassis.tenant import TenantId

_SIGNED = {
    "mono": "presignedMonoUrl",
    "stereo": "presignedStereoUrl",
    "assistant": "presignedAssistantUrl",
    "customer": "presignedCustomerUrl",
}


@dataclass(frozen=True, slots=True)
class FindRecording:
    vapi_calls: VapiCalls
    lines: Lines
    owners: CallOwners

    async def __call__(self, tenant: TenantId, vapi_call_id: str, channel: str) -> list[str]:
        """The best first; at least one.

        Raises RecordingNotFound, VapiUnreachable, VapiKeyRefused, TenancyUnreachable.
        """
        if channel not in _SIGNED:
            raise RecordingNotFound
        try:
            call = await self.vapi_calls.get(vapi_call_id)
            if await self._owner_of(call) != tenant:
                raise RecordingNotFound
            links = _links(object_of(call.has.get("artifact")), channel) or _links(call.has, channel)
            if not any(link.is_signed for link in links) and (signed := await self._signed(call, channel)):
                return [signed, *(link.url for link in links)]
        except VapiMissing:
            raise RecordingNotFound from None
        except VapiUnauthorised:
            raise VapiKeyRefused from None
        except VapiTrouble:
            raise VapiUnreachable from None
        except RegistryAway:
            raise TenancyUnreachable from None
        if not links:
            raise RecordingNotFound
        return [link.url for link in links]

    async def _owner_of(self, call: VapiCall) -> TenantId | None:
        """By its ids, which need one request; by its line's number, which needs another, only where they do not say."""
        if owner := await self.owners.of(call.evidence("")):
            return owner
        if not call.phone_number_id:
            return None
        return await self.owners.of(call.evidence((await self.lines.by_id()).get(call.phone_number_id, "")))

    async def _signed(self, call: VapiCall, channel: str) -> str | None:
        """Where recordings are private, Vapi signs a link for whoever asks for it."""
        try:
            return await self.vapi_calls.signed_link(call.id, channel)
        except VapiTrouble:
            return None


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    is_signed: bool = False


def _links(artifact: Mapping[str, Any], channel: str) -> list[_Link]:
    recording = object_of(artifact.get("recording"))
    mono = object_of(recording.get("mono"))
    plain = {
        "mono": (mono.get("combinedUrl"), artifact.get("recordingUrl")),
        "stereo": (recording.get("stereoUrl"), artifact.get("stereoRecordingUrl")),
        "assistant": (mono.get("assistantUrl"),),
        "customer": (mono.get("customerUrl"),),
    }
    told = [
        _Link(text_of(artifact.get(_SIGNED[channel])), is_signed=True),
        *(_Link(text_of(url)) for url in plain[channel]),
    ]
    return list(dict.fromkeys(link for link in told if link.url))
