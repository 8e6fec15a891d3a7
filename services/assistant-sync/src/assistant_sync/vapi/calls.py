"""An account's calls, and the numbers of its lines."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from assistant_sync.domain.calls.vapi_call import Page, VapiCall, instant_of, text_of
from assistant_sync.domain.ports import VapiObjects
from assistant_sync.domain.trouble import VapiAway, VapiUnreadable
from assistant_sync.vapi.http import Query, VapiHttp

PAGE = 50
"""Calls are large: each has its whole history."""


class VapiCallList:
    """Every method may raise any VapiTrouble."""

    def __init__(self, http: VapiHttp) -> None:
        self._http = http

    async def page(self, changed_after: datetime, created_until: datetime | None) -> Page:
        """Calls of the same instant are not lost at the cut, unless a whole page is of one."""
        query: Query = {"limit": PAGE, "updatedAtGt": _written(changed_after)}
        if created_until is not None:
            query["createdAtLe"] = _written(created_until)
        answer = await self._http.repeatable("GET", "/call", query=query)
        if not isinstance(answer, list):
            raise VapiAway(may_have_happened=True)
        calls = [call for call in map(_call, answer) if call is not None]
        unreadable = len(answer) - len(calls)
        if len(answer) < PAGE:
            return Page(calls, None, unreadable)
        if not calls:
            raise VapiUnreadable(may_have_happened=True)  # nothing tells from where the next one goes on
        oldest = min(call.created_at for call in calls)
        return Page(calls, oldest if oldest != created_until else oldest - timedelta(milliseconds=1), unreadable)

    async def get(self, vapi_call_id: str) -> VapiCall:
        call = _call(await self._http.repeatable("GET", f"/call/{quote(vapi_call_id, safe='')}"))
        if call is None:
            raise VapiUnreadable(may_have_happened=True)
        return call

    async def signed_link(self, vapi_call_id: str, channel: str) -> str | None:
        path = f"/call/{quote(vapi_call_id, safe='')}/{quote(channel, safe='')}-recording"
        return await self._http.redirected_to(path)


class AccountLines:
    def __init__(self, phone_numbers: VapiObjects) -> None:
        self._phone_numbers = phone_numbers

    async def by_id(self) -> dict[str, str]:
        return {one["id"]: text_of(one.get("number")) async for one in self._phone_numbers.all()}


def _call(item: Any) -> VapiCall | None:
    if isinstance(item, dict) and isinstance(item.get("id"), str):
        created_at = instant_of(item.get("createdAt"))
        if created_at is not None:
            return VapiCall(item["id"], created_at, item)
    return None


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
