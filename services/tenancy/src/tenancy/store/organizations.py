"""Organizations across tenants, through the directory's functions alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database.engine import Database
from tenancy.domain.organizations import Organization, OrganizationStatus

_COLUMNS = "id, name, timezone, status"
_CREATE = text(f"SELECT {_COLUMNS} FROM create_organization(:id, :name, :timezone)")  # noqa: S608  # constants
_GET = text(f"SELECT {_COLUMNS} FROM get_organization(:id)")  # noqa: S608  # likewise
_AFTER = text(f"SELECT {_COLUMNS} FROM list_organizations(:after, :size)")  # noqa: S608  # likewise


class OrganizationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, organization_id: UUID, name: str, timezone: str) -> Organization:
        async with self._database.directory_transaction() as session:
            result = await session.execute(_CREATE, {"id": organization_id, "name": name, "timezone": timezone})
            return _organization(result.one())

    async def get(self, organization_id: UUID) -> Organization | None:
        async with self._database.directory_transaction() as session:
            row = (await session.execute(_GET, {"id": organization_id})).one_or_none()
            return None if row is None else _organization(row)

    async def after(self, organization_id: UUID | None, limit: int) -> Sequence[Organization]:
        async with self._database.directory_transaction() as session:
            result = await session.execute(_AFTER, {"after": organization_id, "size": limit})
            return [_organization(row) for row in result]


def _organization(row: Row[Any]) -> Organization:
    return Organization(row.id, row.name, row.timezone, OrganizationStatus(row.status))
