"""Calendars outside that are kept in step with ours."""

from collections.abc import Callable

from booking.domain.outside.administer_connections import connect_calendar, list_drift, replace_password
from booking.domain.outside.connections import Account
from booking.domain.ports import Connections
from booking.domain.schedule.appointments import Position
from booking.rpc.convert import connections as convert
from booking.rpc.convert.feeds import calendar_asked_for, calendar_id
from booking.rpc.convert.paging import page_token, position
from booking.rpc.deeds import note
from chassis.clock import Clock
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.caldav_service_pb2 import (
    ConnectCalendarRequest,
    ConnectCalendarResponse,
    DisconnectCalendarRequest,
    DisconnectCalendarResponse,
    GetConnectionRequest,
    GetConnectionResponse,
    ListConnectionsRequest,
    ListConnectionsResponse,
    ListDriftRequest,
    ListDriftResponse,
    PutBackRequest,
    PutBackResponse,
    ReplacePasswordRequest,
    ReplacePasswordResponse,
)
from switchboard.booking.v1.caldav_service_pb2_grpc import CaldavServiceServicer


class CaldavServicer(CaldavServiceServicer):
    def __init__(self, connections: Connections, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` is told that there is something to do."""
        self._connections = connections
        self._clock = clock
        self._changed = changed

    async def ConnectCalendar(self, request: ConnectCalendarRequest, context: Context) -> ConnectCalendarResponse:
        connection = await connect_calendar(
            self._connections,
            current_tenant(),
            self._clock(),
            calendar_id(request.calendar_id),
            Account(request.url, request.username, request.password),
            with_names=request.with_names,
        )
        self._changed()
        note("calendar.connected", connection.id)
        return ConnectCalendarResponse(connection=convert.connection_message(connection))

    async def ListConnections(self, request: ListConnectionsRequest, context: Context) -> ListConnectionsResponse:
        found = await self._connections.list(current_tenant(), calendar_asked_for(request.calendar_id))
        return ListConnectionsResponse(connections=map(convert.connection_message, found))

    async def GetConnection(self, request: GetConnectionRequest, context: Context) -> GetConnectionResponse:
        found = await self._connections.get(current_tenant(), convert.connection_id(request.id))
        return GetConnectionResponse(connection=convert.connection_message(found))

    async def ReplacePassword(self, request: ReplacePasswordRequest, context: Context) -> ReplacePasswordResponse:
        connection = await replace_password(
            self._connections,
            current_tenant(),
            self._clock(),
            convert.connection_id(request.id),
            request.password,
        )
        self._changed()
        note("connection.password_replaced", connection.id)
        return ReplacePasswordResponse(connection=convert.connection_message(connection))

    async def DisconnectCalendar(
        self, request: DisconnectCalendarRequest, context: Context
    ) -> DisconnectCalendarResponse:
        connection_id = convert.connection_id(request.id)
        if request.leave_events:
            await self._connections.forget(current_tenant(), connection_id)
        else:
            await self._connections.end(current_tenant(), connection_id, self._clock())
        self._changed()
        note("calendar.disconnected", connection_id)
        return DisconnectCalendarResponse()

    async def ListDrift(self, request: ListDriftRequest, context: Context) -> ListDriftResponse:
        page = await list_drift(
            self._connections,
            current_tenant(),
            self._clock(),
            calendar_id=calendar_asked_for(request.calendar_id),
            after=position(request.page_token),
            page_size=request.page_size,
        )
        end = Position(page.items[-1].starts_at, page.items[-1].appointment_id) if page.more else None
        return ListDriftResponse(drift=map(convert.drift_message, page.items), next_page_token=page_token(end))

    async def PutBack(self, request: PutBackRequest, context: Context) -> PutBackResponse:
        appointment_id = convert.appointment_id(request.appointment_id)
        await self._connections.put_back(current_tenant(), convert.connection_id(request.connection_id), appointment_id)
        self._changed()
        note("appointment.put_back", appointment_id)
        return PutBackResponse()
