"""`/api/audit` and `/api/organizations/{id}/audit`: who did what, when; newest first."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.principals import Principals
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.audit_service_pb2 import AuditEntry, ListAuditEntriesRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub


class AuditRoutes:
    def __init__(self, principals: Principals, tenancy: RpcClient) -> None:
        self._principals = principals
        self._list = tenancy.stub(AuditServiceStub).ListAuditEntries

    def routes(self) -> list[Route]:
        return [
            resource("/api/audit", GET=self.of_all),
            resource("/api/organizations/{organization_id}/audit", GET=self.of_one),
        ]

    async def of_all(self, request: Request) -> Response:
        async with self._principals.platform(request):
            return await self._listed(request, organization_id="")

    async def of_one(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True) as tenant:
            return await self._listed(request, organization_id=str(tenant))

    async def _listed(self, request: Request, organization_id: str) -> Response:
        found = await self._list(
            ListAuditEntriesRequest(
                organization_id=organization_id, page_size=limit_of(request), page_token=cursor_of(request)
            )
        )
        return listed(map(_item, found.entries), found.next_page_token)


def _item(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": instant_in(entry, "at"),
        "organization_id": entry.organization_id or None,
        "actor": entry.actor,
        "caller": entry.caller,
        "action": entry.action,
        "subject": entry.subject,
        "details": dict(entry.details),
    }
