from uuid import uuid4

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersRequest,
    MapPhoneNumberRequest,
    PhoneNumber,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub


@pytest.fixture
def numbers(client):
    return client.stub(PhoneNumberServiceStub)


async def test_a_mapped_number_is_answered_and_listed_in_e164(numbers, new_organization, new_number):
    number, vapi_id = new_number(), str(uuid4())
    spelled = f"{number[:2]} ({number[2:5]}) {number[5:8]}-{number[8:]}"
    request = MapPhoneNumberRequest(number=spelled, clinic_name=" Front\ndesk ", vapi_phone_number_id=vapi_id)
    with tenant_scope(await new_organization()):
        mapped = (await numbers.MapPhoneNumber(request, timeout=5)).phone_number
        listed = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)).phone_numbers
    assert (mapped.number, mapped.clinic_name, mapped.vapi_phone_number_id) == (number, "Front desk", vapi_id)
    assert list(listed) == [mapped]


async def test_a_number_without_vapis_id_has_an_empty_one(numbers, new_organization, new_number):
    with tenant_scope(await new_organization()):
        mapped = await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5)
    assert mapped.phone_number.vapi_phone_number_id == ""


@pytest.mark.parametrize(
    ("again", "changed"),
    [
        ({}, {}),
        ({"clinic_name": "Reception"}, {"clinic_name": "Reception"}),
        ({"clinic_name": ""}, {"clinic_name": ""}),
        ({"vapi_phone_number_id": ""}, {"vapi_phone_number_id": ""}),
    ],
)
async def test_mapping_a_number_again_changes_only_what_the_request_holds(
    numbers, new_organization, new_number, again, changed
):
    first = {"number": new_number(), "clinic_name": "Front desk", "vapi_phone_number_id": str(uuid4())}
    with tenant_scope(await new_organization()):
        before = (await numbers.MapPhoneNumber(MapPhoneNumberRequest(**first), timeout=5)).phone_number
        request = MapPhoneNumberRequest(number=first["number"], **again)
        after = (await numbers.MapPhoneNumber(request, timeout=5)).phone_number
    assert after == PhoneNumber(id=before.id, **first | changed)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "front desk"}, "MALFORMED_PHONE_NUMBER"),
        ({"number": ""}, "MALFORMED_PHONE_NUMBER"),
        ({"vapi_phone_number_id": "front desk"}, "MALFORMED_PHONE_NUMBER_ID"),
    ],
)
async def test_what_is_no_number_or_no_id_of_one_is_refused(numbers, new_organization, new_number, change, reason):
    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refusal:
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(**{"number": new_number()} | change), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, reason)


async def test_another_organizations_number_is_taken_and_its_owner_is_not_named(numbers, new_organization, new_number):
    request = MapPhoneNumberRequest(number=new_number(), clinic_name="Harbor Clinic")
    with tenant_scope(await new_organization()):
        await numbers.MapPhoneNumber(request, timeout=5)
    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refusal:
        await numbers.MapPhoneNumber(request, timeout=5)
    taken = refusal.value
    assert (taken.kind, taken.reason, taken.metadata) == (Kind.CONFLICT, "PHONE_NUMBER_TAKEN", {})


async def test_an_organization_that_does_not_exist_gets_no_number(numbers, new_number):
    with tenant_scope(TenantId(uuid4())), pytest.raises(RemoteError) as refusal:
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")


async def test_without_an_organization_nothing_is_mapped_or_listed(numbers, new_number):
    for ask in (
        lambda: numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5),
        lambda: numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5),
    ):
        with pytest.raises(RemoteError) as refusal:
            await ask()
        assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")
