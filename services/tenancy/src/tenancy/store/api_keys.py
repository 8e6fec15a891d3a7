"""API keys, of which only digests are kept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, literal, select, text, update

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.access.api_keys import MOST_LIVE, ApiKey, KeyHolder, Scope
from tenancy.domain.errors import OrganizationNotFound, TooManyLiveApiKeys
from tenancy.store.audit import record
from tenancy.store.tables import api_keys
from tenancy.store.turns import take_turns
from tenancy.store.violations import FOREIGN_KEY, meaning

_SHOWN = (
    api_keys.c.id,
    api_keys.c.name,
    api_keys.c.scope,
    api_keys.c.created_at,
    api_keys.c.last_used_at,
    api_keys.c.revoked_at,
)
_COLUMNS = "id, name, scope, created_at, last_used_at, revoked_at"
_AFTER = text(
    f"SELECT {_COLUMNS} FROM api_keys"  # noqa: S608  # constants
    " WHERE org_id = :tenant AND (CAST(:after AS uuid) IS NULL OR (created_at, id) > ("
    "  SELECT last.created_at, last.id FROM api_keys last WHERE last.org_id = :tenant AND last.id = :after))"
    " ORDER BY created_at, id LIMIT :size"
)
_USE = text("SELECT org_id, id, scope, rate_limit_per_minute FROM authenticate_api_key(:digest)")
_CREATE_FOR_PLATFORM = text(
    f"SELECT {_COLUMNS} FROM create_platform_api_key(:id, :name, :scope, :digest, :most)"  # noqa: S608  # constants
)
_PLATFORMS_AFTER = text(f"SELECT {_COLUMNS} FROM list_platform_api_keys(:after, :size)")  # noqa: S608  # constants
_REVOKE_PLATFORMS = text(f"SELECT {_COLUMNS} FROM revoke_platform_api_key(:id)")  # noqa: S608  # constants


class ApiKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, tenant: TenantId) -> "OrganizationKeyring":
        return OrganizationKeyring(self._database, tenant)

    def of_platform(self) -> "PlatformKeyring":
        return PlatformKeyring(self._database)

    async def use(self, digest: bytes) -> KeyHolder | None:
        async with self._database.directory_transaction() as session:
            row = (await session.execute(_USE, {"digest": digest})).one_or_none()
            return None if row is None else KeyHolder(row.org_id, row.id, Scope(row.scope), row.rate_limit_per_minute)


class OrganizationKeyring:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self.tenant = tenant

    async def add(self, key_id: UUID, name: str, scope: Scope, digest: bytes) -> ApiKey:
        """Raises TooManyLiveApiKeys, OrganizationNotFound."""
        row = {"org_id": self.tenant, "id": key_id, "name": name, "scope": scope.value, "digest": digest}
        live = (
            select(func.count())
            .select_from(api_keys)
            .where(api_keys.c.org_id == self.tenant, api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
            .scalar_subquery()
        )
        values = [literal(value, api_keys.c[column].type) for column, value in row.items()]
        add = insert(api_keys).from_select(list(row), select(*values).where(live < MOST_LIVE)).returning(*_SHOWN)
        with meaning({FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(self.tenant) as session:
                await take_turns(session, "api_keys", self.tenant)
                added = (await session.execute(add)).one_or_none()
                if added is None:
                    raise TooManyLiveApiKeys
                await record(
                    session,
                    "api_key.created",
                    organization=self.tenant,
                    subject=str(key_id),
                    name=name,
                    scope=scope.value,
                )
                return _api_key(added)

    async def after(self, key_id: UUID | None, limit: int) -> Sequence[ApiKey]:
        async with self._database.tenant_transaction(self.tenant) as session:
            rows = await session.execute(_AFTER, {"tenant": self.tenant, "after": key_id, "size": limit})
            return [_api_key(row) for row in rows]

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        end = (
            update(api_keys)
            .where(api_keys.c.org_id == self.tenant, api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
            .returning(*_SHOWN)
        )
        async with self._database.tenant_transaction(self.tenant) as session:
            row = (await session.execute(end)).one_or_none()
            if row is None:
                return None
            await record(session, "api_key.revoked", organization=self.tenant, subject=str(key_id), name=row.name)
            return _api_key(row)


class PlatformKeyring:
    tenant = None

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key_id: UUID, name: str, scope: Scope, digest: bytes) -> ApiKey:
        """Raises TooManyLiveApiKeys."""
        key = {"id": key_id, "name": name, "scope": scope.value, "digest": digest, "most": MOST_LIVE}
        async with self._database.directory_transaction() as session:
            row = (await session.execute(_CREATE_FOR_PLATFORM, key)).one_or_none()
            if row is None:
                raise TooManyLiveApiKeys
            await record(
                session,
                "platform_api_key.created",
                organization=None,
                subject=str(key_id),
                name=name,
                scope=scope.value,
            )
            return _api_key(row)

    async def after(self, key_id: UUID | None, limit: int) -> Sequence[ApiKey]:
        async with self._database.directory_transaction() as session:
            rows = await session.execute(_PLATFORMS_AFTER, {"after": key_id, "size": limit})
            return [_api_key(row) for row in rows]

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        async with self._database.directory_transaction() as session:
            row = (await session.execute(_REVOKE_PLATFORMS, {"id": key_id})).one_or_none()
            if row is None:
                return None
            await record(session, "platform_api_key.revoked", organization=None, subject=str(key_id), name=row.name)
            return _api_key(row)


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.name, Scope(row.scope), row.created_at, row.last_used_at, row.revoked_at)
