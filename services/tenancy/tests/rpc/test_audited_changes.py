"""Everything that an administrator changes of organizations, numbers and assistants is told in the audit log."""

from collections.abc import Callable, Sequence
from uuid import uuid4

import asyncpg
import pytest

from chassis.actor import Actor, actor_scope
from chassis.errors import RemoteError
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.databases import ServiceDatabase
from switchboard.tenancy.v1.organization_service_pb2 import (
    CreateOrganizationRequest,
    Organization,
    UpdateOrganizationRequest,
)
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    MapPhoneNumberRequest,
    MovePhoneNumberRequest,
    ReleasePhoneNumberRequest,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import RegisterAssistantRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub

Told = Callable[[TenantId], Sequence[tuple]]


@pytest.fixture
async def told(service_database: ServiceDatabase):
    """What the log tells of an organization: action, subject, details; oldest first."""
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.set_type_codec("jsonb", encoder=str, decoder=_details, schema="pg_catalog")

    async def entries(organization: TenantId | str) -> list[tuple]:
        rows = await connection.fetch(
            "SELECT action, subject, details FROM tenancy.audit_entries WHERE org_id::text = $1 ORDER BY id",
            str(organization),
        )
        return [tuple(row) for row in rows]

    yield entries
    await connection.close()


def _details(text: str) -> dict:
    import json

    return json.loads(text)


@pytest.fixture
def organizations(client):
    return client.stub(OrganizationServiceStub)


@pytest.fixture
def numbers(client):
    return client.stub(PhoneNumberServiceStub)


CREATED = ("name", "Lakeside Dental"), ("timezone", "America/Chicago")


async def test_an_organizations_life(organizations, told):
    organization = str(uuid4())
    create = CreateOrganizationRequest(organization_id=organization, name="Lakeside Dental", timezone="America/Chicago")
    for _ in range(2):
        await organizations.CreateOrganization(create, timeout=5)
    for change in (
        {"name": "Harbor Clinic", "timezone": "America/Chicago"},
        {"status": Organization.SUSPENDED},
        {"status": Organization.SUSPENDED},
        {"status": Organization.ACTIVE, "timezone": "Europe/Berlin"},
        {"rate_limit_per_minute": 250},
        {"rate_limit_per_minute": 250},
        {"rate_limit_per_minute": 0},
    ):
        await organizations.UpdateOrganization(
            UpdateOrganizationRequest(organization_id=organization, **change), timeout=5
        )
    assert await told(organization) == [
        ("organization.created", organization, dict(CREATED)),
        ("organization.updated", organization, {"name": "Harbor Clinic"}),
        ("organization.suspended", organization, {}),
        ("organization.updated", organization, {"timezone": "Europe/Berlin"}),
        ("organization.resumed", organization, {}),
        ("organization.updated", organization, {"rate_limit_per_minute": "250"}),
        ("organization.updated", organization, {"rate_limit_per_minute": "default"}),
    ]


async def test_a_numbers_life(numbers, told, new_organization, new_number):
    holder, receiver, number, vapi_id = await new_organization(), await new_organization(), new_number(), str(uuid4())
    with tenant_scope(holder):
        for description in ({"vapi_phone_number_id": vapi_id}, {}, {"clinic_name": "Desk"}, {"clinic_name": "Desk"}):
            mapped = await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number, **description), timeout=5)
    with tenant_scope(receiver):
        for _ in range(2):
            move = MovePhoneNumberRequest(number=number, from_organization_id=str(holder), clinic_name="Reception")
            moved = await numbers.MovePhoneNumber(move, timeout=5)
        release = ReleasePhoneNumberRequest(id=moved.phone_number.id)
        await numbers.ReleasePhoneNumber(release, timeout=5)
        with pytest.raises(RemoteError):
            await numbers.ReleasePhoneNumber(release, timeout=5)
    former, present = mapped.phone_number.id, moved.phone_number.id
    assert (await told(holder))[1:] == [
        ("phone_number.mapped", former, {"number": number, "vapi_phone_number_id": vapi_id}),
        ("phone_number.described", former, {"number": number, "clinic_name": "Desk"}),
        ("phone_number.moved", former, {"number": number, "to": str(receiver)}),
    ]
    assert (await told(receiver))[1:] == [
        ("phone_number.moved", present, {"number": number, "from": str(holder), "clinic_name": "Reception"}),
        ("phone_number.released", present, {"number": number}),
    ]


async def test_an_assistant_that_is_registered_once_or_twice(client, told, new_organization):
    tenant, assistant_id = await new_organization(), str(uuid4())
    with tenant_scope(tenant):
        for _ in range(2):
            register = RegisterAssistantRequest(vapi_assistant_id=assistant_id)
            await client.stub(TenancyServiceStub).RegisterAssistant(register, timeout=5)
    assert (await told(tenant))[1:] == [("assistant.registered", assistant_id, {})]


async def test_what_was_refused_is_not_told(numbers, told, new_organization, new_number):
    holder, other, number = await new_organization(), await new_organization(), new_number()
    with tenant_scope(holder):
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number), timeout=5)
    with tenant_scope(other), pytest.raises(RemoteError):
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number), timeout=5)
    with tenant_scope(TenantId(uuid4())), pytest.raises(RemoteError):
        move = MovePhoneNumberRequest(number=number, from_organization_id=str(holder))
        await numbers.MovePhoneNumber(move, timeout=5)
    assert [action for action, *_ in await told(other)] == ["organization.created"]
    assert [action for action, *_ in await told(holder)] == ["organization.created", "phone_number.mapped"]


async def test_who_did_it_is_told_with_the_service_it_was_done_through(
    client_of, service_database: ServiceDatabase, new_organization, new_number
):
    numbers, tenant = client_of("gateway").stub(PhoneNumberServiceStub), await new_organization()
    with tenant_scope(tenant), actor_scope(Actor(name="platform-key:7", caller="ignored")):
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=new_number()), timeout=5)
    connection = await asyncpg.connect(service_database.superuser_url)
    who = await connection.fetchrow(
        "SELECT actor, caller FROM tenancy.audit_entries WHERE org_id = $1 AND action = 'phone_number.mapped'", tenant
    )
    await connection.close()
    assert tuple(who) == ("platform-key:7", "gateway")
