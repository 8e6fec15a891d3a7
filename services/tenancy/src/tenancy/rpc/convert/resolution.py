"""Evidence and what was found of it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from tenancy.domain.routing.evidence import Finding, Outcome, Resolution, Source, Verdict
from tenancy.rpc.convert.instants import timestamp

_OUTCOMES: Mapping[Outcome, tenancy_pb2.ResolveTenantResponse.Outcome.ValueType] = {
    Outcome.RESOLVED: tenancy_pb2.ResolveTenantResponse.RESOLVED,
    Outcome.CONTRADICTION: tenancy_pb2.ResolveTenantResponse.CONTRADICTION,
    Outcome.UNKNOWN: tenancy_pb2.ResolveTenantResponse.UNKNOWN,
    Outcome.SUSPENDED: tenancy_pb2.ResolveTenantResponse.SUSPENDED,
}
_SOURCES: Mapping[Source, tenancy_pb2.Finding.Source.ValueType] = {
    Source.CALLED_NUMBER: tenancy_pb2.Finding.CALLED_NUMBER,
    Source.PHONE_NUMBER_ID: tenancy_pb2.Finding.PHONE_NUMBER_ID,
    Source.ASSISTANT_ID: tenancy_pb2.Finding.ASSISTANT_ID,
    Source.METADATA: tenancy_pb2.Finding.METADATA,
}
_VERDICTS: Mapping[Verdict, tenancy_pb2.Finding.Verdict.ValueType] = {
    Verdict.NAMES_ORGANIZATION: tenancy_pb2.Finding.NAMES_ORGANIZATION,
    Verdict.NAMES_NOBODY: tenancy_pb2.Finding.NAMES_NOBODY,
    Verdict.MALFORMED: tenancy_pb2.Finding.MALFORMED,
}
_EPOCH_OF_PROTO = datetime(1, 1, 1, tzinfo=UTC)


def said(request: tenancy_pb2.ResolveTenantRequest) -> Iterator[tuple[Source, str]]:
    """Every piece of evidence in the order of the request's fields."""
    yield Source.CALLED_NUMBER, request.called_number
    yield Source.PHONE_NUMBER_ID, request.phone_number_id
    yield Source.ASSISTANT_ID, request.assistant_id
    yield Source.METADATA, request.metadata_org_id
    yield from ((Source.PHONE_NUMBER_ID, other) for other in request.other_phone_number_ids)
    yield from ((Source.ASSISTANT_ID, other) for other in request.other_assistant_ids)
    yield from ((Source.METADATA, other) for other in request.other_metadata_org_ids)


def instant(request: tenancy_pb2.ResolveTenantRequest) -> datetime | None:
    """When the call began; None means now. An instant beyond the calendar is as far past, or future, as it gets."""
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _EPOCH_OF_PROTO if request.at.seconds < 0 else None


def resolution(resolved: Resolution) -> tenancy_pb2.ResolveTenantResponse:
    return tenancy_pb2.ResolveTenantResponse(
        organization_id=str(resolved.owner.organization_id) if resolved.owner else "",
        outcome=_OUTCOMES[resolved.outcome],
        findings=[_finding(finding) for finding in resolved.findings],
        reason=resolved.reason,
        holds_from=timestamp(resolved.holds_from),
        rate_limit_per_minute=resolved.owner.rate_limit_per_minute if resolved.owner else None,
    )


def _finding(finding: Finding) -> tenancy_pb2.Finding:
    return tenancy_pb2.Finding(
        source=_SOURCES[finding.evidence.source],
        organization_id=str(finding.owner.organization_id) if finding.owner else "",
        verdict=_VERDICTS[finding.verdict],
        value=finding.evidence.value or "",
    )
