"""`/api/services`: what an organization's calendars are booked for."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.errors import Kind
from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, given, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.http.problems import Refused, state
from gateway.routes.listing import listed_by_name
from gateway.routes.resource import resource
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateServiceRequest,
    DeleteServiceRequest,
    ListServicesRequest,
    Service,
    UpdateServiceRequest,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

# What a message can carry; booking says what a service can have.
Figure = Annotated[int, Meta(ge=0, le=2**31 - 1)]

_FIGURES = (
    '"step_minutes"?: how far apart starts are offered, "buffer_before_minutes"?, "buffer_after_minutes"?,'
    ' "lead_time_minutes"?: the earliest start from now, "horizon_days"?: the last day from today,'
    ' "default_service"?: true or false, "synonyms"?: [what callers call it],'
    ' "calendar_ids"?: [who offers it; all, if none is named]'
)


class NewService(Body):
    form: ClassVar[str] = f'{{"name": text, "duration_minutes": 30, {_FIGURES}, "id"?: a UUID of your choosing}}'

    name: str
    duration_minutes: Figure
    step_minutes: Figure = 15
    buffer_before_minutes: Figure = 0
    buffer_after_minutes: Figure = 0
    lead_time_minutes: Figure = 0
    horizon_days: Figure = 180
    default_service: bool = False
    synonyms: tuple[str, ...] = ()
    calendar_ids: tuple[str, ...] = ()
    id: str = ""


class ChangedService(Body):
    form: ClassVar[str] = f'{{"name"?: text, "duration_minutes"?: 30, {_FIGURES}}}'

    name: str | UnsetType = UNSET
    duration_minutes: Figure | UnsetType = UNSET
    step_minutes: Figure | UnsetType = UNSET
    buffer_before_minutes: Figure | UnsetType = UNSET
    buffer_after_minutes: Figure | UnsetType = UNSET
    lead_time_minutes: Figure | UnsetType = UNSET
    horizon_days: Figure | UnsetType = UNSET
    default_service: bool | UnsetType = UNSET
    synonyms: tuple[str, ...] | UnsetType = UNSET
    calendar_ids: tuple[str, ...] | UnsetType = UNSET


class ServiceRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._booking = booking.stub(CalendarServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/services", GET=self.list, POST=self.create),
            resource("/api/services/{id}", GET=self.get, PATCH=self.update, DELETE=self.delete),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            return listed_by_name(request, map(_item, await self._all()))

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            service = _service(read_body(request, body, NewService))
            made = await self._booking.CreateService(CreateServiceRequest(service=service))
        return JSONResponse(_item(made.service), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            wanted = path_id(request)
            for service in await self._all():
                if service.id == wanted:
                    return JSONResponse(_item(service))
        raise Refused(state(Kind.NOT_FOUND, "SERVICE_NOT_FOUND"))

    async def update(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            wanted = _update(path_id(request), read_body(request, body, ChangedService))
            changed = await self._booking.UpdateService(wanted)
        return JSONResponse(_item(changed.service))

    async def delete(self, request: Request) -> Response:
        async with self._principals.organization(request):
            await self._booking.DeleteService(DeleteServiceRequest(id=path_id(request)))
        return Response(status_code=204)

    async def _all(self) -> Sequence[Service]:
        return (await self._booking.ListServices(ListServicesRequest())).services


def _service(new: NewService) -> Service:
    return Service(
        id=new.id,
        name=new.name,
        duration_minutes=new.duration_minutes,
        step_minutes=new.step_minutes,
        buffer_before_minutes=new.buffer_before_minutes,
        buffer_after_minutes=new.buffer_after_minutes,
        lead_time_minutes=new.lead_time_minutes,
        horizon_days=new.horizon_days,
        default_service=new.default_service,
        synonyms=new.synonyms,
        calendar_ids=new.calendar_ids,
    )


def _update(service_id: str, changed: ChangedService) -> UpdateServiceRequest:
    update = UpdateServiceRequest(
        id=service_id,
        name=given(changed.name),
        duration_minutes=given(changed.duration_minutes),
        step_minutes=given(changed.step_minutes),
        buffer_before_minutes=given(changed.buffer_before_minutes),
        buffer_after_minutes=given(changed.buffer_after_minutes),
        lead_time_minutes=given(changed.lead_time_minutes),
        horizon_days=given(changed.horizon_days),
        default_service=given(changed.default_service),
    )
    # An empty list that is given empties; one that is not leaves things as they are.
    if not isinstance(changed.synonyms, UnsetType):
        update.synonyms.CopyFrom(UpdateServiceRequest.Synonyms(synonyms=changed.synonyms))
    if not isinstance(changed.calendar_ids, UnsetType):
        update.calendar_ids.CopyFrom(UpdateServiceRequest.CalendarIds(ids=changed.calendar_ids))
    return update


def _item(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "name": service.name,
        "duration_minutes": service.duration_minutes,
        "step_minutes": service.step_minutes,
        "buffer_before_minutes": service.buffer_before_minutes,
        "buffer_after_minutes": service.buffer_after_minutes,
        "lead_time_minutes": service.lead_time_minutes,
        "horizon_days": service.horizon_days,
        "default_service": service.default_service,
        "synonyms": list(service.synonyms),
        "calendar_ids": list(service.calendar_ids),
    }
