"""The control of a live call: Vapi takes commands for it at a URL that it tells in each of the call's messages.

Whoever knows the URL controls the call: it is never logged, and posted to only for a message that was verified.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from chassis.deadline import remaining
from chassis.logs import get_logger
from chassis.outside.carrier import Carrier, NotReachable
from gateway.outside.hosts import Form, Hosts

CONTROL_URLS = Form(in_path="A-Za-z0-9._~!$&'()*+,;=/?:-", longest=1000)

MOST_SECONDS = 1.0
"""That a command may take."""

LEFT_SECONDS = 0.4
"""Of a message's deadline that are left, to tell what became of it and to answer."""

_TAKEN = range(200, 300)

_log = get_logger()
_encode = msgspec.json.encode


class LiveCalls:
    def __init__(self, hosts: Hosts, carrier: Carrier) -> None:
        self._hosts = hosts
        self._carrier = carrier

    async def transfer(self, control_url: str, destination: Mapping[str, Any], caller_hears: str) -> bool:
        """Put the caller through, within the deadline in scope; whether Vapi took it, as far as is known."""
        command = {"type": "transfer", "destination": destination, "content": caller_hears}
        return await self._post(control_url, _encode(command))

    async def _post(self, control_url: str, command: bytes) -> bool:
        if not control_url:
            return False
        if (checked := self._hosts.checked(control_url, CONTROL_URLS)) is None:
            _log.warning("a control URL is of no host in VAPI_CONTROL_HOSTS")
            return False
        left = remaining()
        try:
            async with asyncio.timeout(MOST_SECONDS if left is None else min(MOST_SECONDS, left - LEFT_SECONDS)):
                response = await self._carrier.carry(_posted(checked.url, command), checked.allows)
                await response.aclose()
        except (TimeoutError, NotReachable, httpx.HTTPError, OSError) as error:
            # Their texts hold the URL.
            _log.warning("a live call was not reached", exc_type=type(error).__name__)
            return False
        is_taken = response.status_code in _TAKEN
        if not is_taken:
            _log.warning("a live call took no command", status=response.status_code)
        return is_taken


def _posted(url: httpx.URL, command: bytes) -> httpx.Request:
    headers = {"Content-Type": "application/json", "User-Agent": "Switchboard"}
    return httpx.Request("POST", url, headers=headers, content=command)
