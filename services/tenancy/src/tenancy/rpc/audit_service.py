"""Who did what, when."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import audit_service_pb2 as audit_pb2
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceServicer
from tenancy.domain.audit.read_audit_log import list_audit_entries
from tenancy.domain.audit.record_reading import record_reading
from tenancy.domain.ports import AuditLog
from tenancy.rpc.convert import audit as convert
from tenancy.rpc.convert.paging import number_in


class AuditServicer(AuditServiceServicer):
    def __init__(self, log: AuditLog) -> None:
        self._log = log

    async def ListAuditEntries(
        self, request: audit_pb2.ListAuditEntriesRequest, context: Context
    ) -> audit_pb2.ListAuditEntriesResponse:
        page = await list_audit_entries(
            self._log,
            organization_id=request.organization_id,
            before=number_in(request.page_token),
            page_size=request.page_size,
        )
        return convert.page(page)

    async def RecordReading(
        self, request: audit_pb2.RecordReadingRequest, context: Context
    ) -> audit_pb2.RecordReadingResponse:
        await record_reading(
            self._log, convert.reading(request.what), organization_id=current_tenant(), subject=request.subject
        )
        return audit_pb2.RecordReadingResponse()
