"""Vapi's REST API over HTTP, one client for each account.

GET and PATCH mean the same however often they are sent, and are repeated while Vapi is away. POST is sent once: Vapi
knows no idempotency key, and a repeated one would make a second assistant.
"""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
import stamina

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiRefused, VapiUnauthorised
from assistant_sync.vapi.pace import Pace
from assistant_sync.vapi.refusal import refused_properties

_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
_ATTEMPTS = 3
_FIRST_RETRY_AFTER = 1.0
_LONGEST_WAIT = 8.0
"""Seconds; if Vapi asks for more, the work is left for later instead."""

_PAGE = 1000
"""The most that Vapi lists at once."""


class VapiClient:
    def __init__(
        self,
        base_url: str,
        private_key: str,
        *,
        requests_per_second: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._pace = Pace(requests_per_second)
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {private_key}"},
            timeout=_TIMEOUT,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, assistant_id: str) -> Json:
        return _object(await self._repeatable("GET", _path(assistant_id)))

    async def all(self) -> AsyncIterator[Json]:
        """Newest first. Pages are cut by time of creation; items of the same instant are not lost at the cut."""
        seen: set[str] = set()
        query: dict[str, str | int] = {"limit": _PAGE}
        while True:
            page = [_object(item) for item in _array(await self._repeatable("GET", "/assistant", query=query))]
            new = [item for item in page if item["id"] not in seen]
            for item in new:
                yield item
            seen.update(item["id"] for item in new)
            if len(page) < _PAGE or not new:
                return
            query["createdAtLe"] = min(item["createdAt"] for item in page)

    async def create(self, fields: Json) -> str:
        try:
            return str(_object(await self._once("POST", "/assistant", body=fields))["id"])
        except VapiMissing:
            raise VapiAway(may_have_happened=False) from None  # whatever answered, it was not Vapi

    async def patch(self, assistant_id: str, fields: Json) -> None:
        await self._repeatable("PATCH", _path(assistant_id), body=fields)

    async def _repeatable(
        self, method: str, path: str, *, query: dict[str, str | int] | None = None, body: Json | None = None
    ) -> Any:
        async for attempt in stamina.retry_context(
            on=_is_worth_a_retry,
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=_FIRST_RETRY_AFTER,
            wait_max=_LONGEST_WAIT,
            wait_jitter=0.5,
        ):
            with attempt:
                return await self._once(method, path, query=query, body=body)
        raise AssertionError("stamina ends with a result or an exception")

    async def _once(
        self, method: str, path: str, *, query: dict[str, str | int] | None = None, body: Json | None = None
    ) -> Any:
        await self._pace.wait()
        try:
            response = await self._http.request(method, path, params=query, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise VapiAway(may_have_happened=False) from None
        except httpx.HTTPError:
            raise VapiAway(may_have_happened=True) from None
        _raise_unless_done(response)
        return _json(response)


def _raise_unless_done(response: httpx.Response) -> None:
    match response.status_code:
        case status if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise VapiUnauthorised
        case HTTPStatus.NOT_FOUND:
            raise VapiMissing
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise VapiAway(may_have_happened=False, retry_after=_retry_after(response))
        case HTTPStatus.BAD_REQUEST | HTTPStatus.CONFLICT | HTTPStatus.UNPROCESSABLE_ENTITY:
            raise VapiRefused(_refused_properties(response))
        case _:
            raise VapiAway(may_have_happened=True, retry_after=_retry_after(response))


def _is_worth_a_retry(error: Exception) -> bool | float:
    """stamina's hook: whether, or after how many seconds."""
    if not isinstance(error, VapiAway):
        return False
    if error.retry_after is None:
        return True
    return max(error.retry_after, _FIRST_RETRY_AFTER) if error.retry_after <= _LONGEST_WAIT else False


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds. Vapi documents no such header; the form with a date is not expected of it."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _refused_properties(response: httpx.Response) -> tuple[str, ...]:
    try:
        return refused_properties(response.json())
    except ValueError:
        return ()


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise VapiAway(may_have_happened=True) from None


def _object(value: Any) -> dict[str, Any]:
    """An assistant, which has at least an id."""
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return value
    raise VapiAway(may_have_happened=True)


def _array(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise VapiAway(may_have_happened=True)


def _path(assistant_id: str) -> str:
    return f"/assistant/{quote(assistant_id, safe='')}"
