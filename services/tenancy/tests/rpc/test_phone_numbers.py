from uuid import uuid4

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersRequest,
    MapPhoneNumberRequest,
    MovePhoneNumberRequest,
    PhoneNumber,
    ReleasePhoneNumberRequest,
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


async def test_without_an_organization_nothing_is_mapped_listed_released_or_moved(numbers, new_number):
    for ask in (
        lambda: numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5),
        lambda: numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5),
        lambda: numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=str(uuid4())), timeout=5),
        lambda: numbers.MovePhoneNumber(
            MovePhoneNumberRequest(number=new_number(), from_organization_id=str(uuid4())), timeout=5
        ),
    ):
        with pytest.raises(RemoteError) as refusal:
            await ask()
        assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


async def test_a_number_moves_between_organizations_and_both_remember(numbers, new_organization, new_number):
    holder, receiver, number = await new_organization(), await new_organization(), new_number()
    with tenant_scope(holder):
        mapped = (await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number), timeout=5)).phone_number
    spelled = f"{number[:2]} ({number[2:5]}) {number[5:]}"
    move = MovePhoneNumberRequest(number=spelled, from_organization_id=str(holder), clinic_name=" Front\ndesk ")
    with tenant_scope(receiver):
        moved = (await numbers.MovePhoneNumber(move, timeout=5)).phone_number
    with tenant_scope(holder):
        present = await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)
        former = await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(with_former=True), timeout=5)
    assert (moved.number, moved.clinic_name, moved.HasField("held_until")) == (number, "Front desk", False)
    assert list(present.phone_numbers) == []
    assert [(one.id, one.HasField("held_from")) for one in former.phone_numbers] == [(mapped.id, False)]
    assert former.phone_numbers[0].held_until == moved.held_from


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"number": "front desk"}, Kind.INVALID, "MALFORMED_PHONE_NUMBER"),
        ({"vapi_phone_number_id": "front desk"}, Kind.INVALID, "MALFORMED_PHONE_NUMBER_ID"),
        ({"from_organization_id": "harbor"}, Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
        ({"from_organization_id": ""}, Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
        ({"from_organization_id": "6f7e6735-ca62-42d6-af42-05665772bb2e"}, Kind.NOT_FOUND, "PHONE_NUMBER_NOT_FOUND"),
        ({"number": "+19995550100"}, Kind.NOT_FOUND, "PHONE_NUMBER_NOT_FOUND"),
    ],
)
async def test_a_move_that_cannot_be_is_refused_and_moves_nothing(
    numbers, new_organization, new_number, change, kind, reason
):
    holder, number = await new_organization(), new_number()
    with tenant_scope(holder):
        mapped = (await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number), timeout=5)).phone_number
    said = {"number": number, "from_organization_id": str(holder)} | change
    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refusal:
        await numbers.MovePhoneNumber(MovePhoneNumberRequest(**said), timeout=5)
    assert (refusal.value.kind, refusal.value.reason, refusal.value.metadata) == (kind, reason, {})
    with tenant_scope(holder):
        held = await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)
    assert list(held.phone_numbers) == [mapped]


async def test_a_released_number_is_free_for_anybody_from_then_on(numbers, new_organization, new_number):
    request = MapPhoneNumberRequest(number=new_number())
    with tenant_scope(await new_organization()):
        mapped = (await numbers.MapPhoneNumber(request, timeout=5)).phone_number
        released = await numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=mapped.id), timeout=5)
    with tenant_scope(await new_organization()):
        again = (await numbers.MapPhoneNumber(request, timeout=5)).phone_number
    assert again.held_from.ToMicroseconds() > released.phone_number.held_until.ToMicroseconds()


@pytest.mark.parametrize("number_id", ["", "front desk", "6f7e6735-ca62-42d6-af42-05665772bb2e", None])
async def test_what_an_organization_does_not_hold_it_cannot_release(numbers, new_organization, new_number, number_id):
    """None stands for the id of another organization's number."""
    holder, other = await new_organization(), await new_organization()
    with tenant_scope(holder):
        mapped = (await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5)).phone_number
    asked = mapped.id if number_id is None else number_id
    with tenant_scope(other), pytest.raises(RemoteError) as refusal:
        await numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=asked), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "PHONE_NUMBER_NOT_FOUND")
    with tenant_scope(holder):
        assert list((await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)).phone_numbers) == [mapped]


async def test_pages_lead_through_every_number_and_without_a_size_there_is_but_one(
    numbers, new_organization, new_number
):
    with tenant_scope(await new_organization()):
        mapped = [
            (await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5)).phone_number
            for _ in range(5)
        ]
        sizes, seen, token = [], [], ""
        while not sizes or token:
            page = await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(page_size=2, page_token=token), timeout=5)
            sizes.append(len(page.phone_numbers))
            seen += page.phone_numbers
            token = page.next_page_token
        all_of_them = await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)
    assert (sizes, seen) == ([2, 2, 1], mapped)
    assert (list(all_of_them.phone_numbers), all_of_them.next_page_token) == (mapped, "")


async def test_a_page_token_that_is_not_ours_is_refused(numbers, new_organization):
    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refusal:
        await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(page_token="next"), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_PAGE_TOKEN")


@pytest.mark.parametrize("caller", ["booking", "tenancy"])
@pytest.mark.parametrize(
    ("rpc", "request_class"),
    [
        ("MapPhoneNumber", MapPhoneNumberRequest),
        ("MovePhoneNumber", MovePhoneNumberRequest),
        ("ReleasePhoneNumber", ReleasePhoneNumberRequest),
    ],
)
async def test_other_services_change_no_number(client_of, new_organization, caller, rpc, request_class):
    stub = client_of(caller).stub(PhoneNumberServiceStub)
    with tenant_scope(await new_organization()), pytest.raises(RemoteError) as refusal:
        await getattr(stub, rpc)(request_class(), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")
