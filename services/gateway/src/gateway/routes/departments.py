"""`/api/departments`: whom an organization's callers can be put through to."""

from typing import ClassVar

from msgspec import UNSET, Struct, UnsetType

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.routes.listing import page_in_order, rfc3339
from switchboard.assistants.v1.department_service_pb2 import (
    CreateDepartmentRequest,
    DeleteDepartmentRequest,
    Department,
    GetDepartmentRequest,
    ListDepartmentsRequest,
    UpdateDepartmentRequest,
)
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub

_FIELDS = (
    '"number"?: E.164, "sip_uri"?: instead of a number, "synonyms"?: [what callers call it], "description"?: text,'
    ' "default_department"?: true or false, "announced"?: true or false'
)


class NewDepartment(Body):
    form: ClassVar[str] = f'{{"name": text, {_FIELDS}, "id"?: a UUID of your choosing}}; with a number or a SIP URI'
    example: ClassVar = {"name": "Billing", "number": "+14155550101", "synonyms": ["accounts", "invoices"]}

    name: str
    number: str = ""
    sip_uri: str = ""
    synonyms: tuple[str, ...] = ()
    description: str = ""
    default_department: bool = False
    announced: bool = False
    id: str = ""


class ChangedDepartment(Body):
    form: ClassVar[str] = f'{{"name"?: text, {_FIELDS}}}'
    example: ClassVar = {"number": "+14155550102"}

    name: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    sip_uri: str | UnsetType = UNSET
    synonyms: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    default_department: bool | UnsetType = UNSET
    announced: bool | UnsetType = UNSET


class DepartmentItem(Struct):
    id: Uuid
    name: str
    number: str | None
    sip_uri: str | None
    synonyms: list[str]
    description: str | None
    default_department: bool
    announced: bool
    created_at: Rfc3339
    updated_at: Rfc3339


class DepartmentRoutes:
    def __init__(self, assistant_sync: RpcClient) -> None:
        self._departments = assistant_sync.stub(DepartmentServiceStub)

    def resources(self) -> list[Resource]:
        malformed = {400: ("MALFORMED_ID", "MISSING_NAME", "MALFORMED_DEPARTMENT")}
        of_one = {404: ("DEPARTMENT_NOT_FOUND",)}
        return [
            resource(
                "/api/departments",
                GET=operation(self.list, "List departments by their names"),
                POST=operation(
                    self.create,
                    "Add a department",
                    problems={**malformed, 409: ("DEPARTMENT_NAME_TAKEN", "TOO_MANY_DEPARTMENTS")},
                ),
            ),
            resource(
                "/api/departments/{id}",
                GET=operation(self.get, "Read a department", problems=of_one),
                PATCH=operation(
                    self.update,
                    "Change a department",
                    problems={**malformed, **of_one, 409: ("DEPARTMENT_NAME_TAKEN",)},
                ),
                DELETE=operation(self.delete, "Delete a department", problems=of_one),
            ),
        ]

    async def list(self, paging: Paging) -> Page[DepartmentItem]:
        found = await self._departments.ListDepartments(ListDepartmentsRequest())
        return page_in_order(paging, map(_item, found.departments), lambda item: (item.name, item.id))

    async def create(self, new: NewDepartment) -> Created[DepartmentItem]:
        made = await self._departments.CreateDepartment(CreateDepartmentRequest(department=_department(new)))
        return Created(_item(made.department))

    async def get(self, wanted: Named) -> DepartmentItem:
        return _item((await self._departments.GetDepartment(GetDepartmentRequest(id=wanted.id))).department)

    async def update(self, department: Named, changed: ChangedDepartment) -> DepartmentItem:
        """A number takes the place of a SIP URI, and the other way round."""
        return _item((await self._departments.UpdateDepartment(_update(department.id, changed))).department)

    async def delete(self, department: Named) -> None:
        await self._departments.DeleteDepartment(DeleteDepartmentRequest(id=department.id))


def _department(new: NewDepartment) -> Department:
    return Department(
        id=new.id,
        name=new.name,
        number=new.number,
        sip_uri=new.sip_uri,
        synonyms=new.synonyms,
        description=new.description,
        default_department=new.default_department,
        announced=new.announced,
    )


def _update(department_id: str, changed: ChangedDepartment) -> UpdateDepartmentRequest:
    update = UpdateDepartmentRequest(
        id=department_id,
        name=given(changed.name),
        number=given(changed.number),
        sip_uri=given(changed.sip_uri),
        description=given(changed.description),
        default_department=given(changed.default_department),
        announced=given(changed.announced),
    )
    # An empty list that is given empties; one that is not leaves things as they are.
    if not isinstance(changed.synonyms, UnsetType):
        update.synonyms.CopyFrom(UpdateDepartmentRequest.Synonyms(synonyms=changed.synonyms))
    return update


def _item(department: Department) -> DepartmentItem:
    return DepartmentItem(
        id=department.id,
        name=department.name,
        number=department.number or None,
        sip_uri=department.sip_uri or None,
        synonyms=list(department.synonyms),
        description=department.description or None,
        default_department=department.default_department,
        announced=department.announced,
        created_at=rfc3339(department.created_at),
        updated_at=rfc3339(department.updated_at),
    )
