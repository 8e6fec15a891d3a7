"""What the organization can be booked for, and when."""

from booking.domain.ports import Store
from booking.domain.schedule.administer import (
    add_closure,
    add_extra_opening,
    create_calendar,
    create_service,
    delete_calendar,
    delete_service,
    reset_day,
    update_calendar,
    update_service,
)
from booking.rpc.convert import calendars as convert
from booking.rpc.deeds import note
from chassis.clock import Clock
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.calendar_service_pb2 import (
    AddClosureRequest,
    AddClosureResponse,
    AddExtraOpeningRequest,
    AddExtraOpeningResponse,
    CreateCalendarRequest,
    CreateCalendarResponse,
    CreateServiceRequest,
    CreateServiceResponse,
    DeleteCalendarRequest,
    DeleteCalendarResponse,
    DeleteServiceRequest,
    DeleteServiceResponse,
    ListCalendarsRequest,
    ListCalendarsResponse,
    ListServicesRequest,
    ListServicesResponse,
    ResetDayRequest,
    ResetDayResponse,
    UpdateCalendarRequest,
    UpdateCalendarResponse,
    UpdateServiceRequest,
    UpdateServiceResponse,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceServicer


class CalendarServicer(CalendarServiceServicer):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def CreateCalendar(self, request: CreateCalendarRequest, context: Context) -> CreateCalendarResponse:
        async with self._store.unit(current_tenant()) as unit:
            created = await create_calendar(unit, convert.calendar(request))
        note("calendar.created", created.id)
        return CreateCalendarResponse(calendar=convert.calendar_message(created))

    async def UpdateCalendar(self, request: UpdateCalendarRequest, context: Context) -> UpdateCalendarResponse:
        calendar_id, changes = convert.calendar_id(request.id), convert.calendar_changes(request)
        async with self._store.unit(current_tenant()) as unit:
            changed = await update_calendar(unit, calendar_id, changes)
        note("calendar.changed", changed.id)
        return UpdateCalendarResponse(calendar=convert.calendar_message(changed))

    async def AddClosure(self, request: AddClosureRequest, context: Context) -> AddClosureResponse:
        calendar_id, closure = convert.calendar_id(request.calendar_id), convert.closure(request.closure)
        async with self._store.unit(current_tenant()) as unit:
            changed = await add_closure(unit, calendar_id, closure)
        note("calendar.changed", changed.id)
        return AddClosureResponse(calendar=convert.calendar_message(changed))

    async def AddExtraOpening(self, request: AddExtraOpeningRequest, context: Context) -> AddExtraOpeningResponse:
        calendar_id, extra = convert.calendar_id(request.calendar_id), convert.extra_opening(request.extra_opening)
        async with self._store.unit(current_tenant()) as unit:
            changed = await add_extra_opening(unit, calendar_id, extra)
        note("calendar.changed", changed.id)
        return AddExtraOpeningResponse(calendar=convert.calendar_message(changed))

    async def ResetDay(self, request: ResetDayRequest, context: Context) -> ResetDayResponse:
        calendar_id, day = convert.calendar_id(request.calendar_id), convert.day(request.day)
        async with self._store.unit(current_tenant()) as unit:
            changed = await reset_day(unit, calendar_id, day)
        note("calendar.changed", changed.id)
        return ResetDayResponse(calendar=convert.calendar_message(changed))

    async def DeleteCalendar(self, request: DeleteCalendarRequest, context: Context) -> DeleteCalendarResponse:
        calendar_id = convert.calendar_id(request.id)
        async with self._store.unit(current_tenant()) as unit:
            await delete_calendar(unit, self._clock(), calendar_id)
        note("calendar.retired", calendar_id)
        return DeleteCalendarResponse()

    async def ListCalendars(self, request: ListCalendarsRequest, context: Context) -> ListCalendarsResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await unit.calendars()
        return ListCalendarsResponse(
            calendars=[convert.calendar_message(one) for one in sorted(found, key=lambda one: one.name)]
        )

    async def CreateService(self, request: CreateServiceRequest, context: Context) -> CreateServiceResponse:
        async with self._store.unit(current_tenant()) as unit:
            created = await create_service(unit, convert.service(request.service))
        note("service.created", created.id)
        return CreateServiceResponse(service=convert.service_message(created))

    async def UpdateService(self, request: UpdateServiceRequest, context: Context) -> UpdateServiceResponse:
        service_id, changes = convert.service_id(request.id), convert.service_changes(request)
        async with self._store.unit(current_tenant()) as unit:
            changed = await update_service(unit, service_id, changes)
        note("service.changed", changed.id)
        return UpdateServiceResponse(service=convert.service_message(changed))

    async def DeleteService(self, request: DeleteServiceRequest, context: Context) -> DeleteServiceResponse:
        service_id = convert.service_id(request.id)
        async with self._store.unit(current_tenant()) as unit:
            await delete_service(unit, self._clock(), service_id)
        note("service.retired", service_id)
        return DeleteServiceResponse()

    async def ListServices(self, request: ListServicesRequest, context: Context) -> ListServicesResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await unit.services()
        return ListServicesResponse(services=[convert.service_message(one) for one in found])
