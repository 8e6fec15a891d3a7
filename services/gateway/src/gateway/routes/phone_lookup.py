"""`GET /api/inbound/phone-lookup/{number}`: whose a number is now, and which assistants answer there."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish, tenant_in_scope, tenant_scope
from gateway.http.principals import Principals
from gateway.http.problems import MALFORMED_NUMBER_IN_PATH, NUMBER_NOT_FOUND, Refused
from gateway.routes.resource import resource
from switchboard.assistants.v1.agent_service_pb2 import Agent, AgentType, ListAgentsRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import ListPhoneNumbersRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub


class PhoneLookupRoutes:
    def __init__(self, principals: Principals, tenancy: RpcClient, assistant_sync: RpcClient) -> None:
        self._principals = principals
        self._resolve = tenancy.stub(TenancyServiceStub).ResolveTenant
        self._numbers = tenancy.stub(PhoneNumberServiceStub)
        self._agents = assistant_sync.stub(AgentServiceStub)

    def routes(self) -> list[Route]:
        return [resource("/api/inbound/phone-lookup/{number}", GET=self.look_up)]

    async def look_up(self, request: Request) -> Response:
        async with self._principals.any_organization(request):
            owner, number = await self._owner_of(request.path_params["number"])
            if tenant_in_scope() not in (None, owner):
                raise Refused(NUMBER_NOT_FOUND)
            with tenant_scope(owner):
                found = {
                    "org_id": str(owner),
                    "inbound_phone_number": number,
                    "clinic_name": await self._clinic_name_of(number),
                    "assistants": await self._assistants(),
                }
        return JSONResponse(found)

    async def _owner_of(self, number: str) -> tuple[TenantId, str]:
        """Who holds the number now, and the number in E.164. Raises Refused."""
        answer = await self._resolve(ResolveTenantRequest(called_number=number))
        malformed = any(finding.verdict == Finding.MALFORMED for finding in answer.findings)
        if malformed or not answer.findings:
            raise Refused(MALFORMED_NUMBER_IN_PATH)
        if not answer.organization_id:
            raise Refused(NUMBER_NOT_FOUND)
        return establish(answer.organization_id), answer.findings[0].value

    async def _clinic_name_of(self, number: str) -> str:
        """What the organization in scope calls that line. Raises Refused if it was moved a moment ago."""
        held = await self._numbers.ListPhoneNumbers(ListPhoneNumbersRequest())
        names = [line.clinic_name for line in held.phone_numbers if line.number == number]
        if not names:
            raise Refused(NUMBER_NOT_FOUND)
        return names[0]

    async def _assistants(self) -> list[dict[str, Any]]:
        agents = (await self._agents.ListAgents(ListAgentsRequest())).agents
        return [_item(agent) for agent in agents if agent.vapi_assistant_id]


def _item(agent: Agent) -> dict[str, Any]:
    return {"type": AgentType.Name(agent.type).lower(), "vapi_assistant_id": agent.vapi_assistant_id}
