"""One Vapi account: everything that its private key opens."""

from hashlib import sha256

import httpx

from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.vapi.http import VapiHttp
from assistant_sync.vapi.resource import VapiResource


class VapiAccount:
    def __init__(
        self,
        base_url: str,
        private_key: str,
        budget: Budget,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = VapiHttp(base_url, private_key, budget, transport=transport)
        self.assistants = VapiResource(self._http, "/assistant")
        self.tools = VapiResource(self._http, "/tool")
        self.phone_numbers = VapiResource(self._http, "/phone-number")

    async def close(self) -> None:
        await self._http.close()


def fingerprint(private_key: str) -> str:
    """By which an account is known without its key being kept."""
    return sha256(private_key.encode()).hexdigest()
