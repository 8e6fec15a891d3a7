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

    async def GetRecordingLinks(
        self, request: pb.GetRecordingLinksRequest, context: Context
    ) -> pb.GetRecordingLinksResponse:
        links = await self.find_recording(current_tenant(), request.vapi_call_id, request.channel)
        return pb.GetRecordingLinksResponse(urls=links)

    async def GetCompleteness(self, request: pb.GetCompletenessRequest, context: Context) -> pb.GetCompletenessResponse:
        since, until = convert.instant(request, "since"), convert.instant(request, "until")
        days = await self.tell_completeness(current_tenant(), since, until)
        return pb.GetCompletenessResponse(days=[convert.day(one) for one in days])

    async def GetComparison(self, request: pb.GetComparisonRequest, context: Context) -> pb.GetComparisonResponse:
        comparison = convert.comparison(await self.comparisons.get(), await self.listed.summary())
        return pb.GetComparisonResponse(comparison=comparison)

    async def StartComparison(self, request: pb.StartComparisonRequest, context: Context) -> pb.StartComparisonResponse:
        await self.want_comparison(convert.instant(request, "since"))
        return pb.StartComparisonResponse()
