"""What the organization can be booked for, and when."""

from booking.domain.administer import create_calendar, create_service
from booking.domain.ports import Store
from booking.rpc.convert import calendars as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateCalendarResponse,
    CreateServiceRequest,
    CreateServiceResponse,
    ListCalendarsRequest,
    ListCalendarsResponse,
    ListServicesRequest,
    ListServicesResponse,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceServicer


class CalendarServicer(CalendarServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def CreateCalendar(self, request: CreateCalendarRequest, context: Context) -> CreateCalendarResponse:
        async with self._store.unit(current_tenant()) as unit:
            created = await create_calendar(unit, convert.calendar(request))
        return CreateCalendarResponse(calendar=convert.calendar_message(created))

    async def ListCalendars(self, request: ListCalendarsRequest, context: Context) -> ListCalendarsResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await unit.calendars()
        return ListCalendarsResponse(
            calendars=[convert.calendar_message(one) for one in sorted(found, key=lambda one: one.name)]
        )

    async def CreateService(self, request: CreateServiceRequest, context: Context) -> CreateServiceResponse:
        async with self._store.unit(current_tenant()) as unit:
            created = await create_service(unit, convert.service(request.service))
        return CreateServiceResponse(service=convert.service_message(created))

    async def ListServices(self, request: ListServicesRequest, context: Context) -> ListServicesResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await unit.services()
        return ListServicesResponse(services=[convert.service_message(one) for one in found])
