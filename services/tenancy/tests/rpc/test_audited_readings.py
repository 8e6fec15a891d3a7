"""Whoever reads what was said to a clinic is noted, before they are given it."""

from typing import Any
from uuid import uuid4

import pytest

from chassis.actor import Actor, actor_scope
from chassis.errors import Kind, RemoteError
from chassis.tenant import tenant_scope
from switchboard.tenancy.v1.audit_service_pb2 import ListAuditEntriesRequest, RecordReadingRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub

READER = Actor("api-key:of-the-front-desk", "of this process")


@pytest.mark.parametrize(
    ("what", "action"),
    [
        (RecordReadingRequest.CALL, "call.read"),
        (RecordReadingRequest.RECORDING, "recording.read"),
        (RecordReadingRequest.TIMELINE, "timeline.read"),
        (RecordReadingRequest.CONTACT, "contact.exported"),
        (17, "call.read"),
    ],
    ids=["call", "recording", "timeline", "contact", "newer"],
)
async def test_a_reading_is_told_with_who_read_what(
    client_of: Any, new_organization: Any, what: Any, action: str
) -> None:
    audit, tenant, call_id = client_of("gateway").stub(AuditServiceStub), await new_organization(), str(uuid4())

    with tenant_scope(tenant), actor_scope(READER):
        await audit.RecordReading(RecordReadingRequest(what=what, subject=call_id), timeout=5)

    listed = await audit.ListAuditEntries(ListAuditEntriesRequest(organization_id=str(tenant)), timeout=5)
    entry = listed.entries[0]
    assert (entry.action, entry.subject, entry.actor, entry.caller) == (action, call_id, READER.name, "gateway")
    assert (entry.organization_id, dict(entry.details)) == (str(tenant), {})


async def test_only_the_gateway_notes_readings(client_of: Any, new_organization: Any) -> None:
    audit = client_of("booking").stub(AuditServiceStub)

    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refused:
        await audit.RecordReading(RecordReadingRequest(what=RecordReadingRequest.CALL), timeout=5)

    assert refused.value.kind is Kind.FORBIDDEN
