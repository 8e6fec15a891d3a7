"""Calendars outside, and where they contradict ours."""

from collections.abc import Callable

from booking.domain.outside.administer_busy_sources import add_busy_source, list_conflicts
from booking.domain.ports import BusySources
from booking.domain.schedule.appointments import Position
from booking.rpc.convert import busy_sources as convert
from booking.rpc.convert.feeds import calendar_asked_for, calendar_id
from booking.rpc.convert.paging import page_token, position
from chassis.actor import current_actor
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.busy_source_service_pb2 import (
    AddBusySourceRequest,
    AddBusySourceResponse,
    ListBusySourcesRequest,
    ListBusySourcesResponse,
    ListConflictsRequest,
    ListConflictsResponse,
    RemoveBusySourceRequest,
    RemoveBusySourceResponse,
)
from switchboard.booking.v1.busy_source_service_pb2_grpc import BusySourceServiceServicer

_log = get_logger()


class BusySourceServicer(BusySourceServiceServicer):
    def __init__(self, sources: BusySources, clock: Clock, added: Callable[[], None]) -> None:
        """`added` is told that there is something to read."""
        self._sources = sources
        self._clock = clock
        self._added = added

    async def AddBusySource(self, request: AddBusySourceRequest, context: Context) -> AddBusySourceResponse:
        source = await add_busy_source(
            self._sources,
            current_tenant(),
            self._clock(),
            calendar_id(request.calendar_id),
            name=request.name,
            url=request.url,
        )
        self._added()
        _log.info("a calendar outside was added", actor=current_actor().name, subject=str(source.id))
        return AddBusySourceResponse(source=convert.source_message(source))

    async def ListBusySources(self, request: ListBusySourcesRequest, context: Context) -> ListBusySourcesResponse:
        found = await self._sources.list(current_tenant(), calendar_asked_for(request.calendar_id))
        return ListBusySourcesResponse(sources=map(convert.source_message, found))

    async def RemoveBusySource(self, request: RemoveBusySourceRequest, context: Context) -> RemoveBusySourceResponse:
        source_id = convert.source_id(request.id)
        await self._sources.remove(current_tenant(), source_id)
        _log.info("a calendar outside was removed", actor=current_actor().name, subject=str(source_id))
        return RemoveBusySourceResponse()

    async def ListConflicts(self, request: ListConflictsRequest, context: Context) -> ListConflictsResponse:
        page = await list_conflicts(
            self._sources,
            current_tenant(),
            self._clock(),
            calendar_id=calendar_asked_for(request.calendar_id),
            after=position(request.page_token),
            page_size=request.page_size,
        )
        end = Position(page.items[-1].starts_at, page.items[-1].appointment_id) if page.more else None
        return ListConflictsResponse(
            conflicts=map(convert.conflict_message, page.items),
            next_page_token=page_token(end),
        )
