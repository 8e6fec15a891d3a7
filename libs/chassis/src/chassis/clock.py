"""Time, as something that is handed in: rules that depend on now are told what now is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the current instant, aware and in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
