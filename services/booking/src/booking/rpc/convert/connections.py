"""Calendars outside that are kept in step with ours."""

from uuid import UUID

from booking.domain.errors import AppointmentNotFound, ConnectionNotFound
from booking.domain.outside.connections import Connection, Drift, DriftKind, Trouble
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import caldav_service_pb2 as caldav_pb2

_TROUBLES = {trouble: caldav_pb2.CalendarConnection.Trouble.Value(trouble.name) for trouble in Trouble}
_KINDS = {kind: caldav_pb2.Drift.Kind.Value(kind.name) for kind in DriftKind}


def connection_id(text: str) -> UUID:
    """Raises ConnectionNotFound."""
    return existing_id(text, ConnectionNotFound)


def appointment_id(text: str) -> UUID:
    """Raises AppointmentNotFound."""
    return existing_id(text, AppointmentNotFound)


def connection_message(given: Connection) -> caldav_pb2.CalendarConnection:
    return caldav_pb2.CalendarConnection(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        url=given.url,
        username=given.username,
        with_names=given.with_names,
        created_at=timestamp(given.created_at),
        pushed_at=None if given.pushed_at is None else timestamp(given.pushed_at),
        looked_at=None if given.looked_at is None else timestamp(given.looked_at),
        waiting=given.waiting,
        trouble=_TROUBLES[given.trouble] if given.trouble else caldav_pb2.CalendarConnection.TROUBLE_UNSPECIFIED,
        ending=given.ending,
    )


def drift_message(given: Drift) -> caldav_pb2.Drift:
    return caldav_pb2.Drift(
        connection_id=str(given.connection_id),
        appointment_id=str(given.appointment_id),
        calendar_id=str(given.calendar_id),
        starts_at=timestamp(given.starts_at),
        ends_at=timestamp(given.ends_at),
        kind=_KINDS[given.kind],
        outside_starts_at=None if given.outside_starts_at is None else timestamp(given.outside_starts_at),
        outside_ends_at=None if given.outside_ends_at is None else timestamp(given.outside_ends_at),
        noticed_at=timestamp(given.noticed_at),
    )
