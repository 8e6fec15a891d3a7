"""Between the words of ToolService and those of the domain."""

from assistant_sync.domain.tools.published import PublishedTool
from assistant_sync.rpc.convert.agent import pending_reason
from switchboard.assistants.v1 import tool_service_pb2 as pb
from switchboard.assistants.v1.agent_service_pb2 import Agent


def published_tool(tool: PublishedTool) -> pb.PublishedTool:
    message = pb.PublishedTool(
        name=tool.name,
        vapi_tool_id=tool.vapi_id or "",
        url=tool.url or "",
        sync_state=Agent.SYNCED if tool.pending is None else Agent.PENDING,
        pending_reason=pending_reason(tool.pending),
    )
    if tool.synced_at:
        message.synced_at.FromDatetime(tool.synced_at)
    return message
