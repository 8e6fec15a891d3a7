"""Departments over gRPC: what staff keep, and what is refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from assistant_sync.app import DOMAIN, add_services
from assistant_sync.domain.departments.department import MOST
from chassis.errors import RemoteError
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.servers import served
from switchboard.assistants.v1 import department_service_pb2 as pb
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub

NOBODY = "00000000-0000-4000-8000-000000000000"
BILLING = {"name": "Billing", "number": "+14155550101"}


class Staff:
    """DepartmentService as one organization's staff use it."""

    def __init__(self, stub: DepartmentServiceStub, tenant: TenantId) -> None:
        self._stub = stub
        self.tenant = tenant

    async def create(self, **fields: Any) -> pb.Department:
        return (await self._ask("CreateDepartment", pb.CreateDepartmentRequest(department=fields))).department

    async def update(self, department_id: str, **fields: Any) -> pb.Department:
        return (await self._ask("UpdateDepartment", pb.UpdateDepartmentRequest(id=department_id, **fields))).department

    async def delete(self, department_id: str) -> None:
        await self._ask("DeleteDepartment", pb.DeleteDepartmentRequest(id=department_id))

    async def get(self, department_id: str) -> pb.Department:
        return (await self._ask("GetDepartment", pb.GetDepartmentRequest(id=department_id))).department

    async def list(self) -> list[pb.Department]:
        return list((await self._ask("ListDepartments", pb.ListDepartmentsRequest())).departments)

    async def destination(self, department: str = "", wish: str = "") -> pb.FindDestinationResponse:
        return await self._ask("FindDestination", pb.FindDestinationRequest(department=department, wish=wish))

    async def _ask(self, method: str, request: Any) -> Any:
        with tenant_scope(self.tenant):
            return await getattr(self._stub, method)(request, timeout=10)


@pytest.fixture
async def stub(service) -> AsyncIterator[DepartmentServiceStub]:
    async with served(partial(add_services, use_cases=service.use_cases), domain=DOMAIN, caller="gateway") as client:
        yield client.stub(DepartmentServiceStub)


@pytest.fixture
def staff(stub: DepartmentServiceStub, tenant: TenantId) -> Staff:
    return Staff(stub, tenant)


@pytest.fixture
def others(stub: DepartmentServiceStub) -> Staff:
    """Another organization's."""
    return Staff(stub, TenantId(uuid4()))


async def test_a_department_is_kept_as_it_was_created(staff):
    made = await staff.create(
        name="  Billing  department ",
        synonyms=["accounts", "invoices", "Accounts"],
        description="Invoices and insurance",
        number="+1 (415) 555-0101",
        default_department=True,
        announced=True,
    )

    assert await staff.get(made.id) == made
    assert (made.name, list(made.synonyms)) == ("Billing department", ["Accounts", "invoices"])
    assert (made.number, made.sip_uri, made.default_department, made.announced) == ("+14155550101", "", True, True)
    assert made.created_at == made.updated_at != pb.Department().created_at


async def test_departments_are_listed_by_name(staff):
    for name in ("Front desk", "Billing"):
        await staff.create(name=name, number="+14155550101")

    assert [one.name for one in await staff.list()] == ["Billing", "Front desk"]


async def test_another_organizations_departments_are_not_there(staff, others):
    made = await staff.create(**BILLING)

    assert await others.list() == []
    for ask in (others.get(made.id), others.update(made.id, name="Ours"), others.delete(made.id)):
        with pytest.raises(RemoteError) as refused:
            await ask
        assert refused.value.reason == "DEPARTMENT_NOT_FOUND"
    assert await staff.get(made.id) == made


async def test_creating_it_again_under_the_same_id_changes_nothing(staff):
    chosen = str(uuid4())
    first = await staff.create(id=chosen, **BILLING)

    assert await staff.create(id=chosen, name="Accounts", number="+14155550199") == first
    assert await staff.list() == [first]


async def test_a_name_is_taken_by_whatever_sounds_the_same(staff, others):
    made = await staff.create(name="Front desk", number="+14155550101")
    other = await staff.create(**BILLING)

    for ask in (staff.create(name="FRONT-DESK", number="+14155550102"), staff.update(other.id, name="front desk")):
        with pytest.raises(RemoteError) as refused:
            await ask
        assert refused.value.reason == "DEPARTMENT_NAME_TAKEN"
    assert (await staff.update(made.id, name="Front Desk")).name == "Front Desk"
    assert (await others.create(name="front desk", number="+14155550101")).name == "front desk"


async def test_what_a_change_does_not_name_stays(staff, clock):
    made = await staff.create(synonyms=["accounts"], description="Invoices", default_department=True, **BILLING)
    clock.move(timedelta(minutes=1))

    changed = await staff.update(made.id, name="Accounting")

    assert changed.updated_at.ToDatetime() > made.updated_at.ToDatetime()
    made.name = "Accounting"
    made.updated_at.CopyFrom(changed.updated_at)
    assert changed == await staff.get(made.id) == made


async def test_a_number_and_a_sip_uri_take_each_others_place(staff):
    made = await staff.create(**BILLING)

    by_sip = await staff.update(made.id, sip_uri="sip:billing@voice.example.com")
    by_number = await staff.update(made.id, number="+14155550103")

    assert (by_sip.number, by_sip.sip_uri) == ("", "sip:billing@voice.example.com")
    assert (by_number.number, by_number.sip_uri) == ("+14155550103", "")


async def test_synonyms_can_be_taken_away(staff):
    made = await staff.create(synonyms=["accounts"], **BILLING)

    assert not (await staff.update(made.id, synonyms=pb.UpdateDepartmentRequest.Synonyms())).synonyms


async def test_a_new_default_department_takes_the_place_of_the_other(staff):
    first = await staff.create(name="Front desk", number="+14155550101", default_department=True)
    second = await staff.create(**BILLING, default_department=True)
    assert {one.id: one.default_department for one in await staff.list()} == {first.id: False, second.id: True}

    await staff.update(first.id, default_department=True)

    assert {one.id: one.default_department for one in await staff.list()} == {first.id: True, second.id: False}


async def test_what_is_deleted_is_gone(staff):
    made = await staff.create(**BILLING)

    await staff.delete(made.id)

    assert await staff.list() == []
    with pytest.raises(RemoteError) as refused:
        await staff.delete(made.id)
    assert refused.value.reason == "DEPARTMENT_NOT_FOUND"


async def test_there_is_an_end_to_departments(staff):
    for number in range(MOST):
        await staff.create(name=f"Department {number}", number="+14155550101")

    with pytest.raises(RemoteError) as refused:
        await staff.create(name="One more", number="+14155550101")

    assert refused.value.reason == "TOO_MANY_DEPARTMENTS"


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"number": "+14155550101"}, "MISSING_NAME", None),
        ({"name": "?!", "number": "+14155550101"}, "MISSING_NAME", None),
        ({"name": "B" * 61, "number": "+14155550101"}, "MALFORMED_DEPARTMENT", "name"),
        ({"name": "Bill\0ing", "number": "+14155550101"}, "MALFORMED_DEPARTMENT", "name"),
        ({"name": "Billing"}, "MALFORMED_DEPARTMENT", "number"),
        ({"name": "Billing", "number": "911"}, "MALFORMED_DEPARTMENT", "number"),
        ({"name": "Billing", "number": "+1415555010x"}, "MALFORMED_DEPARTMENT", "number"),
        ({"name": "Billing", "sip_uri": "https://voice.example"}, "MALFORMED_DEPARTMENT", "sip_uri"),
        ({"name": "Billing", "sip_uri": "sip:a@b c"}, "MALFORMED_DEPARTMENT", "sip_uri"),
        ({"name": "Billing", "number": "+14155550101", "sip_uri": "sip:a@b.example"}, "MALFORMED_DEPARTMENT", "number"),
        ({"name": "Billing", "number": "+14155550101", "synonyms": [""]}, "MALFORMED_DEPARTMENT", "synonyms"),
        (
            {"name": "Billing", "number": "+14155550101", "description": "x" * 501},
            "MALFORMED_DEPARTMENT",
            "description",
        ),
        ({"name": "Billing", "number": "+14155550101", "id": "seven"}, "MALFORMED_ID", "id"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(staff, fields, reason, field):
    with pytest.raises(RemoteError) as refused:
        await staff.create(**fields)

    assert refused.value.reason == reason
    assert refused.value.metadata.get("field") == field
    assert await staff.list() == []


async def test_an_update_that_leaves_neither_number_nor_uri_is_refused(staff):
    made = await staff.create(**BILLING)

    with pytest.raises(RemoteError) as refused:
        await staff.update(made.id, number="")

    assert refused.value.metadata["field"] == "number"
    assert await staff.get(made.id) == made


async def test_a_request_for_somebody_is_answered_with_the_department_and_what_the_caller_hears(staff):
    await staff.create(name="Front desk", number="+14155550100", default_department=True)
    billing = await staff.create(synonyms=["accounts"], **BILLING)

    named = await staff.destination("the accounts team")
    mentioned = await staff.destination(wish="a billing question")
    unnamed = await staff.destination()

    assert (named.department, named.caller_hears) == (billing, "I'm putting you through to Billing.")
    assert mentioned.department == billing
    assert unnamed.department.name == "Front desk"


async def test_a_request_for_nobody_known_is_answered_with_words_alone(staff):
    for department in ("billing", ""):
        found = await staff.destination(department)
        assert not found.HasField("department")
        assert found.caller_hears == "I'm sorry, I cannot put you through at the moment."
