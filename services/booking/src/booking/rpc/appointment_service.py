"""Appointments for the clinic's staff."""

from booking.domain.ports import Store
from booking.domain.schedule.administer import list_appointments
from booking.domain.schedule.administer_appointments import create_appointment, get_appointment, update_appointment
from booking.domain.schedule.appointments import Appointment, Position, Status
from booking.domain.schedule.holds import Asking
from booking.rpc.convert import appointments as convert
from booking.rpc.convert.paging import page_token, position
from booking.rpc.deeds import note
from chassis.clock import Clock
from chassis.paging import Page
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.appointment_service_pb2 import (
    CreateAppointmentRequest,
    CreateAppointmentResponse,
    GetAppointmentRequest,
    GetAppointmentResponse,
    ListAppointmentsRequest,
    ListAppointmentsResponse,
    UpdateAppointmentRequest,
    UpdateAppointmentResponse,
)
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceServicer


class AppointmentServicer(AppointmentServiceServicer):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def ListAppointments(self, request: ListAppointmentsRequest, context: Context) -> ListAppointmentsResponse:
        async with self._store.unit(current_tenant()) as unit:
            selection, after = convert.selection(request), position(request.page_token)
            page = await list_appointments(unit, selection, after, request.page_size)
        return ListAppointmentsResponse(
            appointments=map(convert.appointment_message, page.items), next_page_token=_token(page)
        )

    async def GetAppointment(self, request: GetAppointmentRequest, context: Context) -> GetAppointmentResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await get_appointment(unit, convert.appointment_id(request.id))
        return GetAppointmentResponse(appointment=convert.appointment_message(found))

    async def CreateAppointment(self, request: CreateAppointmentRequest, context: Context) -> CreateAppointmentResponse:
        now, wish = self._clock(), convert.new_appointment(request)
        async with self._store.unit(current_tenant(), Asking(now)) as unit:
            made = await create_appointment(unit, now, wish)
        note("appointment.created", made.id)
        return CreateAppointmentResponse(appointment=convert.appointment_message(made))

    async def UpdateAppointment(self, request: UpdateAppointmentRequest, context: Context) -> UpdateAppointmentResponse:
        now, appointment_id, changes = self._clock(), convert.appointment_id(request.id), convert.changes(request)
        async with self._store.unit(current_tenant(), Asking(now)) as unit:
            changed = await update_appointment(unit, now, appointment_id, changes)
        note("appointment.cancelled" if changes.status is Status.CANCELLED else "appointment.updated", changed.id)
        return UpdateAppointmentResponse(appointment=convert.appointment_message(changed))


def _token(page: Page[Appointment]) -> str:
    return page_token(Position(page.items[-1].starts_at, page.items[-1].id) if page.more else None)
