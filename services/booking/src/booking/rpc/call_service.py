"""Calls, as Vapi told of them."""

from booking.domain.calls.record_call import (
    get_call,
    list_calls,
    list_unreported_calls,
    record_call,
    recorded_call,
)
from booking.domain.ports import Store
from booking.domain.schedule.appointments import Position
from booking.rpc.convert import calls as convert
from booking.rpc.convert.paging import page_token, position
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.call_service_pb2 import (
    FindUnreportedCallsRequest,
    FindUnreportedCallsResponse,
    GetCallRequest,
    GetCallResponse,
    GetRecordingRequest,
    GetRecordingResponse,
    ListCallsRequest,
    ListCallsResponse,
    RecordCallRequest,
    RecordCallResponse,
)
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceServicer


class CallServicer(CallServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def RecordCall(self, request: RecordCallRequest, context: Context) -> RecordCallResponse:
        told = convert.call_record(request)
        async with self._store.unit(current_tenant()) as unit:
            call = await record_call(unit, told, convert.made_at(request))
        return RecordCallResponse(call=convert.call_message(call))

    async def ListCalls(self, request: ListCallsRequest, context: Context) -> ListCallsResponse:
        async with self._store.unit(current_tenant()) as unit:
            page = await list_calls(unit, position(request.page_token), request.page_size)
        end = Position(page.items[-1].latest_at, page.items[-1].id) if page.more else None
        return ListCallsResponse(
            calls=[convert.call_message(one) for one in page.items], next_page_token=page_token(end)
        )

    async def GetCall(self, request: GetCallRequest, context: Context) -> GetCallResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await get_call(unit, convert.call_id(request.id))
        return GetCallResponse(call=convert.call_message(found))

    async def GetRecording(self, request: GetRecordingRequest, context: Context) -> GetRecordingResponse:
        async with self._store.unit(current_tenant()) as unit:
            record = (await recorded_call(unit, convert.call_id(request.id))).record
        return GetRecordingResponse(
            vapi_call_id=record.vapi_call_id, url=record.recording_urls.get(request.channel, "")
        )

    async def FindUnreportedCalls(
        self, request: FindUnreportedCallsRequest, context: Context
    ) -> FindUnreportedCallsResponse:
        async with self._store.unit(current_tenant()) as unit:
            unreported = await list_unreported_calls(unit, request.vapi_call_ids)
        return FindUnreportedCallsResponse(vapi_call_ids=unreported)
