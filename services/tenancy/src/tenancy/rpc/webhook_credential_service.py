"""How an organization's Vapi proves that a message is its own."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import webhook_credential_service_pb2 as credential_pb2
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceServicer
from tenancy.domain.access.administer_webhook_credentials import (
    create_webhook_credential,
    list_webhook_credentials,
    revoke_webhook_credential,
)
from tenancy.domain.ports import WebhookCredentials
from tenancy.rpc.convert import webhook_credentials as convert
from tenancy.rpc.convert.paging import page_begins_after


class WebhookCredentialServicer(WebhookCredentialServiceServicer):
    def __init__(self, credentials: WebhookCredentials) -> None:
        self._credentials = credentials

    async def CreateWebhookCredential(
        self, request: credential_pb2.CreateWebhookCredentialRequest, context: Context
    ) -> credential_pb2.CreateWebhookCredentialResponse:
        tenant, draft = current_tenant(), convert.draft(request)
        created = await create_webhook_credential(self._credentials, tenant, draft, request.secret)
        return credential_pb2.CreateWebhookCredentialResponse(
            credential=convert.credential(created.credential), secret=created.secret
        )

    async def ListWebhookCredentials(
        self, request: credential_pb2.ListWebhookCredentialsRequest, context: Context
    ) -> credential_pb2.ListWebhookCredentialsResponse:
        tenant, after = current_tenant(), page_begins_after(request.page_token)
        page = await list_webhook_credentials(self._credentials, tenant, after=after, page_size=request.page_size)
        return convert.page(page)

    async def RevokeWebhookCredential(
        self, request: credential_pb2.RevokeWebhookCredentialRequest, context: Context
    ) -> credential_pb2.RevokeWebhookCredentialResponse:
        tenant, at = current_tenant(), convert.revoked_at(request)
        revoked = await revoke_webhook_credential(self._credentials, tenant, request.id, at=at)
        return credential_pb2.RevokeWebhookCredentialResponse(credential=convert.credential(revoked))

    async def GetWebhookVerifiers(
        self, request: credential_pb2.GetWebhookVerifiersRequest, context: Context
    ) -> credential_pb2.GetWebhookVerifiersResponse:
        found = await self._credentials.not_ended(current_tenant())
        return credential_pb2.GetWebhookVerifiersResponse(
            verifiers=[convert.verifier(one) for one in found.opened],
            unreadable_credential_ids=map(str, found.unreadable),
        )

    async def RecordWebhookCredentialUses(
        self, request: credential_pb2.RecordWebhookCredentialUsesRequest, context: Context
    ) -> credential_pb2.RecordWebhookCredentialUsesResponse:
        await self._credentials.record_uses(convert.uses(request))
        return credential_pb2.RecordWebhookCredentialUsesResponse()
