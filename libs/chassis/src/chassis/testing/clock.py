"""A clock that stands still until it is moved."""

from datetime import datetime, timedelta


class StoppedClock:
    def __init__(self, now: datetime) -> None:
        """`now` must be aware."""
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by
