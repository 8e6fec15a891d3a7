"""When work is due again."""

from dataclasses import dataclass
from datetime import timedelta
from random import uniform

from assistant_sync.domain.reconciling.work import Again, Next, Over, Rest, Retry

_FIRST_RETRY = 1.0
_LONGEST_RETRY = 300.0
_SPREAD = 0.1
"""Looks do not stay together although a start, or an outage, has brought them together."""


@dataclass(frozen=True, slots=True)
class Schedule:
    interval: timedelta
    """Between two looks at what is as it shall be."""

    def due_in(self, after: Next, attempts: int) -> timedelta | None:
        """None: never. `attempts` is how many before this one came to nothing."""
        match after:
            case Over():
                return None
            case Again(after=wait):
                return wait
            case Rest():
                return self.interval * uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  # no secret
            case Retry(not_before=asked):
                return timedelta(seconds=max(asked, _backoff(attempts)))


def _backoff(attempts: int) -> float:
    """Seconds; spread over all of it, so that those who failed together do not come back together."""
    longest = min(_FIRST_RETRY * 2.0 ** min(attempts, 30), _LONGEST_RETRY)
    return max(_FIRST_RETRY, uniform(0, longest))  # noqa: S311  # no secret
