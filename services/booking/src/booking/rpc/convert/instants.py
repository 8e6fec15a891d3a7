"""Instants."""

from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from booking.domain.errors import MalformedTime


def timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def instant(message: Message, field: str) -> datetime | None:
    """What the field holds, None if it is absent. Raises MalformedTime for what is beyond the calendar."""
    if not message.HasField(field):
        return None
    try:
        held: datetime = getattr(message, field).ToDatetime(UTC)
    except (OverflowError, ValueError):
        raise MalformedTime(field) from None
    return held
