"""What an account holds of one kind, at one path of Vapi's REST API."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.trouble import VapiAway, VapiMissing
from assistant_sync.vapi.http import Query, VapiHttp

_PAGE = 1000
"""The most that Vapi lists at once."""


class VapiResource:
    """Assistants, tools or phone numbers. Every method may raise any VapiTrouble."""

    def __init__(self, http: VapiHttp, path: str) -> None:
        self._http = http
        self._path = path

    async def get(self, vapi_id: str) -> Json:
        return _object(await self._http.repeatable("GET", self._one(vapi_id)))

    async def all(self) -> AsyncIterator[Json]:
        """Newest first. Pages are cut by time of creation; items of the same instant are not lost at the cut."""
        seen: set[str] = set()
        query: Query = {"limit": _PAGE}
        while True:
            answer = await self._http.repeatable("GET", self._path, query=query)
            page = [_object(item) for item in _array(answer)]
            new = [item for item in page if item["id"] not in seen]
            for item in new:
                yield item
            seen.update(item["id"] for item in new)
            if len(page) < _PAGE or not new:
                return
            query["createdAtLe"] = min(item["createdAt"] for item in page)

    async def create(self, fields: Json) -> str:
        try:
            return str(_object(await self._http.once("POST", self._path, body=fields))["id"])
        except VapiMissing:
            raise VapiAway(may_have_happened=False) from None  # whatever answered, it was not Vapi

    async def patch(self, vapi_id: str, fields: Json) -> None:
        await self._http.repeatable("PATCH", self._one(vapi_id), body=fields)

    async def delete(self, vapi_id: str) -> None:
        with suppress(VapiMissing):
            await self._http.repeatable("DELETE", self._one(vapi_id))

    def _one(self, vapi_id: str) -> str:
        return f"{self._path}/{quote(vapi_id, safe='')}"


def _object(value: Any) -> dict[str, Any]:
    """Anything that Vapi holds has at least an id."""
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return value
    raise VapiAway(may_have_happened=True)


def _array(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise VapiAway(may_have_happened=True)
