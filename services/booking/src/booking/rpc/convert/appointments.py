"""Appointments."""

from booking.domain.appointments import Appointment, Status
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import appointment_service_pb2 as appointment_pb2

_STATUSES = {
    Status.BOOKED: appointment_pb2.Appointment.BOOKED,
    Status.CANCELLED: appointment_pb2.Appointment.CANCELLED,
    Status.COMPLETED: appointment_pb2.Appointment.COMPLETED,
    Status.NO_SHOW: appointment_pb2.Appointment.NO_SHOW,
}


def appointment_message(given: Appointment) -> appointment_pb2.Appointment:
    return appointment_pb2.Appointment(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        service_id=str(given.service_id),
        contact_id=str(given.contact_id),
        patient_name=given.patient_name,
        starts_at=timestamp(given.starts_at),
        ends_at=timestamp(given.ends_at),
        status=_STATUSES[given.status],
        vapi_call_id=given.vapi_call_id or "",
    )
