"""`GET /api/appointments`: an organization's appointments, page by page."""

from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.deadline import deadline_scope
from chassis.rpc.client import RpcClient
from chassis.tenant import tenant_scope
from gateway.principals import Principals
from gateway.problems import MALFORMED_LIMIT, Refused
from switchboard.booking.v1.appointment_service_pb2 import Appointment, ListAppointmentsRequest
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub

SECONDS = 5.0
"""How long the staff of a clinic waits at most."""

_USUAL_LIMIT = "50"
_LARGEST_LIMIT = 200


class AppointmentRoutes:
    def __init__(self, principals: Principals, booking: RpcClient) -> None:
        self._principals = principals
        self._list = booking.stub(AppointmentServiceStub).ListAppointments

    def routes(self) -> list[Route]:
        return [Route("/api/appointments", self.list, methods=["GET"])]

    async def list(self, request: Request) -> Response:
        with deadline_scope(SECONDS):
            tenant = await self._principals.tenant_of(request)
            page = ListAppointmentsRequest(
                page_size=_limit(request.query_params.get("limit", _USUAL_LIMIT)),
                page_token=request.query_params.get("cursor", ""),
            )
            with tenant_scope(tenant):
                found = await self._list(page)
        return JSONResponse(
            {
                "items": [_item(appointment) for appointment in found.appointments],
                "next_cursor": found.next_page_token or None,
            }
        )


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LARGEST_LIMIT))):
        raise Refused(MALFORMED_LIMIT)
    if not 1 <= (limit := int(text)) <= _LARGEST_LIMIT:
        raise Refused(MALFORMED_LIMIT)
    return limit


def _item(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.id,
        "calendar_id": appointment.calendar_id,
        "service_id": appointment.service_id,
        "contact_id": appointment.contact_id or None,
        "patient_name": appointment.patient_name,
        "starts_at": _rfc3339(appointment.starts_at),
        "ends_at": _rfc3339(appointment.ends_at),
        "status": Appointment.Status.Name(appointment.status).lower(),
        "vapi_call_id": appointment.vapi_call_id or None,
    }


def _rfc3339(instant: Timestamp) -> str:
    return instant.ToDatetime(UTC).isoformat().replace("+00:00", "Z")
