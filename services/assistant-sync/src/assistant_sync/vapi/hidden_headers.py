"""Headers of ours that Vapi has and does not show.

What a server is to send as a secret may be shown masked, or not at all. So once Vapi has taken our headers, what it
then shows is remembered: as long as it shows the same, it has them still. Of both only digests are kept.
"""

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.overlay import covers, overlay
from assistant_sync.domain.ports import HiddenHeaders, VapiObjects

Known = Callable[[str], Awaitable[tuple[str, str] | None]]


@dataclass(frozen=True, slots=True)
class OurHeaders:
    values: Mapping[str, str] = field(repr=False)
    private_key: str = field(repr=False)
    """Without which the digests say nothing."""
    hidden: HiddenHeaders

    def digest(self, value: Any) -> str:
        return hmac.digest(self.private_key.encode(), json.dumps(value, sort_keys=True).encode(), "sha256").hex()


class WithHiddenHeaders:
    """The same objects; where Vapi hides our headers and has them, they are there."""

    def __init__(self, objects: VapiObjects, ours: OurHeaders) -> None:
        self._objects = objects
        self._ours = ours
        self._taken: set[str] = set()
        """What Vapi has just taken our headers for, and has not been looked at since."""

    async def get(self, vapi_id: str) -> Json:
        taken = self._taken & {vapi_id}
        return await self._whole(await self._objects.get(vapi_id), taken, self._ours.hidden.of)

    async def all(self) -> AsyncIterator[Json]:
        taken, known = set(self._taken), None
        async for item in self._objects.all():
            if known is None and not self._is_shown(item):
                known = await self._ours.hidden.all()
            yield await self._whole(item, taken, _from(known or {}))

    async def create(self, fields: Json) -> str:
        vapi_id = await self._objects.create(fields)
        self._note(vapi_id, fields)
        return vapi_id

    async def patch(self, vapi_id: str, fields: Json) -> None:
        await self._objects.patch(vapi_id, fields)
        self._note(vapi_id, fields)

    async def delete(self, vapi_id: str) -> None:
        await self._objects.delete(vapi_id)

    def _note(self, vapi_id: str, fields: Json) -> None:
        if "server" in fields and self._is_shown(fields):
            self._taken.add(vapi_id)

    def _is_shown(self, item: Json) -> bool:
        """Or there is nothing that could be."""
        server = item.get("server")
        return not isinstance(server, Mapping) or covers(server.get("headers"), self._ours.values)

    async def _whole(self, item: Json, taken: set[str], known: Known) -> Json:
        vapi_id = str(item["id"])
        is_new = vapi_id in taken
        if is_new:
            self._taken.discard(vapi_id)
        if self._is_shown(item):
            return item
        server = item["server"]
        headers = server.get("headers") or {}
        shown = {name: headers.get(name) for name in self._ours.values}  # what users add says nothing of ours
        now = self._ours.digest(self._ours.values), self._ours.digest(shown)
        if is_new:
            await self._ours.hidden.keep(vapi_id, *now)
        elif await known(vapi_id) != now:
            return item
        return {**item, "server": {**server, "headers": overlay(headers, self._ours.values)}}


def _from(known: Mapping[str, tuple[str, str]]) -> Known:
    async def of(vapi_id: str) -> tuple[str, str] | None:
        return known.get(vapi_id)

    return of
