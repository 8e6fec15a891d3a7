"""Creating a department, by an id of the creator's choosing or a new one."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from assistant_sync.domain.departments.department import Changes, Department, changed
from assistant_sync.domain.ports import Departments
from chassis.clock import Clock
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class CreateDepartment:
    departments: Departments
    clock: Clock

    async def __call__(self, tenant: TenantId, department_id: UUID | None, fields: Changes) -> Department:
        """What has that id already stays as it is.

        Raises MissingName, MalformedDepartment, DepartmentNameTaken, TooManyDepartments.
        """
        now = self.clock()
        new = Department(department_id or uuid4(), "", created_at=now, updated_at=now)
        return await self.departments.add(tenant, changed(new, fields))
