"""Requests at a steady rate: Vapi publishes no limit and answers 429 above it."""

import asyncio


class Pace:
    """Lets one request begin every 1/`per_second` seconds, in the order of their arrival."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next_at = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        begins_at = max(now, self._next_at)
        self._next_at = begins_at + self._interval
        if begins_at > now:
            await asyncio.sleep(begins_at - now)
