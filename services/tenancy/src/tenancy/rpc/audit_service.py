"""Who did what, when."""

from chassis.rpc.interceptors import Context
from switchboard.tenancy.v1 import audit_service_pb2 as audit_pb2
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceServicer
from tenancy.domain.audit.read_audit_log import list_audit_entries
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
