"""What came of calls."""

from typing import TypeVar

from booking.domain.analytics.counts import CountedCall, CountedChange, CountedToolUse
from booking.domain.analytics.report import Read, list_counted, summarize_calls
from booking.domain.ports import Analytics
from booking.domain.schedule.appointments import Position
from booking.rpc.convert import analytics as convert
from booking.rpc.convert.paging import page_token, position
from chassis.clock import Clock
from chassis.paging import Page
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.analytics_service_pb2 import (
    GetSummaryRequest,
    GetSummaryResponse,
    ListAppointmentChangesRequest,
    ListAppointmentChangesResponse,
    ListCountedCallsRequest,
    ListCountedCallsResponse,
    ListToolUsesRequest,
    ListToolUsesResponse,
)
from switchboard.booking.v1.analytics_service_pb2_grpc import AnalyticsServiceServicer

_Counted = TypeVar("_Counted", CountedCall, CountedChange, CountedToolUse)
_ListRequest = ListCountedCallsRequest | ListAppointmentChangesRequest | ListToolUsesRequest


class AnalyticsServicer(AnalyticsServiceServicer):
    def __init__(self, analytics: Analytics, clock: Clock) -> None:
        self._analytics = analytics
        self._clock = clock

    async def GetSummary(self, request: GetSummaryRequest, context: Context) -> GetSummaryResponse:
        period = convert.period(request.period, self._clock())
        found = await summarize_calls(self._analytics, current_tenant(), period)
        return GetSummaryResponse(summary=convert.summary_message(found))

    async def ListCountedCalls(self, request: ListCountedCallsRequest, context: Context) -> ListCountedCallsResponse:
        page = await self._page(request, self._analytics.calls)
        return ListCountedCallsResponse(calls=map(convert.call_message, page.items), next_page_token=_token(page))

    async def ListAppointmentChanges(
        self, request: ListAppointmentChangesRequest, context: Context
    ) -> ListAppointmentChangesResponse:
        page = await self._page(request, self._analytics.changes)
        return ListAppointmentChangesResponse(
            changes=map(convert.change_message, page.items), next_page_token=_token(page)
        )

    async def ListToolUses(self, request: ListToolUsesRequest, context: Context) -> ListToolUsesResponse:
        page = await self._page(request, self._analytics.tool_uses)
        return ListToolUsesResponse(uses=map(convert.use_message, page.items), next_page_token=_token(page))

    async def _page(self, request: _ListRequest, read: Read[_Counted]) -> Page[_Counted]:
        period = convert.period(request.period, self._clock())
        return await list_counted(read, current_tenant(), period, position(request.page_token))


def _token(page: Page[_Counted]) -> str:
    return page_token(Position(page.items[-1].at, page.items[-1].id) if page.more else None)
