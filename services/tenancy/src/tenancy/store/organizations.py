"""Organizations across tenants, through the directory's functions alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database.engine import Database
from tenancy.domain.organizations.organization import Changes, Organization, OrganizationStatus
from tenancy.store.audit import record

_COLUMNS = "id, name, timezone, status, rate_limit_per_minute"
_CREATE = text(f"SELECT {_COLUMNS}, created FROM create_organization(:id, :name, :timezone)")  # noqa: S608  # constants
_UPDATE = text(
    f"SELECT {_COLUMNS} FROM update_organization(:id, :name, :timezone, :status, :rate_limit)"  # noqa: S608  # likewise
)
_GET = text(f"SELECT {_COLUMNS} FROM get_organization(:id)")  # noqa: S608  # likewise
_AFTER = text(f"SELECT {_COLUMNS} FROM list_organizations(:after, :size)")  # noqa: S608  # likewise

_STATUS_GIVEN = {
    OrganizationStatus.ACTIVE: "organization.resumed",
    OrganizationStatus.SUSPENDED: "organization.suspended",
}


class OrganizationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, organization_id: UUID, name: str, timezone: str) -> Organization:
        async with self._database.directory_transaction() as session:
            result = await session.execute(_CREATE, {"id": organization_id, "name": name, "timezone": timezone})
            row = result.one()
            if row.created:
                await _record(session, "organization.created", organization_id, name=name, timezone=timezone)
            return _organization(row)

    async def update(self, organization_id: UUID, changes: Changes) -> Organization | None:
        """The organization as it is then; None if there is none."""
        asked = {
            "id": organization_id,
            "name": changes.name,
            "timezone": changes.timezone,
            "status": changes.status,
            "rate_limit": changes.rate_limit_per_minute,
        }
        async with self._database.directory_transaction() as session:
            organizations = [_organization(row) for row in await session.execute(_UPDATE, asked)]
            if not organizations:
                return None
            former, present = organizations
            await _record_changes(session, former, present)
            return present

    async def get(self, organization_id: UUID) -> Organization | None:
        rows = await self._database.directory_query(_GET, {"id": organization_id})
        return _organization(rows[0]) if rows else None

    async def after(self, organization_id: UUID | None, limit: int) -> Sequence[Organization]:
        rows = await self._database.directory_query(_AFTER, {"after": organization_id, "size": limit})
        return [_organization(row) for row in rows]


async def _record_changes(session: AsyncSession, former: Organization, present: Organization) -> None:
    said = {
        name: "default" if value is None else str(value)
        for name in ("name", "timezone", "rate_limit_per_minute")
        if (value := getattr(present, name)) != getattr(former, name)
    }
    if said:
        await _record(session, "organization.updated", present.id, **said)
    if present.status is not former.status:
        await _record(session, _STATUS_GIVEN[present.status], present.id)


async def _record(session: AsyncSession, action: str, organization_id: UUID, **details: str) -> None:
    await record(session, action, organization=organization_id, subject=str(organization_id), **details)


def _organization(row: Row[Any]) -> Organization:
    return Organization(row.id, row.name, row.timezone, OrganizationStatus(row.status), row.rate_limit_per_minute)
