"""One Vapi account: everything that its private key opens."""

import httpx

from assistant_sync.vapi.http import VapiHttp
from assistant_sync.vapi.resource import VapiResource


class VapiAccount:
    def __init__(
        self,
        base_url: str,
        private_key: str,
        *,
        requests_per_second: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = VapiHttp(base_url, private_key, requests_per_second=requests_per_second, transport=transport)
        self.assistants = VapiResource(self._http, "/assistant")
        self.tools = VapiResource(self._http, "/tool")
        self.phone_numbers = VapiResource(self._http, "/phone-number")

    async def close(self) -> None:
        await self._http.close()
