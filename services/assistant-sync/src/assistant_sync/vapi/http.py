"""Requests to Vapi's REST API, one client for each account.

GET, PATCH and DELETE mean the same however often they are sent, and are repeated while Vapi is away. POST is sent once:
Vapi knows no idempotency key, and a repeated one would make a second object.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import stamina

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.reconciling.share import Share
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiPinned, VapiRefused, VapiUnauthorised
from assistant_sync.vapi.refusal import refused_properties

Query = dict[str, str | int]

_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
_ATTEMPTS = 3
_FIRST_RETRY_AFTER = 1.0
_LONGEST_WAIT = 8.0
"""Seconds; if Vapi asks for more, the work is left for later instead."""

_LONGEST_HOLD = 300.0
"""Seconds that everybody waits because one was asked to."""


class VapiHttp:
    def __init__(
        self,
        base_url: str,
        private_key: str,
        budget: Budget,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._budget = budget
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {private_key}"},
            timeout=_TIMEOUT,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def repeatable(self, method: str, path: str, *, query: Query | None = None, body: Json | None = None) -> Any:
        """What Vapi answers. Raises any VapiTrouble."""
        async for attempt in stamina.retry_context(
            on=_is_worth_a_retry,
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=_FIRST_RETRY_AFTER,
            wait_max=_LONGEST_WAIT,
            wait_jitter=0.5,
        ):
            with attempt:
                return await self.once(method, path, query=query, body=body)
        raise AssertionError("stamina ends with a result or an exception")

    async def redirected_to(self, path: str) -> str | None:
        """Where Vapi sends whoever asks for this; None if nowhere. Raises any VapiTrouble."""
        response = await self._ask("GET", path)
        if response.has_redirect_location:
            return response.headers["Location"]
        _raise_unless_done(response)
        return None

    async def once(self, method: str, path: str, *, query: Query | None = None, body: Json | None = None) -> Any:
        response = await self._ask(method, path, query=query, body=body)
        _raise_unless_done(response)
        return _json(response)

    async def _ask(
        self, method: str, path: str, *, query: Query | None = None, body: Json | None = None
    ) -> httpx.Response:
        share = await self._budget.take()
        try:
            response = await self._http.request(method, path, params=query, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise VapiAway(may_have_happened=False) from None
        except httpx.HTTPError:
            raise VapiAway(may_have_happened=True) from None
        await self._tell_the_others(share, response)
        return response

    async def _tell_the_others(self, share: Share, response: httpx.Response) -> None:
        """What an answer says of the account is true for everybody who asks it."""
        is_refused = response.status_code == HTTPStatus.UNAUTHORIZED
        if is_refused or share.is_probe:
            await self._budget.note(is_refused=is_refused)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and (seconds := _retry_after(response)):
            await self._budget.hold(min(seconds, _LONGEST_HOLD))


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
        case HTTPStatus.CONFLICT if response.request.method == "DELETE":
            raise VapiPinned
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
    """Seconds, however it is said: Vapi documents no such header."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no date, or one without its zone
        return None
    return max(seconds, 0)


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
