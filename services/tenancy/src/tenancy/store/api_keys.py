"""Digests of API keys."""

from uuid import UUID

from sqlalchemy import insert, text

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.errors import OrganizationNotFound
from tenancy.store.tables import api_keys
from tenancy.store.violations import FOREIGN_KEY, meaning

_OWNER_OF = text("SELECT owner_of_api_key(:digest)")


class ApiKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tenant: TenantId, key_id: UUID, name: str, digest: bytes) -> None:
        """Raises OrganizationNotFound."""
        row = {"org_id": tenant, "id": key_id, "name": name, "digest": digest}
        with meaning({FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                await session.execute(insert(api_keys).values(row))

    async def owner_of(self, digest: bytes) -> UUID | None:
        async with self._database.directory_transaction() as session:
            owner: UUID | None = (await session.execute(_OWNER_OF, {"digest": digest})).scalar_one()
            return owner
