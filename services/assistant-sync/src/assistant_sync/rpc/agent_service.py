from dataclasses import dataclass

from assistant_sync.domain.agents.save_agent import SaveAgent
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
    save: SaveAgent

    async def SaveAgent(self, request: pb.SaveAgentRequest, context: Context) -> pb.SaveAgentResponse:
        saved = await self.save(current_tenant(), convert.agent_type(request.type), convert.changes(request))
        return pb.SaveAgentResponse(agent=convert.agent(saved))

    async def GetAgent(self, request: pb.GetAgentRequest, context: Context) -> pb.GetAgentResponse:
        found = await self.agents.get(current_tenant(), convert.agent_type(request.type))
        if found is None:
            raise AgentNotFound
        return pb.GetAgentResponse(agent=convert.agent(found))

    async def ListAgents(self, request: pb.ListAgentsRequest, context: Context) -> pb.ListAgentsResponse:
        found = await self.agents.all_of(current_tenant())
        return pb.ListAgentsResponse(agents=[convert.agent(agent) for agent in found])
