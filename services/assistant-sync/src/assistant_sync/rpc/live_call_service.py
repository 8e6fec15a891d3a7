"""The tools of the live call: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass

from assistant_sync.domain.live_call.end_call import EndCall
from assistant_sync.domain.live_call.transfer_call import TransferCall
from assistant_sync.rpc.convert import tool_calls as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.assistants.v1.live_call_service_pb2 import EndCallRequest, TransferCallRequest
from switchboard.assistants.v1.live_call_service_pb2_grpc import LiveCallServiceServicer
from switchboard.tools.v1.tools_pb2 import ToolReply


@dataclass(frozen=True, slots=True)
class LiveCallServicer(LiveCallServiceServicer):
    transfer_call: TransferCall
    end_call: EndCall

    async def TransferCall(self, request: TransferCallRequest, context: Context) -> ToolReply:
        call, tried = convert.tool_call(request.context, request), convert.tried(request.context)
        wish = convert.transfer_wish(request)
        return convert.reply(await self.transfer_call(current_tenant(), call, wish, tried))

    async def EndCall(self, request: EndCallRequest, context: Context) -> ToolReply:
        call = convert.tool_call(request.context, request)
        return convert.reply(await self.end_call(current_tenant(), call))
