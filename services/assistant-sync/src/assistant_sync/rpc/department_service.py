"""DepartmentService: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass

from assistant_sync.domain.departments.create_department import CreateDepartment
from assistant_sync.domain.departments.update_department import UpdateDepartment
from assistant_sync.domain.live_call.find_destination import FindDestination
from assistant_sync.domain.ports import Departments
from assistant_sync.rpc import deeds
from assistant_sync.rpc.convert import department as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.assistants.v1 import department_service_pb2 as pb
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceServicer


@dataclass(frozen=True, slots=True)
class DepartmentServicer(DepartmentServiceServicer):
    departments: Departments
    create: CreateDepartment
    update: UpdateDepartment
    find_destination: FindDestination

    async def CreateDepartment(
        self, request: pb.CreateDepartmentRequest, context: Context
    ) -> pb.CreateDepartmentResponse:
        new = request.department
        made = await self.create(current_tenant(), convert.chosen_id(new), convert.fields(new))
        deeds.note("department.created", made.id)
        return pb.CreateDepartmentResponse(department=convert.department(made))

    async def UpdateDepartment(
        self, request: pb.UpdateDepartmentRequest, context: Context
    ) -> pb.UpdateDepartmentResponse:
        department_id = convert.department_id(request.id)
        changed = await self.update(current_tenant(), department_id, convert.changes(request))
        deeds.note("department.changed", changed.id)
        return pb.UpdateDepartmentResponse(department=convert.department(changed))

    async def DeleteDepartment(
        self, request: pb.DeleteDepartmentRequest, context: Context
    ) -> pb.DeleteDepartmentResponse:
        department_id = convert.department_id(request.id)
        await self.departments.remove(current_tenant(), department_id)
        deeds.note("department.deleted", department_id)
        return pb.DeleteDepartmentResponse()

    async def GetDepartment(self, request: pb.GetDepartmentRequest, context: Context) -> pb.GetDepartmentResponse:
        found = await self.departments.get(current_tenant(), convert.department_id(request.id))
        return pb.GetDepartmentResponse(department=convert.department(found))

    async def ListDepartments(self, request: pb.ListDepartmentsRequest, context: Context) -> pb.ListDepartmentsResponse:
        found = await self.departments.all_of(current_tenant())
        return pb.ListDepartmentsResponse(departments=map(convert.department, found))

    async def FindDestination(self, request: pb.FindDestinationRequest, context: Context) -> pb.FindDestinationResponse:
        return convert.destination(await self.find_destination(current_tenant(), request.department, request.wish))
