"""ToolService: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass

from assistant_sync.domain.tools.publish_now import PublishNow
from assistant_sync.rpc.convert.tool import published_tool
from chassis.rpc.interceptors import Context
from switchboard.assistants.v1 import tool_service_pb2 as pb
from switchboard.assistants.v1.tool_service_pb2_grpc import ToolServiceServicer


@dataclass(frozen=True, slots=True)
class ToolServicer(ToolServiceServicer):
    publish: PublishNow

    async def ListPublishedTools(
        self, request: pb.ListPublishedToolsRequest, context: Context
    ) -> pb.ListPublishedToolsResponse:
        return pb.ListPublishedToolsResponse(tools=[published_tool(tool) for tool in await self.publish.published()])

    async def PublishTools(self, request: pb.PublishToolsRequest, context: Context) -> pb.PublishToolsResponse:
        return pb.PublishToolsResponse(tools=[published_tool(tool) for tool in await self.publish()])
