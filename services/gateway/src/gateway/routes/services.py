"""`/api/services`: what an organization's calendars are booked for."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chassis.errors import Kind
from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Uuid
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.http.problems import Refused, state
from gateway.routes.listing import page_in_order
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
    example: ClassVar = {"name": "Cleaning", "duration_minutes": 30, "synonyms": ["hygiene visit"]}

    name: str
    duration_minutes: Figure
    step_minutes: Figure = 15
    buffer_before_minutes: Figure = 0
    buffer_after_minutes: Figure = 0
    lead_time_minutes: Figure = 0
    horizon_days: Figure = 180
    default_service: bool = False
    synonyms: tuple[str, ...] = ()
    calendar_ids: tuple[Uuid, ...] = ()
    id: str = ""


class ChangedService(Body):
    form: ClassVar[str] = f'{{"name"?: text, "duration_minutes"?: 30, {_FIGURES}}}'
    example: ClassVar = {"duration_minutes": 45}

    name: str | UnsetType = UNSET
    duration_minutes: Figure | UnsetType = UNSET
    step_minutes: Figure | UnsetType = UNSET
    buffer_before_minutes: Figure | UnsetType = UNSET
    buffer_after_minutes: Figure | UnsetType = UNSET
    lead_time_minutes: Figure | UnsetType = UNSET
    horizon_days: Figure | UnsetType = UNSET
    default_service: bool | UnsetType = UNSET
    synonyms: tuple[str, ...] | UnsetType = UNSET
    calendar_ids: tuple[Uuid, ...] | UnsetType = UNSET


class ServiceItem(Struct):
    id: Uuid
    name: str
    duration_minutes: int
    step_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    lead_time_minutes: int
    horizon_days: int
    default_service: bool
    synonyms: list[str]
    calendar_ids: list[Uuid]


class ServiceRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._booking = booking.stub(CalendarServiceStub)

    def resources(self) -> list[Resource]:
        of_fields = {
            404: ("SERVICE_NOT_FOUND", "CALENDAR_NOT_FOUND"),
            409: ("SERVICE_NAME_TAKEN", "DEFAULT_SERVICE_EXISTS"),
        }
        of_one = {404: ("SERVICE_NOT_FOUND",)}
        return [
            resource(
                "/api/services",
                GET=operation(self.list, "List services by their names"),
                POST=operation(
                    self.create,
                    "Add a service",
                    problems={**of_fields, 400: ("MALFORMED_ID", "MISSING_NAME", "MALFORMED_SERVICE")},
                ),
            ),
            resource(
                "/api/services/{id}",
                GET=operation(self.get, "Read a service", problems=of_one),
                PATCH=operation(
                    self.update,
                    "Change a service",
                    problems={**of_fields, 400: ("MALFORMED_ID", "MISSING_NAME", "MALFORMED_SERVICE")},
                ),
                DELETE=operation(self.delete, "Take a service out of use", problems=of_one),
            ),
        ]

    async def list(self, paging: Paging) -> Page[ServiceItem]:
        return page_in_order(paging, map(_item, await self._all()), lambda item: (item.name, item.id))

    async def create(self, new: NewService) -> Created[ServiceItem]:
        made = await self._booking.CreateService(CreateServiceRequest(service=_service(new)))
        return Created(_item(made.service))

    async def get(self, wanted: Named) -> ServiceItem:
        for service in await self._all():
            if service.id == wanted.id:
                return _item(service)
        raise Refused(state(Kind.NOT_FOUND, "SERVICE_NOT_FOUND"))

    async def update(self, service: Named, changed: ChangedService) -> ServiceItem:
        return _item((await self._booking.UpdateService(_update(service.id, changed))).service)

    async def delete(self, service: Named) -> None:
        """Appointments for it stay."""
        await self._booking.DeleteService(DeleteServiceRequest(id=service.id))

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


def _item(service: Service) -> ServiceItem:
    return ServiceItem(
        id=service.id,
        name=service.name,
        duration_minutes=service.duration_minutes,
        step_minutes=service.step_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        lead_time_minutes=service.lead_time_minutes,
        horizon_days=service.horizon_days,
        default_service=service.default_service,
        synonyms=list(service.synonyms),
        calendar_ids=list(service.calendar_ids),
    )
