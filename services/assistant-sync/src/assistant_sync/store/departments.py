"""Departments in PostgreSQL. Each method is one transaction."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from assistant_sync.domain.departments.department import MOST, Department
from assistant_sync.domain.errors import DepartmentNameTaken, DepartmentNotFound, TooManyDepartments
from assistant_sync.store.tables import departments
from chassis.database.engine import Database
from chassis.tenant import TenantId

# Which is the default one, and how many there are, is decided by one at a time.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


class DepartmentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all_of(self, tenant: TenantId) -> list[Department]:
        query = select(departments).where(departments.c.org_id == tenant).order_by(departments.c.name)
        async with self._database.tenant_transaction(tenant) as session:
            return [_department(row) for row in await session.execute(query)]

    async def get(self, tenant: TenantId, department_id: UUID) -> Department:
        async with self._database.tenant_transaction(tenant) as session:
            return await _found(session, tenant, department_id)

    async def add(self, tenant: TenantId, department: Department) -> Department:
        everyone = select(departments).where(departments.c.org_id == tenant)
        try:
            async with self._database.tenant_transaction(tenant) as session:
                await _lock(session, tenant)
                known = {row.id: row for row in await session.execute(everyone)}
                if department.id in known:
                    return _department(known[department.id])
                if len(known) >= MOST:
                    raise TooManyDepartments
                if department.is_default:
                    await _leave_no_default(session, tenant)
                await session.execute(insert(departments).values(org_id=tenant, **_values(department)))
        except IntegrityError:
            raise DepartmentNameTaken from None
        return department

    async def change(
        self, tenant: TenantId, department_id: UUID, change: Callable[[Department], Department]
    ) -> Department:
        try:
            async with self._database.tenant_transaction(tenant) as session:
                await _lock(session, tenant)
                department = change(await _found(session, tenant, department_id))
                if department.is_default:
                    await _leave_no_default(session, tenant)
                this = _is(tenant, department_id)
                await session.execute(update(departments).where(this).values(_values(department)))
        except IntegrityError:
            raise DepartmentNameTaken from None
        return department

    async def remove(self, tenant: TenantId, department_id: UUID) -> None:
        gone = delete(departments).where(_is(tenant, department_id)).returning(departments.c.id)
        async with self._database.tenant_transaction(tenant) as session:
            if (await session.execute(gone)).scalar_one_or_none() is None:
                raise DepartmentNotFound


async def _lock(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(_LOCK, {"name": f"{tenant}/departments"})


async def _found(session: AsyncSession, tenant: TenantId, department_id: UUID) -> Department:
    row = (await session.execute(select(departments).where(_is(tenant, department_id)))).one_or_none()
    if row is None:
        raise DepartmentNotFound
    return _department(row)


async def _leave_no_default(session: AsyncSession, tenant: TenantId) -> None:
    default = and_(departments.c.org_id == tenant, departments.c.is_default)
    await session.execute(update(departments).where(default).values(is_default=False))


def _is(tenant: TenantId, department_id: UUID) -> ColumnElement[bool]:
    return and_(departments.c.org_id == tenant, departments.c.id == department_id)


def _values(department: Department) -> dict[str, Any]:
    return {
        "id": department.id,
        "name": department.name,
        "name_key": department.key,
        "synonyms": list(department.synonyms),
        "description": department.description,
        "number": department.number or None,
        "sip_uri": department.sip_uri or None,
        "is_default": department.is_default,
        "is_announced": department.is_announced,
        "created_at": department.created_at,
        "updated_at": department.updated_at,
    }


def _department(row: Row[Any]) -> Department:
    return Department(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        synonyms=tuple(row.synonyms),
        description=row.description,
        number=row.number or "",
        sip_uri=row.sip_uri or "",
        is_default=row.is_default,
        is_announced=row.is_announced,
    )
