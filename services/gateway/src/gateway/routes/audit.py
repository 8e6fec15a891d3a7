"""`/api/audit` and `/api/organizations/{id}/audit`: who did what, when; newest first."""

from msgspec import Struct

from chassis.rpc.client import RpcClient
from chassis.tenant import current_tenant
from gateway.http.answers import Page, Rfc3339, Uuid, page
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Paging
from gateway.routes.listing import instant_in
from switchboard.tenancy.v1.audit_service_pb2 import AuditEntry, ListAuditEntriesRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub


class AuditItem(Struct):
    id: str
    at: Rfc3339 | None
    organization_id: Uuid | None
    actor: str
    caller: str
    action: str
    subject: str
    details: dict[str, str]


class AuditRoutes:
    def __init__(self, tenancy: RpcClient) -> None:
        self._list = tenancy.stub(AuditServiceStub).ListAuditEntries

    def resources(self) -> list[Resource]:
        of_one = "/api/organizations/{organization_id}/audit"
        who = Who.ORGANIZATIONS_ADMINISTRATOR
        return [
            resource("/api/audit", GET=operation(self.of_all, "Read who did what anywhere", who=Who.ADMINISTRATOR)),
            resource(of_one, GET=operation(self.of_one, "Read who did what to an organization", who=who)),
        ]

    async def of_all(self, paging: Paging) -> Page[AuditItem]:
        return await self._listed(paging, organization_id="")

    async def of_one(self, paging: Paging) -> Page[AuditItem]:
        return await self._listed(paging, organization_id=str(current_tenant()))

    async def _listed(self, paging: Paging, organization_id: str) -> Page[AuditItem]:
        found = await self._list(
            ListAuditEntriesRequest(organization_id=organization_id, page_size=paging.limit, page_token=paging.cursor)
        )
        return page(map(_item, found.entries), found.next_page_token)


def _item(entry: AuditEntry) -> AuditItem:
    return AuditItem(
        id=entry.id,
        at=instant_in(entry, "at"),
        organization_id=entry.organization_id or None,
        actor=entry.actor,
        caller=entry.caller,
        action=entry.action,
        subject=entry.subject,
        details=dict(entry.details),
    )
