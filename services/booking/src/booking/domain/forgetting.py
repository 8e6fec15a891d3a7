"""Forgetting what is old, a little at a time."""

from collections.abc import Awaitable, Callable
from datetime import datetime

AT_ONCE = 1_000
EVERY = 3600.0
"""Seconds."""


async def forget_all(forget: Callable[[datetime, int], Awaitable[int]], before: datetime) -> None:
    """`forget` forgets at most so much of before then, and answers how much."""
    while await forget(before, AT_ONCE) == AT_ONCE:
        """There may be more."""
