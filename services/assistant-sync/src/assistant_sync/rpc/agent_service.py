"""AgentService: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent
from assistant_sync.domain.agents.find_inbound_assistant import FindInboundAssistant
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.agents.save_agent import SaveAgent
from assistant_sync.domain.agents.set_agent_webhook import SetAgentWebhook
from assistant_sync.domain.errors import AgentNotFound
from assistant_sync.domain.ports import Agents
from assistant_sync.rpc.convert import agent as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.assistants.v1 import agent_service_pb2 as pb
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceServicer


@dataclass(frozen=True, slots=True)
class AgentServicer(AgentServiceServicer):
    agents: Agents
    our_part: OurPart
    save: SaveAgent
    set_webhook: SetAgentWebhook
    find_inbound: FindInboundAssistant

    async def SaveAgent(self, request: pb.SaveAgentRequest, context: Context) -> pb.SaveAgentResponse:
        agent_type, changes = convert.agent_type(request.type), convert.changes(request)
        saved = await self.save(current_tenant(), agent_type, changes, adopt=request.adopt, recreate=request.recreate)
        return pb.SaveAgentResponse(agent=await self._shown(saved))

    async def SetAgentWebhook(self, request: pb.SetAgentWebhookRequest, context: Context) -> pb.SetAgentWebhookResponse:
        url = await self.set_webhook(current_tenant(), request.vapi_assistant_id, request.webhook_url)
        return pb.SetAgentWebhookResponse(webhook_url=url)

    async def GetAgent(self, request: pb.GetAgentRequest, context: Context) -> pb.GetAgentResponse:
        found = await self.agents.get(current_tenant(), convert.agent_type(request.type))
        if found is None:
            raise AgentNotFound
        return pb.GetAgentResponse(agent=await self._shown(found))

    async def GetInboundAssistant(
        self, request: pb.GetInboundAssistantRequest, context: Context
    ) -> pb.GetInboundAssistantResponse:
        return convert.inbound_assistant(await self.find_inbound(current_tenant()))

    async def ListAgents(self, request: pb.ListAgentsRequest, context: Context) -> pb.ListAgentsResponse:
        found = await self.agents.all_of(current_tenant())
        return pb.ListAgentsResponse(agents=[await self._shown(agent) for agent in found])

    async def _shown(self, agent: Agent) -> pb.Agent:
        return convert.agent(agent, await self.our_part.webhook_url(current_tenant(), agent))
