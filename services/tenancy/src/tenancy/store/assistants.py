"""Which assistant in Vapi is whose."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.errors import AssistantTaken, OrganizationNotFound
from tenancy.store.audit import record
from tenancy.store.tables import registered_assistants
from tenancy.store.violations import FOREIGN_KEY, meaning


class AssistantStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, tenant: TenantId, assistant_id: UUID) -> None:
        """Raises AssistantTaken, OrganizationNotFound."""
        register = (
            insert(registered_assistants)
            .values(org_id=tenant, vapi_assistant_id=assistant_id)
            .on_conflict_do_nothing()
            .returning(registered_assistants.c.vapi_assistant_id)
        )
        own = select(registered_assistants.c.vapi_assistant_id).where(
            registered_assistants.c.org_id == tenant, registered_assistants.c.vapi_assistant_id == assistant_id
        )
        with meaning({FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                if (await session.execute(register)).one_or_none() is not None:
                    await record(session, "assistant.registered", organization=tenant, subject=str(assistant_id))
                # A row that conflicts and is not the organization's own is another's.
                elif (await session.execute(own)).one_or_none() is None:
                    raise AssistantTaken
