"""Which assistant answers an organization's telephone: asked of assistant-sync, remembered for when it is away."""

from dataclasses import dataclass, replace

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.answer.requests.last_known_good import LastKnownGood
from gateway.metrics import Metrics, Telephone
from switchboard.assistants.v1.agent_service_pb2 import GetInboundAssistantRequest, GetInboundAssistantResponse
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub

ASK_SECONDS = 1.0
"""That assistant-sync may take, of the 2.5 seconds that a message has, and the 7.5 that Vapi waits."""

REMEMBERED_FOR = 24 * 60 * 60.0
"""Seconds for which an answer can stand in. Nobody can give an organization another assistant while assistant-sync is
away; only what is changed in the moments around that is told late."""

MOST = 100_000
"""Organizations that are remembered, each in less than a kilobyte."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Clinic:
    name: str
    timezone: str
    """IANA name."""


@dataclass(frozen=True, slots=True)
class InboundAssistant:
    vapi_assistant_id: str
    clinic: Clinic | None
    """None if assistant-sync could not tell, and never told."""


class InboundAssistants:
    def __init__(self, assistant_sync: RpcClient, metrics: Metrics) -> None:
        self._get = assistant_sync.stub(AgentServiceStub).GetInboundAssistant
        self._metrics = metrics
        self._memory: LastKnownGood[TenantId, InboundAssistant] = LastKnownGood(most=MOST, good_for=REMEMBERED_FOR)

    async def of(self, organization: TenantId) -> InboundAssistant | None:
        """Within the deadline in scope; None if it has none. Raises DomainError if nobody can tell."""
        try:
            found = await self._asked(organization)
        except DomainError as error:
            _log.warning("assistant-sync did not tell who answers", kind=error.kind, reason=error.reason)
            return self._remembered(organization, error)
        if found is None:
            self._memory.forget(organization)
            self._metrics.count_telephone(Telephone.NO_ASSISTANT)
            return None
        self._memory.keep(organization, found)
        self._metrics.count_telephone(Telephone.ASKED)
        return found

    async def _asked(self, organization: TenantId) -> InboundAssistant | None:
        try:
            with tenant_scope(organization):
                answer = await self._get(GetInboundAssistantRequest(), timeout=ASK_SECONDS)
        except DomainError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise
        return self._completed(organization, answer) if answer.vapi_assistant_id else None

    def _completed(self, organization: TenantId, answer: GetInboundAssistantResponse) -> InboundAssistant:
        """With the clinic as it was last known, where tenancy is away from assistant-sync."""
        if answer.HasField("clinic"):
            return InboundAssistant(answer.vapi_assistant_id, Clinic(answer.clinic.name, answer.clinic.timezone))
        remembered = self._memory.recall(organization) or InboundAssistant("", None)
        return replace(remembered, vapi_assistant_id=answer.vapi_assistant_id)

    def _remembered(self, organization: TenantId, error: DomainError) -> InboundAssistant:
        """Raises the error if nothing is."""
        remembered = self._memory.recall(organization)
        self._metrics.count_telephone(Telephone.REMEMBERED if remembered else Telephone.UNANSWERED)
        if remembered is None:
            raise error
        return remembered
