"""`GET /api/appointments`: an organization's appointments, page by page."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.principals import Principals
from gateway.routes.listing import cursor_of, limit_of, listed, rfc3339
from switchboard.booking.v1.appointment_service_pb2 import Appointment, ListAppointmentsRequest
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub


class AppointmentRoutes:
    def __init__(self, principals: Principals, booking: RpcClient) -> None:
        self._principals = principals
        self._list = booking.stub(AppointmentServiceStub).ListAppointments

    def routes(self) -> list[Route]:
        return [Route("/api/appointments", self.list, methods=["GET"])]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            page = ListAppointmentsRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._list(page)
        return listed(map(_item, found.appointments), found.next_page_token)


def _item(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.id,
        "calendar_id": appointment.calendar_id,
        "service_id": appointment.service_id,
        "contact_id": appointment.contact_id or None,
        "patient_name": appointment.patient_name,
        "starts_at": rfc3339(appointment.starts_at),
        "ends_at": rfc3339(appointment.ends_at),
        "status": Appointment.Status.Name(appointment.status).lower(),
        "vapi_call_id": appointment.vapi_call_id or None,
    }
