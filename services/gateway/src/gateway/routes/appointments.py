"""`/api/appointments`: what staff book, move and cancel, under the rules that hold for callers."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import UNSET, Meta, Struct, UnsetType, field

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page
from gateway.http.bodies import AnyBody, Body, given
from gateway.http.instants import Instant, timestamp
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Id, Named, Paging, malformed_instant
from gateway.http.problems import malformed_field
from gateway.routes.listing import rfc3339
from switchboard.booking.v1.appointment_service_pb2 import (
    Appointment,
    CreateAppointmentRequest,
    GetAppointmentRequest,
    ListAppointmentsRequest,
    UpdateAppointmentRequest,
)
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub

Status = Literal["booked", "cancelled", "completed", "no_show"]
_STATUSES: Mapping[Status, Appointment.Status.ValueType] = {
    "booked": Appointment.BOOKED,
    "cancelled": Appointment.CANCELLED,
    "completed": Appointment.COMPLETED,
    "no_show": Appointment.NO_SHOW,
}
_WORDS = {status: word for word, status in _STATUSES.items()}
_NOT_THEN = ("TIME_TAKEN", "TIME_CLOSED", "TIME_PAST", "TIME_TOO_FAR_AHEAD")


class NewAppointment(Body):
    form: ClassVar[str] = (
        '{"calendar_id": a UUID, "service_id": a UUID, "contact_id": a UUID, "starts_at": RFC 3339 with its offset}'
    )
    example: ClassVar = {
        "calendar_id": "3f0c8d1a-52b7-4e6f-9a43-7c1e5d2b8f60",
        "service_id": "8a4e2b6c-1d9f-4357-b0c8-6f5d3e7a9b12",
        "contact_id": "c7d5e3f1-9b8a-4c6d-8e2f-0a1b3c5d7e94",
        "starts_at": "2027-02-01T10:00:00-05:00",
    }

    calendar_id: Uuid
    service_id: Uuid
    contact_id: Uuid
    starts_at: Instant


class ChangedAppointment(Body):
    form: ClassVar[str] = (
        '{"starts_at"?: RFC 3339 with its offset, "calendar_id"?: a UUID,'
        ' "status"?: "booked", "cancelled", "completed" or "no_show"}'
    )
    example: ClassVar = {"starts_at": "2027-02-01T11:30:00-05:00"}

    starts_at: Instant | UnsetType = UNSET
    calendar_id: Uuid | UnsetType = UNSET
    status: Status | UnsetType = UNSET


class Wanted(Paging):
    """Which appointments, by start."""

    from_: Annotated[Instant | None, Meta(description="The first start.")] = field(name="from", default=None)
    to: Annotated[Instant | None, Meta(description="The end of the starts; none begins then.")] = None
    calendar_id: Id | None = None
    contact_id: Id | None = None
    status: Status | None = None


class AppointmentItem(Struct):
    id: Uuid
    calendar_id: Uuid
    service_id: Uuid
    contact_id: Uuid | None
    patient_name: str
    starts_at: Rfc3339
    ends_at: Rfc3339
    status: Status
    vapi_call_id: str | None


class AppointmentRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._booking = booking.stub(AppointmentServiceStub)

    def resources(self) -> list[Resource]:
        of_one = {404: ("APPOINTMENT_NOT_FOUND",)}
        return [
            resource(
                "/api/appointments",
                GET=operation(
                    self.list, "List appointments by their start", problems={400: ("MALFORMED_ID", "MALFORMED_TIME")}
                ),
                POST=operation(
                    self.create,
                    "Book an appointment",
                    problems={
                        400: ("MALFORMED_ID", "MALFORMED_TIME"),
                        404: ("CALENDAR_NOT_FOUND", "SERVICE_NOT_FOUND", "CONTACT_NOT_FOUND"),
                        409: _NOT_THEN,
                    },
                ),
            ),
            resource(
                "/api/appointments/{id}",
                GET=operation(self.get, "Read an appointment", problems=of_one),
                PATCH=operation(
                    self.update,
                    "Move an appointment, or say how it ended",
                    problems={
                        400: ("MALFORMED_ID", "MALFORMED_TIME"),
                        404: ("APPOINTMENT_NOT_FOUND", "CALENDAR_NOT_FOUND", "SERVICE_NOT_FOUND", "CONTACT_NOT_FOUND"),
                        409: (*_NOT_THEN, "APPOINTMENT_OVER", "APPOINTMENT_TO_COME"),
                    },
                ),
                DELETE=operation(self.cancel, "Cancel an appointment", problems={**of_one, 409: ("APPOINTMENT_OVER",)}),
            ),
        ]

    async def list(self, wanted: Wanted) -> Page[AppointmentItem]:
        found = await self._booking.ListAppointments(_page(wanted))
        return page(map(_item, found.appointments), found.next_page_token)

    async def create(self, new: NewAppointment) -> Created[AppointmentItem]:
        """Under the rules that hold for callers, but at any minute within the opening hours, and without lead time."""
        made = await self._booking.CreateAppointment(
            CreateAppointmentRequest(
                calendar_id=new.calendar_id,
                service_id=new.service_id,
                contact_id=new.contact_id,
                starts_at=_start(new.starts_at, NewAppointment),
            )
        )
        return Created(_item(made.appointment))

    async def get(self, appointment: Named) -> AppointmentItem:
        found = await self._booking.GetAppointment(GetAppointmentRequest(id=appointment.id))
        return _item(found.appointment)

    async def update(self, appointment: Named, changed: ChangedAppointment) -> AppointmentItem:
        return _item((await self._booking.UpdateAppointment(_update(appointment.id, changed))).appointment)

    async def cancel(self, appointment: Named) -> None:
        """One that is cancelled may be cancelled again."""
        cancelled = UpdateAppointmentRequest(id=appointment.id, status=Appointment.CANCELLED)
        await self._booking.UpdateAppointment(cancelled)


def _page(wanted: Wanted) -> ListAppointmentsRequest:
    """Raises Refused."""
    return ListAppointmentsRequest(
        page_size=wanted.limit,
        page_token=wanted.cursor,
        starts_from=_bound("from", wanted.from_),
        starts_before=_bound("to", wanted.to),
        calendar_id=wanted.calendar_id or "",
        contact_id=wanted.contact_id or "",
        status=_STATUSES[wanted.status] if wanted.status else Appointment.STATUS_UNSPECIFIED,
    )


def _bound(name: str, instant: Instant | None) -> Timestamp | None:
    """Raises Refused."""
    return None if instant is None else timestamp(instant, malformed_instant(name))


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


def _item(appointment: Appointment) -> AppointmentItem:
    return AppointmentItem(
        id=appointment.id,
        calendar_id=appointment.calendar_id,
        service_id=appointment.service_id,
        contact_id=appointment.contact_id or None,
        patient_name=appointment.patient_name,
        starts_at=rfc3339(appointment.starts_at),
        ends_at=rfc3339(appointment.ends_at),
        status=_WORDS[appointment.status],
        vapi_call_id=appointment.vapi_call_id or None,
    )
