"""Where this deployment is reached, for all of its organizations: the directory's functions alone reach it."""

from typing import Any

from sqlalchemy import TextClause, text

from assistant_sync.domain.addresses import Addresses
from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.rollouts.rollout import TargetKind
from chassis.database.engine import Database
from chassis.tenant import TenantId

_READ = text("SELECT * FROM read_addresses()")
_OF = text("""
    SELECT placed.backend_url, placed.webhook_url, everybodys.former_backend_urls
    FROM addresses_for(:kind, :tenant, :type) placed, read_addresses() everybodys
""")
_CONFIGURE = text("SELECT configure_addresses(:backend, :webhook)")


class AddressStore:
    """As the settings say; what a roll-out has set since they said so stays."""

    def __init__(self, database: Database, configured: Addresses) -> None:
        self._database = database
        self._configured = {"backend": configured.backend_url, "webhook": configured.webhook_url}
        self._is_configured = False

    async def now(self) -> Addresses:
        return await self._one(_READ)

    async def of(self, kind: TargetKind, tenant: TenantId | None, agent_type: AgentType | None) -> Addresses:
        return await self._one(_OF, kind=kind, tenant=tenant, type=agent_type)

    async def _one(self, query: TextClause, **asked: Any) -> Addresses:
        if not self._is_configured:
            await self._database.directory_query(_CONFIGURE, self._configured)
            self._is_configured = True
        (row,) = await self._database.directory_query(query, asked)
        return Addresses(row.backend_url, row.webhook_url, tuple(row.former_backend_urls))
