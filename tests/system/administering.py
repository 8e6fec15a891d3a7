"""The HTTP API as those with a key use it."""

import asyncio
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.system.running import PATIENCE_SECONDS

_numbers = count(1_000_000)


def new_number() -> str:
    """A possible number that nobody has had."""
    return f"+4930{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Desk:
    """The API of a running gateway, with the administrator's key at hand."""

    http: httpx.AsyncClient
    gateway_url: str
    admin_key: str

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        organization: str | None = None,
        **params: str,
    ) -> httpx.Response:
        """`key` is the administrator's unless told otherwise; empty for none at all."""
        headers = {"Authorization": f"Bearer {self.admin_key if key is None else key}"} if key != "" else {}
        if organization is not None:
            headers["X-Organization-Id"] = organization
        return await self.http.request(
            method, f"{self.gateway_url}{path}", headers=headers, params=params, **({} if body is None else _sent(body))
        )

    async def told(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """The answer's content, where it has to succeed. What is only read is asked for again where that is the fix."""
        answer = await self.ask(method, path, body, **how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while method == "GET" and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                await asyncio.sleep(0.1)
                answer = await self.ask(method, path, body, **how)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def every(self, path: str, **how: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.told("GET", path, **how, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    async def new_organization(self, name: str = "Riverside Practice") -> dict[str, Any]:
        made: dict[str, Any] = await self.told(
            "POST", "/api/organizations", {"name": name, "timezone": "America/New_York"}
        )
        return made

    async def new_key(self, organization_id: str, scope: str = "write") -> dict[str, Any]:
        """An organization's key; of a name of its own, so that it counts against no other."""
        path = f"/api/organizations/{organization_id}/api-keys"
        made: dict[str, Any] = await self.told("POST", path, {"name": str(uuid4()), "scope": scope})
        return made

    async def new_platform_key(self, scope: str = "write") -> dict[str, Any]:
        made: dict[str, Any] = await self.told("POST", "/api/platform/api-keys", {"name": str(uuid4()), "scope": scope})
        return made

    async def new_mapping(self, organization_id: str, number: str | None = None, **fields: str) -> dict[str, Any]:
        body = {"inbound_phone_number": number or new_number(), **fields}
        made: dict[str, Any] = await self.told(
            "POST", "/api/inbound/phone-mappings", body, organization=organization_id
        )
        return made

    async def new_credential(self, organization_id: str, **body: Any) -> dict[str, Any]:
        path = f"/api/organizations/{organization_id}/webhook-credentials"
        made: dict[str, Any] = await self.told("POST", path, {"plan": {"type": "secret"}, **body})
        return made


def _sent(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes):
        return {"content": body}
    return {"json": body}
