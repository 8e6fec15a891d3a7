"""The requests that a Vapi account may be asked, shared by everybody who asks it, in all replicas.

Vapi publishes no limit and answers 429 above it. A request is taken just before it is sent: so a save that somebody
waits for comes after the few that are being waited for, however much work there is.
"""

import asyncio

from assistant_sync.domain.ports import VapiAccounts
from assistant_sync.domain.reconciling.share import Share
from assistant_sync.domain.trouble import VapiAway, VapiUnauthorised

_SLACK = 0.025
"""Seconds that a request may come late without delaying those after it, and the part of the rate that is left unused
for that: so no second ever sees more requests than the rate, and little of the rate is lost."""

_LONGEST_WAIT = 10.0
"""Seconds; if Vapi asks for more, the work is left for later."""


class Budget:
    def __init__(self, accounts: VapiAccounts, *, requests_per_second: float) -> None:
        self._accounts = accounts
        self._spacing = (1 + _SLACK) / requests_per_second
        self._turn = asyncio.Lock()
        """One at a time asks, in the order of their arrival."""

    async def take(self) -> Share:
        """Wait until one request may be sent. Raises VapiUnauthorised, VapiAway, both without asking Vapi."""
        async with self._turn:
            while True:
                share = await self._accounts.take(self._spacing, _SLACK)
                if share.is_refused:
                    raise VapiUnauthorised
                if share.seconds > _LONGEST_WAIT:
                    raise VapiAway(may_have_happened=False, retry_after=share.seconds)
                if not share.seconds:
                    return share
                await asyncio.sleep(share.seconds)

    async def hold(self, seconds: float) -> None:
        """Nobody sends anything for so long."""
        await self._accounts.hold(seconds)

    async def note(self, *, is_refused: bool) -> None:
        """Whether the account's key was accepted."""
        await self._accounts.note(is_refused=is_refused)
