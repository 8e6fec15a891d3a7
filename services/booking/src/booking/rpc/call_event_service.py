"""What happened in calls, as the gateway saw it."""

from booking.domain.calls.record_call_events import record_call_events
from booking.domain.calls.timeline import get_call_timeline
from booking.domain.ports import Store
from booking.rpc.convert import call_events as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.call_event_service_pb2 import (
    GetCallTimelineRequest,
    GetCallTimelineResponse,
    RecordCallEventsRequest,
    RecordCallEventsResponse,
)
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceServicer


class CallEventServicer(CallEventServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def RecordCallEvents(self, request: RecordCallEventsRequest, context: Context) -> RecordCallEventsResponse:
        told = convert.told_events(request)
        async with self._store.unit(current_tenant()) as unit:
            await record_call_events(unit, told)
        return RecordCallEventsResponse()

    async def GetCallTimeline(self, request: GetCallTimelineRequest, context: Context) -> GetCallTimelineResponse:
        async with self._store.unit(current_tenant()) as unit:
            timeline = await get_call_timeline(unit, request.id, request.why)
        return convert.timeline_message(timeline)
