"""Recording what is told of a call: status updates and reports, in time or late."""

from dataclasses import dataclass, field
from typing import Protocol

from chassis.logs import get_logger
from chassis.tenant import TenantId
from gateway.metrics import Metrics

RECORDED = frozenset({"status-update", "end-of-call-report"})
"""Types of messages that are recorded; others are answered, or of the moment."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """A message that is to be recorded, and whose it is."""

    organization: TenantId
    message_type: str
    call_id: str
    """Vapi's; empty if the message has no usable one."""
    body: bytes = field(repr=False)
    was_quarantined: bool = False


class Recorder(Protocol):
    async def record(self, record: Record) -> None:
        """Raises whatever keeps it from being recorded. The same body may come again."""


class CallLog:
    """Tells the log and the metrics that a record was there; calls are not stored yet."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def record(self, record: Record) -> None:
        self._metrics.count_recorded(was_quarantined=record.was_quarantined)
        _log.info(
            "recorded",
            organization_id=str(record.organization),
            message_type=record.message_type,
            call_id=record.call_id or None,
            was_quarantined=record.was_quarantined,
        )
