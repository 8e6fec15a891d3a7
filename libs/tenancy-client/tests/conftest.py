"""Time that a test moves."""

import pytest

from tenancy_client import Changes


class StoppedSeconds:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> StoppedSeconds:
    return StoppedSeconds()


@pytest.fixture
def changes(clock: StoppedSeconds) -> Changes:
    """Of a stream that was just opened."""
    changes = Changes(monotonic=clock)
    changes.forget(version=5)
    changes.nothing_else(version=5)
    return changes
