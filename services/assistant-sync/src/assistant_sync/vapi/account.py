"""One Vapi account: everything that its private key opens."""

from hashlib import sha256

import httpx

from assistant_sync.domain.ports import VapiObjects
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.vapi.calls import VapiCallList
from assistant_sync.vapi.hidden_headers import OurHeaders, WithHiddenHeaders
from assistant_sync.vapi.http import VapiHttp
from assistant_sync.vapi.resource import VapiResource


class VapiAccount:
    def __init__(
        self,
        base_url: str,
        private_key: str,
        budget: Budget,
        *,
        our_headers: OurHeaders | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = VapiHttp(base_url, private_key, budget, transport=transport)
        self._our_headers = our_headers
        self.assistants = self._resource("/assistant")
        self.tools = self._resource("/tool")
        self.phone_numbers = self._resource("/phone-number")
        self.calls = VapiCallList(self._http)

    async def close(self) -> None:
        await self._http.close()

    def _resource(self, path: str) -> VapiObjects:
        resource = VapiResource(self._http, path)
        return WithHiddenHeaders(resource, self._our_headers) if self._our_headers else resource


def fingerprint(private_key: str) -> str:
    """By which an account is known without its key being kept."""
    return sha256(private_key.encode()).hexdigest()
