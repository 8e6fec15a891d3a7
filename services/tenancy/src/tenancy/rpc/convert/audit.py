"""The audit log."""

from chassis.paging import Page
from switchboard.tenancy.v1 import audit_service_pb2 as audit_pb2
from tenancy.domain.audit.entries import AuditEntry
from tenancy.domain.audit.record_reading import Reading
from tenancy.rpc.convert.instants import timestamp
from tenancy.rpc.convert.paging import number_token

_READINGS = {
    audit_pb2.RecordReadingRequest.CALL: Reading.CALL,
    audit_pb2.RecordReadingRequest.RECORDING: Reading.RECORDING,
    audit_pb2.RecordReadingRequest.TIMELINE: Reading.TIMELINE,
    audit_pb2.RecordReadingRequest.CONTACT: Reading.CONTACT,
}


def reading(what: "audit_pb2.RecordReadingRequest.What.ValueType") -> Reading:
    """What only a newer gateway has a word for is of a call all the same."""
    return _READINGS.get(what, Reading.CALL)


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
