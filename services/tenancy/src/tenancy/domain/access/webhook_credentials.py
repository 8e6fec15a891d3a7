"""Webhook credentials: by which a message is known to be an organization's own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tenancy.domain.access.webhook_plans import HmacPlan, WebhookPlan, hmac_key

MOST_LIVE = 2
"""Credentials of an organization that have not ended: one that is replaced, and the one that replaces it."""

MOST_USES_AT_ONCE = 1_000_000_000
"""More than any process can count between two reports."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A credential as it is asked for."""

    name: str
    plan: WebhookPlan
    not_before: datetime | None = None
    """None: from its creation."""
    not_after: datetime | None = None
    """None: until it is revoked."""


@dataclass(frozen=True, slots=True)
class WebhookCredential:
    """A credential as it can be shown: everything but its secret."""

    id: UUID
    name: str
    plan: WebhookPlan
    not_before: datetime | None
    not_after: datetime | None
    created_at: datetime
    uses: int = 0
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential with its secret."""

    credential: WebhookCredential
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotEnded:
    """An organization's credentials that have not ended, those that have yet to begin too; newest first."""

    opened: Sequence[Opened]
    unreadable: Sequence[UUID] = ()
    """Sealed with a key that is not known, or not where they were found."""


@dataclass(frozen=True, slots=True)
class Use:
    """How often a credential has verified a message since this was last told, and when the last time."""

    organization_id: UUID
    credential_id: UUID
    count: int
    last_used_at: datetime


def secret_digest(opened: Opened) -> bytes:
    """The SHA-256 of a secret that is shown as it is; empty where it signs."""
    if isinstance(opened.credential.plan, HmacPlan):
        return b""
    return hashlib.sha256(opened.secret.encode()).digest()


def signing_key(opened: Opened) -> bytes:
    """The key of a secret that signs; empty where it is shown as it is."""
    plan = opened.credential.plan
    return hmac_key(plan, opened.secret) if isinstance(plan, HmacPlan) else b""
