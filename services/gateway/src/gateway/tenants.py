"""Whose message it is: evidence goes to tenancy, its outcome comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish
from gateway.evidence import Evidence
from gateway.speech import (
    CALLER_HEARS_LINE_NOT_KNOWN,
    CALLER_HEARS_SUSPENDED,
    CALLER_HEARS_UNAVAILABLE,
    LINE_NOT_KNOWN,
    SENTENCES,
    SUSPENDED,
)
from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantResponse
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub

_log = get_logger()


class Outcome(StrEnum):
    RESOLVED = "resolved"
    CONTRADICTION = "contradiction"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"
    """Tenancy could not be asked; nothing is known about the message."""


SENTENCE_WITHOUT_TENANT: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CONTRADICTION: LINE_NOT_KNOWN,
        Outcome.UNKNOWN: LINE_NOT_KNOWN,
        Outcome.SUSPENDED: SUSPENDED,
        Outcome.UNAVAILABLE: SENTENCES[Kind.UNAVAILABLE],
    }
)
"""What an assistant is told when nothing may be done for anybody. A contradiction sounds like an unknown line."""

CALLER_HEARS_WITHOUT_TENANT: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CONTRADICTION: CALLER_HEARS_LINE_NOT_KNOWN,
        Outcome.UNKNOWN: CALLER_HEARS_LINE_NOT_KNOWN,
        Outcome.SUSPENDED: CALLER_HEARS_SUSPENDED,
        Outcome.UNAVAILABLE: CALLER_HEARS_UNAVAILABLE,
    }
)
"""The same for the caller's own ears: no assistant stands between, so nothing in it may be an instruction to one."""

_OUTCOMES = {
    ResolveTenantResponse.RESOLVED: Outcome.RESOLVED,
    ResolveTenantResponse.CONTRADICTION: Outcome.CONTRADICTION,
    ResolveTenantResponse.SUSPENDED: Outcome.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Resolution:
    outcome: Outcome
    organization: TenantId | None = None
    """Whose message it is; may be acted for only if the outcome is RESOLVED."""
    decided_by: tuple[str, ...] = ()
    """The kinds of evidence that named the organization."""


class Tenants:
    def __init__(self, tenancy: RpcClient) -> None:
        self._resolve = tenancy.stub(TenancyServiceStub).ResolveTenant

    async def resolve(self, evidence: Evidence) -> Resolution:
        """Ask tenancy, within the deadline in scope. Whatever fails is the outcome UNAVAILABLE."""
        try:
            return _resolution(await self._resolve(evidence.request()))
        except DomainError as error:
            _log.warning("tenancy did not answer", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # a call in progress needs an answer, whatever went wrong
            _log.exception("resolving a tenant failed unexpectedly")
        return Resolution(Outcome.UNAVAILABLE)


def _resolution(answer: ResolveTenantResponse) -> Resolution:
    outcome = _OUTCOMES.get(answer.outcome, Outcome.UNKNOWN)
    if outcome not in (Outcome.RESOLVED, Outcome.SUSPENDED):
        return Resolution(outcome)
    return Resolution(
        outcome,
        organization=establish(answer.organization_id),
        decided_by=tuple(
            Finding.Source.Name(finding.source).lower()
            for finding in answer.findings
            if finding.verdict == Finding.NAMES_ORGANIZATION
        ),
    )
