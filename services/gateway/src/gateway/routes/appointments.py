"""`/api/appointments`: what staff book, move and cancel, under the rules that hold for callers."""

from typing import Any, ClassVar, Literal

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import AnyBody, Body, given, read_body
from gateway.http.instants import Instant, timestamp
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.http.problems import malformed_field
from gateway.routes.listing import choice_of, cursor_of, id_of, instant_of, limit_of, listed, rfc3339
from gateway.routes.resource import resource
from switchboard.booking.v1.appointment_service_pb2 import (
    Appointment,
    CreateAppointmentRequest,
    GetAppointmentRequest,
    ListAppointmentsRequest,
    UpdateAppointmentRequest,
)
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub

_STATUSES = {
    "booked": Appointment.BOOKED,
    "cancelled": Appointment.CANCELLED,
    "completed": Appointment.COMPLETED,
    "no_show": Appointment.NO_SHOW,
}
_WORDS = {status: word for word, status in _STATUSES.items()}


class NewAppointment(Body):
    form: ClassVar[str] = (
        '{"calendar_id": a UUID, "service_id": a UUID, "contact_id": a UUID, "starts_at": RFC 3339 with its offset}'
    )

    calendar_id: str
    service_id: str
    contact_id: str
    starts_at: Instant


class ChangedAppointment(Body):
    form: ClassVar[str] = (
        '{"starts_at"?: RFC 3339 with its offset, "calendar_id"?: a UUID,'
        ' "status"?: "booked", "cancelled", "completed" or "no_show"}'
    )

    starts_at: Instant | UnsetType = UNSET
    calendar_id: str | UnsetType = UNSET
    status: Literal["booked", "cancelled", "completed", "no_show"] | UnsetType = UNSET


class AppointmentRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._booking = booking.stub(AppointmentServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/appointments", GET=self.list, POST=self.create),
            resource("/api/appointments/{id}", GET=self.get, PATCH=self.update, DELETE=self.cancel),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.ListAppointments(_page(request))
        return listed(map(_item, found.appointments), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewAppointment)
            made = await self._booking.CreateAppointment(
                CreateAppointmentRequest(
                    calendar_id=new.calendar_id,
                    service_id=new.service_id,
                    contact_id=new.contact_id,
                    starts_at=_start(new.starts_at, NewAppointment),
                )
            )
        return JSONResponse(_item(made.appointment), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.GetAppointment(GetAppointmentRequest(id=path_id(request)))
        return JSONResponse(_item(found.appointment))

    async def update(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            wanted = _update(path_id(request), read_body(request, body, ChangedAppointment))
            changed = await self._booking.UpdateAppointment(wanted)
        return JSONResponse(_item(changed.appointment))

    async def cancel(self, request: Request) -> Response:
        async with self._principals.organization(request):
            cancelled = UpdateAppointmentRequest(id=path_id(request), status=Appointment.CANCELLED)
            await self._booking.UpdateAppointment(cancelled)
        return Response(status_code=204)


def _page(request: Request) -> ListAppointmentsRequest:
    """Raises Refused."""
    status = choice_of(request, "status", _STATUSES)
    return ListAppointmentsRequest(
        page_size=limit_of(request),
        page_token=cursor_of(request),
        starts_from=instant_of(request, "from"),
        starts_before=instant_of(request, "to"),
        calendar_id=id_of(request, "calendar_id"),
        contact_id=id_of(request, "contact_id"),
        status=_STATUSES.get(status, Appointment.STATUS_UNSPECIFIED),
    )


def _update(appointment_id: str, changed: ChangedAppointment) -> UpdateAppointmentRequest:
    """Raises Refused."""
    starts_at = given(changed.starts_at)
    return UpdateAppointmentRequest(
        id=appointment_id,
        starts_at=None if starts_at is None else _start(starts_at, ChangedAppointment),
        calendar_id=given(changed.calendar_id) or "",
        status=_STATUSES[changed.status] if changed.status else Appointment.STATUS_UNSPECIFIED,
    )


def _start(starts_at: Instant, kind: type[AnyBody]) -> Timestamp:
    """Raises Refused."""
    return timestamp(starts_at, malformed_field("starts_at", kind.form))


def _item(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.id,
        "calendar_id": appointment.calendar_id,
        "service_id": appointment.service_id,
        "contact_id": appointment.contact_id or None,
        "patient_name": appointment.patient_name,
        "starts_at": rfc3339(appointment.starts_at),
        "ends_at": rfc3339(appointment.ends_at),
        "status": _WORDS[appointment.status],
        "vapi_call_id": appointment.vapi_call_id or None,
    }
