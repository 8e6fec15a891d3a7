"""Who did what, when."""

from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceServicer
from tenancy.store.audit import AuditStore


class AuditServicer(AuditServiceServicer):
    def __init__(self, entries: AuditStore) -> None:
        self._entries = entries
