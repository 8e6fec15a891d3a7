"""Whom to put a caller through to, where Vapi itself asks."""

from dataclasses import dataclass

from assistant_sync.domain.departments.find_department import Finding, find_department, mentioned_department
from assistant_sync.domain.ports import Departments
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class FindDestination:
    departments: Departments

    async def __call__(self, tenant: TenantId, department: str, wish: str) -> Finding:
        """The department that is asked for; where none is, the one that the wish mentions, or the default one."""
        known = await self.departments.all_of(tenant)
        return find_department(known, department) if department.strip() else mentioned_department(known, wish)
