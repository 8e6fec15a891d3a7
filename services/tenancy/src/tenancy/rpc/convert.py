"""The one place that knows both vocabularies: generated messages and the domain."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

from switchboard.tenancy.v1 import organization_service_pb2 as organization_pb2
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from tenancy.domain.errors import MalformedPageToken
from tenancy.domain.evidence import Finding, Outcome, Resolution, Source, Verdict
from tenancy.domain.organizations import Organization, OrganizationStatus, Page
from tenancy.domain.phone_numbers import PhoneNumber

_STATUSES: Mapping[OrganizationStatus, organization_pb2.Organization.Status.ValueType] = {
    OrganizationStatus.ACTIVE: organization_pb2.Organization.ACTIVE,
    OrganizationStatus.SUSPENDED: organization_pb2.Organization.SUSPENDED,
}
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
    )


def _finding(finding: Finding) -> tenancy_pb2.Finding:
    return tenancy_pb2.Finding(
        source=_SOURCES[finding.evidence.source],
        organization_id=str(finding.owner.organization_id) if finding.owner else "",
        verdict=_VERDICTS[finding.verdict],
    )


def organization(known: Organization) -> organization_pb2.Organization:
    return organization_pb2.Organization(
        id=str(known.id), name=known.name, timezone=known.timezone, status=_STATUSES[known.status]
    )


def page(listed: Page) -> organization_pb2.ListOrganizationsResponse:
    return organization_pb2.ListOrganizationsResponse(
        organizations=[organization(known) for known in listed.organizations],
        next_page_token=_token(listed.next_after) if listed.next_after else "",
    )


def phone_number(held: PhoneNumber) -> phone_number_pb2.PhoneNumber:
    return phone_number_pb2.PhoneNumber(
        id=str(held.id),
        number=held.number,
        clinic_name=held.clinic_name,
        vapi_phone_number_id=str(held.vapi_phone_number_id or ""),
    )


def clinic_name(request: phone_number_pb2.MapPhoneNumberRequest) -> str | None:
    """None if the request says nothing of it."""
    return request.clinic_name if request.HasField("clinic_name") else None


def vapi_phone_number_id(request: phone_number_pb2.MapPhoneNumberRequest) -> str | None:
    """None if the request says nothing of it; empty to forget it."""
    return request.vapi_phone_number_id if request.HasField("vapi_phone_number_id") else None


def page_begins_after(token: str) -> UUID | None:
    """The id after which the asked page begins; None for the first. Raises MalformedPageToken."""
    if not token:
        return None
    try:
        return UUID(bytes=base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise MalformedPageToken from None


def _token(after: UUID) -> str:
    return base64.urlsafe_b64encode(after.bytes).decode()
