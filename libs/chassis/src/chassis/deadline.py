"""How long the answer may take: what is left is passed on, less a margin, and becomes the statement timeout."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MARGIN = 0.05
"""Seconds each hop keeps for itself, so that it can still answer when the next one does not."""

SHORTEST = 0.02
"""Seconds below which nothing is begun."""

_expires_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline_scope(seconds: float) -> Iterator[None]:
    """Everything inside shall be done within `seconds`; an outer, shorter deadline stays in force."""
    expires_at = time.monotonic() + seconds
    outer = _expires_at.get()
    token = _expires_at.set(expires_at if outer is None else min(outer, expires_at))
    try:
        yield
    finally:
        _expires_at.reset(token)


def remaining() -> float | None:
    """Seconds left, possibly negative; None where no deadline was set."""
    expires_at = _expires_at.get()
    return None if expires_at is None else expires_at - time.monotonic()


def remaining_for_next_hop() -> float | None:
    """Seconds the next hop may take: what is left, less the margin."""
    left = remaining()
    return None if left is None else left - MARGIN
