"""Changing a department."""

from dataclasses import dataclass, replace
from uuid import UUID

from assistant_sync.domain.departments.department import Changes, Department, changed
from assistant_sync.domain.ports import Departments
from chassis.clock import Clock
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class UpdateDepartment:
    departments: Departments
    clock: Clock

    async def __call__(self, tenant: TenantId, department_id: UUID, changes: Changes) -> Department:
        """What the changes do not name stays.

        Raises DepartmentNotFound, MissingName, MalformedDepartment, DepartmentNameTaken.
        """

        def change(department: Department) -> Department:
            return replace(changed(department, changes), updated_at=self.clock())

        return await self.departments.change(tenant, department_id, change)
