"""Appointments."""

from datetime import datetime
from uuid import UUID

from booking.domain.errors import (
    AppointmentNotFound,
    CalendarNotFound,
    ContactNotFound,
    MalformedTime,
    ServiceNotFound,
)
from booking.domain.schedule.administer import chosen_or_new_id, existing_id
from booking.domain.schedule.administer_appointments import AppointmentChanges, NewAppointment
from booking.domain.schedule.appointments import Appointment, Selection, Status
from booking.rpc.convert.instants import instant, timestamp
from switchboard.booking.v1 import appointment_service_pb2 as appointment_pb2

_STATUSES = {
    Status.BOOKED: appointment_pb2.Appointment.BOOKED,
    Status.CANCELLED: appointment_pb2.Appointment.CANCELLED,
    Status.COMPLETED: appointment_pb2.Appointment.COMPLETED,
    Status.NO_SHOW: appointment_pb2.Appointment.NO_SHOW,
}
_Starting = appointment_pb2.CreateAppointmentRequest | appointment_pb2.UpdateAppointmentRequest
_OF_MESSAGES = {message: status for status, message in _STATUSES.items()}


def selection(request: appointment_pb2.ListAppointmentsRequest) -> Selection:
    """Raises MalformedTime, MalformedId."""
    return Selection(
        starts_from=instant(request, "starts_from"),
        starts_before=instant(request, "starts_before"),
        calendar_id=_id("calendar_id", request.calendar_id),
        contact_id=_id("contact_id", request.contact_id),
        status=_OF_MESSAGES.get(request.status),
    )


def _id(field: str, text: str) -> UUID | None:
    return chosen_or_new_id(field, text) if text else None


def appointment_id(text: str) -> UUID:
    """Raises AppointmentNotFound."""
    return existing_id(text, AppointmentNotFound)


def new_appointment(request: appointment_pb2.CreateAppointmentRequest) -> NewAppointment:
    """Raises MalformedTime, CalendarNotFound, ServiceNotFound, ContactNotFound."""
    starts_at = _start(request)
    if starts_at is None:
        raise MalformedTime("starts_at")
    return NewAppointment(
        calendar_id=existing_id(request.calendar_id, CalendarNotFound),
        service_id=existing_id(request.service_id, ServiceNotFound),
        contact_id=existing_id(request.contact_id, ContactNotFound),
        starts_at=starts_at,
    )


def changes(request: appointment_pb2.UpdateAppointmentRequest) -> AppointmentChanges:
    """Raises MalformedTime, CalendarNotFound."""
    return AppointmentChanges(
        starts_at=_start(request),
        calendar_id=existing_id(request.calendar_id, CalendarNotFound) if request.calendar_id else None,
        status=_OF_MESSAGES.get(request.status),
    )


def _start(request: _Starting) -> datetime | None:
    """A whole minute: nothing finer is said or shown. Raises MalformedTime."""
    start = instant(request, "starts_at")
    if start is not None and (start.second or start.microsecond):
        raise MalformedTime("starts_at")
    return start


def appointment_message(given: Appointment) -> appointment_pb2.Appointment:
    return appointment_pb2.Appointment(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        service_id=str(given.service_id),
        contact_id=str(given.contact_id or ""),
        patient_name=given.patient_name,
        starts_at=timestamp(given.starts_at),
        ends_at=timestamp(given.ends_at),
        status=_STATUSES[given.status],
        vapi_call_id=given.vapi_call_id or "",
    )
