"""Webhook credentials are made, listed and revoked."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.clock import Clock, system_clock
from chassis.paging import Page, page_of
from chassis.tenant import TenantId
from tenancy.domain.access.webhook_credentials import Draft, Opened, WebhookCredential
from tenancy.domain.access.webhook_plans import check_plan, check_secret, made_up_secret
from tenancy.domain.errors import MalformedWebhookCredential, WebhookCredentialNotFound
from tenancy.domain.ports import WebhookCredentials
from tenancy.domain.text import label, uuid_of


async def create_webhook_credential(
    credentials: WebhookCredentials, tenant: TenantId, draft: Draft, secret: str, clock: Clock = system_clock
) -> Opened:
    """Add a credential; an empty secret is made up.

    Raises MalformedWebhookCredential, TooManyLiveWebhookCredentials, OrganizationNotFound.
    """
    check_plan(draft.plan)
    _check_times(draft, clock())
    if secret:
        check_secret(draft.plan, secret)
    return await credentials.add(tenant, replace(draft, name=label(draft.name)), secret or made_up_secret(draft.plan))


async def list_webhook_credentials(
    credentials: WebhookCredentials, tenant: TenantId, *, after: UUID | None, page_size: int
) -> Page[WebhookCredential]:
    """Oldest first, those that have ended too."""
    return await page_of(lambda limit: credentials.after(tenant, after, limit), page_size)


async def revoke_webhook_credential(
    credentials: WebhookCredentials, tenant: TenantId, credential_id: str, *, at: datetime | None
) -> WebhookCredential:
    """End a credential at an instant; None and the past mean now. It never ends later than it would have.

    Raises WebhookCredentialNotFound.
    """
    established = uuid_of(credential_id)
    revoked = None if established is None else await credentials.revoke(tenant, established, at)
    if revoked is None:
        raise WebhookCredentialNotFound
    return revoked


def _check_times(draft: Draft, now: datetime) -> None:
    if draft.not_after is not None and draft.not_after <= max(now, draft.not_before or now):
        raise MalformedWebhookCredential(field="not_after")
