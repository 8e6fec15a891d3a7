"""Appointments for the clinic's staff."""

from booking.domain.administer import list_appointments
from booking.domain.ports import Store
from booking.rpc.convert import appointments as convert
from booking.rpc.convert.paging import page_token, position
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.appointment_service_pb2 import ListAppointmentsRequest, ListAppointmentsResponse
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceServicer


class AppointmentServicer(AppointmentServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def ListAppointments(self, request: ListAppointmentsRequest, context: Context) -> ListAppointmentsResponse:
        async with self._store.unit(current_tenant()) as unit:
            selection, after = convert.selection(request), position(request.page_token)
            page, end = await list_appointments(unit, selection, after, request.page_size)
        return ListAppointmentsResponse(
            appointments=[convert.appointment_message(one) for one in page], next_page_token=page_token(end)
        )
