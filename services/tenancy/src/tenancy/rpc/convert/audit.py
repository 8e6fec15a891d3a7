"""The audit log."""

from switchboard.tenancy.v1 import audit_service_pb2 as audit_pb2
from tenancy.domain.audit.entries import AuditEntry
from tenancy.domain.paging import Page
from tenancy.rpc.convert.instants import timestamp
from tenancy.rpc.convert.paging import number_token


def page(listed: Page[AuditEntry]) -> audit_pb2.ListAuditEntriesResponse:
    return audit_pb2.ListAuditEntriesResponse(
        entries=[_entry(entry) for entry in listed.items],
        next_page_token=number_token(listed.items[-1].id) if listed.more else "",
    )


def _entry(entry: AuditEntry) -> audit_pb2.AuditEntry:
    return audit_pb2.AuditEntry(
        id=str(entry.id),
        at=timestamp(entry.at),
        organization_id=str(entry.organization_id or ""),
        actor=entry.actor,
        caller=entry.caller,
        action=entry.action,
        subject=entry.subject,
        details=entry.details,
    )
