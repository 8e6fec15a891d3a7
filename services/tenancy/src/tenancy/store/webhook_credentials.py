"""Webhook credentials, their secrets sealed to the organization and the row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, func, insert, literal, or_, select, text, update

from chassis.database.engine import Database
from chassis.encryption import CannotOpen, Sealer
from chassis.logs import get_logger
from chassis.tenant import TenantId
from tenancy.domain.access.webhook_credentials import MOST_LIVE, Draft, NotEnded, Opened, Use, WebhookCredential
from tenancy.domain.errors import OrganizationNotFound, TooManyLiveWebhookCredentials
from tenancy.store.audit import record
from tenancy.store.tables import webhook_credentials as kept
from tenancy.store.turns import take_turns
from tenancy.store.violations import FOREIGN_KEY, meaning
from tenancy.store.webhook_plans import plan_from_json, plan_to_json

_COLUMNS = "c.id, c.name, c.plan, c.not_before, c.not_after, c.created_at, u.uses, u.last_used_at"
_WITH_USES = (
    "webhook_credentials c LEFT JOIN webhook_credential_uses u ON u.org_id = c.org_id AND u.credential_id = c.id"
)
_ONE = text(f"SELECT {_COLUMNS} FROM {_WITH_USES} WHERE c.org_id = :tenant AND c.id = :id")  # noqa: S608  # constants
_AFTER = text(
    f"SELECT {_COLUMNS} FROM {_WITH_USES}"  # noqa: S608  # constants
    " WHERE c.org_id = :tenant AND (CAST(:after AS uuid) IS NULL OR (c.created_at, c.id) > ("
    "  SELECT last.created_at, last.id FROM webhook_credentials last"
    "  WHERE last.org_id = :tenant AND last.id = :after))"
    " ORDER BY c.created_at, c.id LIMIT :size"
)
_NOT_ENDED = text(
    f"SELECT {_COLUMNS}, c.sealed_secret FROM {_WITH_USES}"  # noqa: S608  # constants
    " WHERE c.org_id = :tenant AND (c.not_after IS NULL OR c.not_after > clock_timestamp())"
    " ORDER BY c.created_at DESC, c.id DESC"
)
_RECORD_USES = text("SELECT record_webhook_credential_uses(:organizations, :credentials, :counts, :moments)")

_log = get_logger()


class WebhookCredentialStore:
    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, tenant: TenantId, draft: Draft, secret: str) -> Opened:
        """Raises TooManyLiveWebhookCredentials, OrganizationNotFound."""
        new, plan = uuid4(), plan_to_json(draft.plan)
        row = {
            "org_id": tenant,
            "id": new,
            "name": draft.name,
            "plan": plan,
            "sealed_secret": self._sealer.seal(secret.encode(), about=_about(tenant, new)),
            "not_before": draft.not_before,
            "not_after": draft.not_after,
        }
        not_ended = (
            select(func.count())
            .select_from(kept)
            .where(kept.c.org_id == tenant, _ends_after(func.clock_timestamp()))
            .scalar_subquery()
        )
        values = [literal(value, kept.c[column].type) for column, value in row.items()]
        add = insert(kept).from_select(list(row), select(*values).where(not_ended < MOST_LIVE)).returning(kept.c.id)
        with meaning({FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                await take_turns(session, "webhook_credentials", tenant)
                if (await session.execute(add)).one_or_none() is None:
                    raise TooManyLiveWebhookCredentials
                await record(
                    session,
                    "webhook_credential.created",
                    organization=tenant,
                    subject=str(new),
                    name=draft.name,
                    plan=str(plan["type"]),
                )
                added = (await session.execute(_ONE, {"tenant": tenant, "id": new})).one()
                return Opened(_credential(added), secret)

    async def after(self, tenant: TenantId, credential_id: UUID | None, limit: int) -> Sequence[WebhookCredential]:
        async with self._database.tenant_transaction(tenant) as session:
            rows = await session.execute(_AFTER, {"tenant": tenant, "after": credential_id, "size": limit})
            return [_credential(row) for row in rows]

    async def revoke(self, tenant: TenantId, credential_id: UUID, at: datetime | None) -> WebhookCredential | None:
        """None and the past mean now; an end that is earlier stays. None if there is no such credential."""
        end = func.greatest(literal(at, kept.c.not_after.type), func.clock_timestamp())
        sooner = (
            update(kept)
            .where(kept.c.org_id == tenant, kept.c.id == credential_id, _ends_after(end))
            .values(not_after=end)
            .returning(kept.c.name, kept.c.not_after)
        )
        async with self._database.tenant_transaction(tenant) as session:
            if (ended := (await session.execute(sooner)).one_or_none()) is not None:
                await record(
                    session,
                    "webhook_credential.revoked",
                    organization=tenant,
                    subject=str(credential_id),
                    name=ended.name,
                    not_after=ended.not_after.isoformat(),
                )
            row = (await session.execute(_ONE, {"tenant": tenant, "id": credential_id})).one_or_none()
            return None if row is None else _credential(row)

    async def not_ended(self, tenant: TenantId) -> NotEnded:
        async with self._database.tenant_transaction(tenant) as session:
            rows = (await session.execute(_NOT_ENDED, {"tenant": tenant})).all()
        opened = {row.id: self._opened(tenant, row) for row in rows}
        unreadable = [row_id for row_id, one in opened.items() if one is None]
        for row_id in unreadable:
            _log.error("a webhook credential cannot be opened", organization_id=str(tenant), subject=str(row_id))
        return NotEnded([one for one in opened.values() if one is not None], unreadable)

    async def record_uses(self, uses: Sequence[Use]) -> None:
        async with self._database.directory_transaction() as session:
            await session.execute(
                _RECORD_USES,
                {
                    "organizations": [use.organization_id for use in uses],
                    "credentials": [use.credential_id for use in uses],
                    "counts": [use.count for use in uses],
                    "moments": [use.last_used_at for use in uses],
                },
            )

    def _opened(self, tenant: TenantId, row: Row[Any]) -> Opened | None:
        try:
            secret = self._sealer.open(row.sealed_secret, about=_about(tenant, row.id))
        except CannotOpen:
            return None
        return Opened(_credential(row), secret.decode())


def _ends_after(instant: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(kept.c.not_after.is_(None), kept.c.not_after > instant)


def _about(tenant: TenantId, credential_id: UUID) -> str:
    return f"webhook_credentials/{tenant}/{credential_id}/secret"


def _credential(row: Row[Any]) -> WebhookCredential:
    return WebhookCredential(
        row.id,
        row.name,
        plan_from_json(row.plan),
        row.not_before,
        row.not_after,
        row.created_at,
        row.uses or 0,
        row.last_used_at,
    )
