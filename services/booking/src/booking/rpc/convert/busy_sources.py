"""Calendars outside."""

from uuid import UUID

from booking.domain.errors import BusySourceNotFound
from booking.domain.outside.busy_sources import BusySource, Conflict, Failure
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import busy_source_service_pb2 as source_pb2

_FAILURES = {failure: source_pb2.BusySource.Failure.Value(failure.name) for failure in Failure}


def source_id(text: str) -> UUID:
    """Raises BusySourceNotFound."""
    return existing_id(text, BusySourceNotFound)


def source_message(given: BusySource) -> source_pb2.BusySource:
    return source_pb2.BusySource(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        name=given.name,
        host=given.host,
        created_at=timestamp(given.created_at),
        read_at=None if given.read_at is None else timestamp(given.read_at),
        failure=_FAILURES[given.failure] if given.failure else source_pb2.BusySource.FAILURE_UNSPECIFIED,
    )


def conflict_message(given: Conflict) -> source_pb2.Conflict:
    return source_pb2.Conflict(
        appointment_id=str(given.appointment_id),
        calendar_id=str(given.calendar_id),
        starts_at=timestamp(given.starts_at),
        ends_at=timestamp(given.ends_at),
        busy_times=[
            source_pb2.Conflict.BusyTime(
                source_id=str(busy.source_id),
                starts_at=timestamp(busy.period.start),
                ends_at=timestamp(busy.period.end),
            )
            for busy in given.busy_times
        ],
    )
