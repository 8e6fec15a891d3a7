"""Whom an organization's callers are put through to: asked of assistant-sync, remembered for when it is away."""

from dataclasses import dataclass
from typing import Any

from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.answer.destinations import destination
from gateway.answer.requests.last_known_good import LastKnownGood
from gateway.message.destination_request import DestinationAsked
from switchboard.assistants.v1.department_service_pb2 import FindDestinationRequest
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub

ASK_SECONDS = 1.0
"""That assistant-sync may take, of the 2.5 seconds that a message has."""

REMEMBERED_FOR = 24 * 60 * 60.0
"""Seconds for which an answer can stand in: nobody can change a department while assistant-sync is away."""

MOST = 10_000
"""Organizations that are remembered."""

MOST_OF_ONE = 30
"""Departments of one, as the model names them: what it makes up puts out nobody else's."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class PutThrough:
    destination: dict[str, Any] | None
    """In Vapi's words; None: nobody is sure to be meant."""
    caller_hears: str


class Departments:
    def __init__(self, assistant_sync: RpcClient) -> None:
        self._find = assistant_sync.stub(DepartmentServiceStub).FindDestination
        self._memories: LastKnownGood[TenantId, LastKnownGood[str, PutThrough]] = LastKnownGood(
            most=MOST, good_for=REMEMBERED_FOR
        )

    async def find(self, organization: TenantId, asked: DestinationAsked) -> PutThrough:
        """Within the deadline in scope. Raises DomainError if nobody can tell."""
        name = asked.department.casefold()
        try:
            found = await self._asked(organization, asked)
        except DomainError as error:
            _log.warning("assistant-sync did not tell whom to put through to", kind=error.kind, reason=error.reason)
            if (remembered := self._memory_of(organization).recall(name)) is None:
                raise
            return remembered
        # What a caller wished is nothing to remember, nor is whom it led to.
        if asked.department or not asked.wish:
            memory = self._memory_of(organization)
            memory.keep(name, found)
            self._memories.keep(organization, memory)
        return found

    def _memory_of(self, organization: TenantId) -> LastKnownGood[str, PutThrough]:
        return self._memories.recall(organization) or LastKnownGood(most=MOST_OF_ONE, good_for=REMEMBERED_FOR)

    async def _asked(self, organization: TenantId, asked: DestinationAsked) -> PutThrough:
        request = FindDestinationRequest(department=asked.department, wish=asked.wish)
        with tenant_scope(organization):
            answer = await self._find(request, timeout=ASK_SECONDS)
        if not answer.HasField("department"):
            return PutThrough(None, answer.caller_hears)
        department = answer.department
        return PutThrough(destination(department.number, department.sip_uri), answer.caller_hears)
