from uuid import UUID, uuid4

import pytest

from chassis.errors import Kind, RemoteError
from switchboard.tenancy.v1.organization_service_pb2 import (
    CreateOrganizationRequest,
    GetOrganizationRequest,
    ListOrganizationsRequest,
    Organization,
    UpdateOrganizationRequest,
)
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from tenancy.domain.text import LONGEST_LABEL


@pytest.fixture
def organizations(client):
    return client.stub(OrganizationServiceStub)


def wanted(**changes: str) -> CreateOrganizationRequest:
    wish = {"name": "Lakeside Dental", "timezone": "America/Chicago"} | changes
    return CreateOrganizationRequest(**wish)


async def test_an_organization_that_was_created_can_be_got(organizations):
    created = (await organizations.CreateOrganization(wanted(), timeout=5)).organization
    got = await organizations.GetOrganization(GetOrganizationRequest(organization_id=created.id), timeout=5)
    assert got.organization == created
    assert (created.name, created.timezone) == ("Lakeside Dental", "America/Chicago")
    assert (created.status, str(UUID(created.id))) == (Organization.ACTIVE, created.id)


async def test_creating_under_an_id_again_answers_what_exists_unchanged(organizations):
    chosen = str(uuid4())
    first = await organizations.CreateOrganization(wanted(organization_id=chosen), timeout=5)
    again = await organizations.CreateOrganization(wanted(organization_id=chosen, name="Another"), timeout=5)
    assert first.organization.id == chosen
    assert again == first


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"organization_id": "lakeside"}, "MALFORMED_ORGANIZATION_ID"),
        ({"name": " \x00\n"}, "MISSING_NAME"),
        ({"timezone": ""}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "Mars/Olympus"}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "../../etc/passwd"}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "localtime"}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "posixrules"}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "Factory"}, "UNKNOWN_TIMEZONE"),
        ({"timezone": "x" * 100_000}, "UNKNOWN_TIMEZONE"),
    ],
)
async def test_what_cannot_be_an_organization_is_refused_with_its_reason(organizations, changes, reason):
    with pytest.raises(RemoteError) as refusal:
        await organizations.CreateOrganization(wanted(**changes), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, reason)


async def test_an_unknown_timezone_is_told_back(organizations):
    with pytest.raises(RemoteError) as refusal:
        await organizations.CreateOrganization(wanted(timezone="Mars/Olympus"), timeout=5)
    assert refusal.value.metadata == {"timezone": "Mars/Olympus"}


async def test_no_more_of_an_unknown_timezone_is_told_back_than_a_name_is_long(organizations):
    with pytest.raises(RemoteError) as refusal:
        await organizations.CreateOrganization(wanted(timezone="x" * 100_000), timeout=5)
    assert refusal.value.metadata == {"timezone": "x" * LONGEST_LABEL}


@pytest.mark.parametrize(
    ("organization_id", "kind", "reason"),
    [
        ("6f7e6735-ca62-42d6-af42-05665772bb2e", Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND"),
        ("lakeside", Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
        ("", Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
    ],
)
async def test_an_id_that_leads_nowhere_says_why(organizations, organization_id, kind, reason):
    with pytest.raises(RemoteError) as refusal:
        await organizations.GetOrganization(GetOrganizationRequest(organization_id=organization_id), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (kind, reason)


async def test_pages_lead_through_every_organization_once_in_the_order_of_ids(organizations):
    created = {(await organizations.CreateOrganization(wanted(), timeout=5)).organization.id for _ in range(5)}
    seen: list[str] = []
    token = ""
    while True:
        page = await organizations.ListOrganizations(ListOrganizationsRequest(page_size=2, page_token=token), timeout=5)
        assert len(page.organizations) <= 2
        seen += [organization.id for organization in page.organizations]
        if not (token := page.next_page_token):
            break
    assert seen == sorted(set(seen))
    assert created <= set(seen)


async def test_a_page_holds_fifty_unless_asked_and_two_hundred_at_most(organizations):
    for _ in range(201):
        await organizations.CreateOrganization(wanted(), timeout=5)
    sizes = [
        len((await organizations.ListOrganizations(ListOrganizationsRequest(page_size=size), timeout=5)).organizations)
        for size in (0, -1, 200, 100_000)
    ]
    assert sizes == [50, 50, 200, 200]


@pytest.mark.parametrize("token", ["next", "AAAA", "é", "=" * 24, "\x00", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
async def test_a_page_token_that_is_not_ours_is_refused(organizations, token):
    with pytest.raises(RemoteError) as refusal:
        await organizations.ListOrganizations(ListOrganizationsRequest(page_token=token), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_PAGE_TOKEN")


@pytest.fixture
async def lakeside(organizations) -> Organization:
    return (await organizations.CreateOrganization(wanted(), timeout=5)).organization


def changed(organization: Organization, **changes: object) -> Organization:
    other = Organization()
    other.CopyFrom(organization)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"name": " Harbor\nClinic "}, {"name": "Harbor Clinic"}),
        ({"timezone": "Europe/Berlin"}, {"timezone": "Europe/Berlin"}),
        ({"status": Organization.SUSPENDED}, {"status": Organization.SUSPENDED}),
        ({"status": Organization.STATUS_UNSPECIFIED}, {}),
    ],
)
async def test_an_update_changes_what_the_request_holds_and_nothing_else(organizations, lakeside, changes, expected):
    update = UpdateOrganizationRequest(organization_id=lakeside.id, **changes)
    updated = (await organizations.UpdateOrganization(update, timeout=5)).organization
    got = await organizations.GetOrganization(GetOrganizationRequest(organization_id=lakeside.id), timeout=5)
    assert updated == got.organization == changed(lakeside, **expected)


async def test_a_suspended_organization_is_made_active_again_with_all_it_had(organizations, lakeside):
    for status in (Organization.SUSPENDED, Organization.ACTIVE):
        update = UpdateOrganizationRequest(organization_id=lakeside.id, status=status)
        updated = (await organizations.UpdateOrganization(update, timeout=5)).organization
        assert updated == changed(lakeside, status=status)


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"organization_id": "6f7e6735-ca62-42d6-af42-05665772bb2e"}, Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND"),
        ({"organization_id": "lakeside"}, Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
        ({"organization_id": ""}, Kind.INVALID, "MALFORMED_ORGANIZATION_ID"),
        ({"name": ""}, Kind.INVALID, "MISSING_NAME"),
        ({"name": " \x00\n"}, Kind.INVALID, "MISSING_NAME"),
        ({"timezone": ""}, Kind.INVALID, "UNKNOWN_TIMEZONE"),
        ({"timezone": "Mars/Olympus"}, Kind.INVALID, "UNKNOWN_TIMEZONE"),
    ],
)
async def test_an_update_that_cannot_be_is_refused_and_changes_nothing(organizations, lakeside, changes, kind, reason):
    said = {"organization_id": lakeside.id, "status": Organization.SUSPENDED} | changes
    with pytest.raises(RemoteError) as refusal:
        await organizations.UpdateOrganization(UpdateOrganizationRequest(**said), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (kind, reason)
    got = await organizations.GetOrganization(GetOrganizationRequest(organization_id=lakeside.id), timeout=5)
    assert got.organization == lakeside


@pytest.mark.parametrize("rpc", ["CreateOrganization", "UpdateOrganization"])
async def test_other_services_administer_no_organizations(client_of, rpc):
    requests = {"CreateOrganization": wanted(), "UpdateOrganization": UpdateOrganizationRequest()}
    stub = client_of("booking").stub(OrganizationServiceStub)
    with pytest.raises(RemoteError) as refusal:
        await getattr(stub, rpc)(requests[rpc], timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")
