"""Instants in bodies and queries."""

from datetime import UTC, datetime
from typing import Annotated

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import Meta

from gateway.http.problems import NamedProblem, Refused

Instant = Annotated[datetime, Meta(tz=True)]
"""In a body: RFC 3339, with its offset."""


def timestamp(instant: datetime, beyond: NamedProblem) -> Timestamp:
    """Raises Refused with `beyond` for an instant that only its zone keeps within the calendar."""
    written = Timestamp()
    try:
        written.FromDatetime(instant.astimezone(UTC))
    except OverflowError:
        raise Refused(beyond) from None
    return written
