"""What an organization may ask for in a minute: of each class apart, and divided by the gateways that there are."""

from collections.abc import Callable
from enum import StrEnum

from chassis.tenant import TenantId
from gateway.limits.minute import SlidingMinute


class Limited(StrEnum):
    """What is counted apart, never by address: all of Vapi's traffic comes from a few."""

    TOOL_CALLS = "tool_calls"
    EVENTS = "events"
    """Messages that tell something of the moment and may be lost."""
    ADMINISTRATION = "administration"
    """Requests with an organization's key."""


EVENTS_PER_TOOL_CALL = 20
"""A call tells of itself far more often than it asks for something."""

_TIMES = {Limited.TOOL_CALLS: 1, Limited.EVENTS: EVENTS_PER_TOOL_CALL, Limited.ADMINISTRATION: 1}


class RateLimits:
    def __init__(
        self,
        per_minute: int,
        *,
        gateways: Callable[[], int],
        count: Callable[[Limited, int], None],
        minute: SlidingMinute[tuple[Limited, TenantId]] | None = None,
    ) -> None:
        """`per_minute` holds for organizations without a limit of their own; `gateways` share each limit.

        `count` is told how many were refused.
        """
        self._per_minute = per_minute
        self._gateways = gateways
        self._count = count
        self._minute = minute or SlidingMinute()

    def take(self, kind: Limited, organization: TenantId, wanted: int = 1, *, own: int | None) -> int:
        """How many of those that are wanted may be carried out. `own`: the organization's own limit, if it has one."""
        limit = (self._per_minute if own is None else own) * _TIMES[kind]
        taken = self._minute.take((kind, organization), wanted, limit=max(1, limit // self._gateways()))
        if taken < wanted:
            self._count(kind, wanted - taken)
        return taken

    def seconds_until_more(self, kind: Limited, organization: TenantId) -> int:
        """Until the organization may ask for something again, if it asks for nothing until then."""
        return self._minute.seconds_until_more((kind, organization))
