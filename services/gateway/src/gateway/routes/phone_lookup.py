"""`GET /api/inbound/phone-lookup/{number}`: whose a number is now, and which assistants answer there."""

from typing import Annotated

from msgspec import Struct

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish, tenant_in_scope, tenant_scope
from gateway.http.answers import Uuid, words
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Path
from gateway.http.problems import MALFORMED_NUMBER_IN_PATH, NUMBER_NOT_FOUND, Refused
from switchboard.assistants.v1.agent_service_pb2 import AgentType, ListAgentsRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import ListPhoneNumbersRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub


class AnsweringAssistant(Struct):
    type: Annotated[str, words(AgentType)]
    vapi_assistant_id: str


class LookedUp(Struct):
    org_id: Uuid
    inbound_phone_number: str
    clinic_name: str
    assistants: list[AnsweringAssistant]


class Number(Path):
    number: str


class PhoneLookupRoutes:
    def __init__(self, tenancy: RpcClient, assistant_sync: RpcClient) -> None:
        self._resolve = tenancy.stub(TenancyServiceStub).ResolveTenant
        self._numbers = tenancy.stub(PhoneNumberServiceStub)
        self._agents = assistant_sync.stub(AgentServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/inbound/phone-lookup/{number}",
                GET=operation(
                    self.look_up,
                    "Ask whose a number is",
                    who=Who.ANY_ORGANIZATION,
                    problems={400: ("MALFORMED_PHONE_NUMBER",), 404: ("PHONE_NUMBER_NOT_FOUND",)},
                ),
            )
        ]

    async def look_up(self, wanted: Number) -> LookedUp:
        owner, number = await self._owner_of(wanted.number)
        if tenant_in_scope() not in (None, owner):
            raise Refused(NUMBER_NOT_FOUND)
        with tenant_scope(owner):
            return LookedUp(
                org_id=str(owner),
                inbound_phone_number=number,
                clinic_name=await self._clinic_name_of(number),
                assistants=await self._assistants(),
            )

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

    async def _assistants(self) -> list[AnsweringAssistant]:
        agents = (await self._agents.ListAgents(ListAgentsRequest())).agents
        return [
            AnsweringAssistant(AgentType.Name(agent.type).lower(), agent.vapi_assistant_id)
            for agent in agents
            if agent.vapi_assistant_id
        ]
