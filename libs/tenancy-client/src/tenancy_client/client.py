"""Tenancy's answer to "whose call is it?" in plain Python."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish
from switchboard.tenancy.v1 import tenancy_service_pb2 as pb
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy_client.evidence import Evidence


class Outcome(StrEnum):
    RESOLVED = "resolved"
    CONTRADICTION = "contradiction"
    """Two pieces of evidence name different organizations."""
    UNKNOWN = "unknown"
    """Nothing names an organization."""
    SUSPENDED = "suspended"
    """Resolved, to an organization for which nothing may be done at the moment."""


class Source(StrEnum):
    CALLED_NUMBER = "called_number"
    PHONE_NUMBER_ID = "phone_number_id"
    ASSISTANT_ID = "assistant_id"
    METADATA = "metadata"
    OTHER = "other"
    """Of a kind that only a newer tenancy knows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one piece of evidence says."""

    source: Source
    value: str
    """The piece in its one spelling; empty if it is malformed."""
    organization: TenantId | None
    """Whom it names; None if nobody."""


@dataclass(frozen=True, slots=True)
class Whose:
    outcome: Outcome
    organization: TenantId | None = None
    """None unless RESOLVED or SUSPENDED."""
    decided_by: tuple[Source, ...] = ()
    """The kinds of evidence that named an organization."""
    rate_limit_per_minute: int | None = None
    """What the organization may ask for; None: what the deployment allows all."""
    holds_from: datetime | None = None
    """Since when this has been the answer; None if always. For a call that began earlier there may be another."""
    findings: tuple[Finding, ...] = ()
    """One for each piece; not kept in a memory."""
    reason: str = ""
    """One line for people; likewise."""


_OUTCOMES = {
    pb.ResolveTenantResponse.RESOLVED: Outcome.RESOLVED,
    pb.ResolveTenantResponse.CONTRADICTION: Outcome.CONTRADICTION,
    pb.ResolveTenantResponse.UNKNOWN: Outcome.UNKNOWN,
    pb.ResolveTenantResponse.SUSPENDED: Outcome.SUSPENDED,
}
_SOURCES = {
    pb.Finding.CALLED_NUMBER: Source.CALLED_NUMBER,
    pb.Finding.PHONE_NUMBER_ID: Source.PHONE_NUMBER_ID,
    pb.Finding.ASSISTANT_ID: Source.ASSISTANT_ID,
    pb.Finding.METADATA: Source.METADATA,
}


class TenancyClient:
    """Asks each time. What is asked often is asked through `Routes`."""

    def __init__(self, tenancy: RpcClient) -> None:
        self._resolve = tenancy.stub(TenancyServiceStub).ResolveTenant

    async def whose(self, evidence: Evidence, *, timeout: float | None = None) -> Whose:
        """Whose call it is. Nobody's and contradicting evidence is an outcome, not an error.

        Within `timeout` seconds or the deadline in scope. Raises RemoteError, DeadlineTooShort.
        """
        return _whose(await self._resolve(evidence.request(), timeout=timeout))


def _whose(answer: pb.ResolveTenantResponse) -> Whose:
    outcome = _OUTCOMES.get(answer.outcome, Outcome.UNKNOWN)
    is_somebodys = outcome in (Outcome.RESOLVED, Outcome.SUSPENDED)
    findings = tuple(_finding(finding) for finding in answer.findings)
    return Whose(
        outcome,
        organization=establish(answer.organization_id) if is_somebodys else None,
        decided_by=tuple(dict.fromkeys(finding.source for finding in findings if finding.organization)),
        holds_from=answer.holds_from.ToDatetime(UTC) if answer.HasField("holds_from") else None,
        findings=findings,
        reason=answer.reason,
        rate_limit_per_minute=answer.rate_limit_per_minute if answer.HasField("rate_limit_per_minute") else None,
    )


def _finding(finding: pb.Finding) -> Finding:
    names_one = finding.verdict == pb.Finding.NAMES_ORGANIZATION
    return Finding(
        _SOURCES.get(finding.source, Source.OTHER),
        finding.value,
        establish(finding.organization_id) if names_one else None,
    )
