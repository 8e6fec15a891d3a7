"""Whose a call of Vapi's is, whether its report is here, and where a late one is handed to."""

from collections.abc import Sequence
from datetime import UTC, datetime

from assistant_sync.domain.calls import report as reports
from assistant_sync.domain.calls.vapi_call import Evidence
from assistant_sync.domain.trouble import BookingAway, RegistryAway
from chassis.errors import DomainError, Kind
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from switchboard.booking.v1.call_service_pb2 import FindUnreportedCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard.tenancy.v1.quarantine_service_pb2 import QuarantineMessageRequest
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantResponse
from tenancy_client import Evidence as TenancyEvidence
from tenancy_client import TenancyClient

_TIMEOUT = 5.0
_AT_ONCE = 500
"""Ids in one request."""


class TenancyOwners:
    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = TenancyClient(tenancy)

    async def of(self, evidence: Evidence) -> TenantId | None:
        try:
            return (await self._tenancy.whose(_as_tenancy_reads(evidence), timeout=_TIMEOUT)).organization
        except DomainError as error:
            raise RegistryAway from error


class BookingReports:
    def __init__(self, booking: RpcClient) -> None:
        self._calls = booking.stub(CallServiceStub)

    async def missing(self, vapi_call_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for first in range(0, len(vapi_call_ids), _AT_ONCE):
            request = FindUnreportedCallsRequest(vapi_call_ids=vapi_call_ids[first : first + _AT_ONCE])
            try:
                found.update((await self._calls.FindUnreportedCalls(request, timeout=_TIMEOUT)).vapi_call_ids)
            except DomainError as error:
                raise BookingAway from error
        return found


class TenancyLateReports:
    def __init__(self, tenancy: RpcClient) -> None:
        self._keep = tenancy.stub(QuarantineServiceStub).QuarantineMessage

    async def hand_on(self, vapi_call_id: str, report: bytes, evidence: Evidence) -> bool:
        request = QuarantineMessageRequest(
            body=report,
            message_type=reports.TYPE,
            outcome=ResolveTenantResponse.RESOLVED,
            evidence=_as_tenancy_reads(evidence).request(),
            call_id=vapi_call_id,
            recordable=True,
        )
        request.received_at.FromDatetime(datetime.now(UTC))
        try:
            await self._keep(request, timeout=_TIMEOUT)
        except DomainError as error:
            if error.kind is Kind.RATE_LIMITED:
                return False  # the quarantine is full
            raise RegistryAway from error
        return True


def _as_tenancy_reads(evidence: Evidence) -> TenancyEvidence:
    return TenancyEvidence(
        called_number=evidence.line,
        phone_number_ids=evidence.phone_number_ids,
        assistant_ids=evidence.assistant_ids,
        metadata_org_ids=evidence.metadata_org_ids,
        at=evidence.at,
    )
