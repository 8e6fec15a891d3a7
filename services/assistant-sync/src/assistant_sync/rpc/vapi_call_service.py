"""VapiCallService: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass

from assistant_sync.domain.calls.find_recording import FindRecording
from assistant_sync.domain.calls.tell_completeness import TellCompleteness
from assistant_sync.domain.calls.want_comparison import WantComparison
from assistant_sync.domain.ports import Comparisons, ListedCalls
from assistant_sync.rpc.convert import vapi_call as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.assistants.v1 import vapi_call_service_pb2 as pb
from switchboard.assistants.v1.vapi_call_service_pb2_grpc import VapiCallServiceServicer


@dataclass(frozen=True, slots=True)
class VapiCallServicer(VapiCallServiceServicer):
    find_recording: FindRecording
    tell_completeness: TellCompleteness
    want_comparison: WantComparison
    comparisons: Comparisons
    listed: ListedCalls

    async def FindRecording(self, request: pb.FindRecordingRequest, context: Context) -> pb.FindRecordingResponse:
        links = await self.find_recording(current_tenant(), request.vapi_call_id, request.channel)
        return pb.FindRecordingResponse(urls=links)

    async def CountReports(self, request: pb.CountReportsRequest, context: Context) -> pb.CountReportsResponse:
        since, until = convert.instant(request, "since"), convert.instant(request, "until")
        days = await self.tell_completeness(current_tenant(), since, until)
        return pb.CountReportsResponse(days=[convert.day(one) for one in days])

    async def GetComparison(self, request: pb.GetComparisonRequest, context: Context) -> pb.GetComparisonResponse:
        comparison = convert.comparison(await self.comparisons.get(), await self.listed.summary())
        return pb.GetComparisonResponse(comparison=comparison)

    async def StartComparison(self, request: pb.StartComparisonRequest, context: Context) -> pb.StartComparisonResponse:
        await self.want_comparison(convert.instant(request, "since"))
        return pb.StartComparisonResponse()
