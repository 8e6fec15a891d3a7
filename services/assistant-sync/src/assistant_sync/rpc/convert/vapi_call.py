"""Vapi's calls, and comparing them."""

from datetime import UTC, datetime

from google.protobuf.message import Message

from assistant_sync.domain.calls.comparison import Comparison, DayOfCalls, Missing
from assistant_sync.domain.errors import MalformedPeriod
from switchboard.assistants.v1 import vapi_call_service_pb2 as pb


def instant(message: Message, field: str) -> datetime | None:
    """None if it is absent. Raises MalformedPeriod."""
    if not message.HasField(field):
        return None
    try:
        moment: datetime = getattr(message, field).ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise MalformedPeriod from None
    return moment


def day(given: DayOfCalls) -> pb.DayOfCalls:
    return pb.DayOfCalls(
        day=given.day.isoformat(),
        in_vapi=given.in_vapi,
        reported=given.reported,
        fetched=given.fetched,
        missing=given.missing,
    )


def comparison(last: Comparison | None, missing: Missing) -> pb.Comparison:
    message = pb.Comparison(missing=missing.count)
    if missing.since is not None:
        message.missing_since.FromDatetime(missing.since)
    if last is None:
        return message
    message.compared_until.FromDatetime(last.compared_until)
    message.under_way = last.began_at is not None
    message.listed, message.nobodys = last.listed, last.nobodys
    if last.ended_at is not None:
        message.ended_at.FromDatetime(last.ended_at)
    return message
