"""Staff of a clinic, who work with its key."""

from typing import Any

import httpx

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
KEY = {"Authorization": "Bearer key of the clinic"}
ID = "c2b1f6de-6d0a-4a7e-8f0a-0d7b6c5e4f31"
OTHER_ID = "d3c2a7ef-7e1b-4b8f-9a1b-1e8c7d6f5a42"


async def ask(room, method: str, path: str, body: Any = None, **params: str) -> httpx.Response:
    sent = {"json": body} if body is not None else {}
    return await room.http.request(method, path, headers=KEY, params=params, **sent)


async def told(room, method: str, path: str, body: Any = None, **params: str) -> Any:
    """The answer's content, where it has to succeed."""
    answer = await ask(room, method, path, body, **params)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def heard(room) -> Any:
    """The one request that booking was asked, for the clinic."""
    (one,) = room.booking.heard
    assert one.tenant == CLINIC
    return one.request
