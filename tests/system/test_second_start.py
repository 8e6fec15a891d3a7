"""A second `switchboard up` on a home finds what its user changed, and leaves it."""

from uuid import uuid4

import httpx

from chassis.tenant import establish, tenant_scope
from switchboard.assistants.v1.agent_service_pb2 import INBOUND, SaveAgentRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import ListPhoneNumbersRequest, MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard_cli.seed import seed
from switchboard_cli.stack.backends import Backends
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Clinic


async def assistant_of(client: httpx.AsyncClient, clinic: Clinic) -> httpx.Response:
    vapi, assistant_id = clinic.stack.vapi, clinic.organization.assistant_id
    return await client.get(f"{vapi.base_url}/assistant/{assistant_id}", headers=bearer(clinic.stack))


def bearer(stack: StackFile) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.vapi.api_key}"}


async def test_seeding_again_leaves_an_edited_agent_as_it_is(
    client: httpx.AsyncClient, stack: StackFile, home: Home, clinics: tuple[Clinic, Clinic]
) -> None:
    clinic = clinics[1]
    edited = SaveAgentRequest(type=INBOUND, name="Front desk", first_message="Front desk, hello.", prompt="Be brief.")
    edited.voice.update({"provider": "vapi", "voiceId": "Paige"})
    async with Backends.of(stack, home.operator_token) as backends:
        with tenant_scope(establish(clinic.organization.id)):
            await backends.assistant_sync.stub(AgentServiceStub).SaveAgent(edited, timeout=10)
    before = (await assistant_of(client, clinic)).json()

    seeded = await seed(stack, home)

    assert seeded == stack.organizations
    after = (await assistant_of(client, clinic)).json()
    assert after["firstMessage"] == "Front desk, hello."
    assert after["voice"]["voiceId"] == "Paige"
    assert after == before


async def test_seeding_again_points_the_assistant_at_where_the_stack_is_now(
    client: httpx.AsyncClient, stack: StackFile, home: Home, clinics: tuple[Clinic, Clinic]
) -> None:
    """The port, or the tunnel, may be another one than at the last start."""
    clinic = clinics[1]
    server = (await assistant_of(client, clinic)).json()["server"]
    url = f"{stack.vapi.base_url}/assistant/{clinic.organization.assistant_id}"
    elsewhere = {"server": server | {"url": "https://elsewhere.example/api/vapi/webhook"}}
    (await client.patch(url, json=elsewhere, headers=bearer(stack))).raise_for_status()

    await seed(stack, home)

    assert (await assistant_of(client, clinic)).json()["server"]["url"] == server["url"]


async def test_seeding_again_leaves_a_mapped_number_as_it_is(
    stack: StackFile, home: Home, clinics: tuple[Clinic, Clinic]
) -> None:
    organization = clinics[1].organization
    edited = MapPhoneNumberRequest(
        number=organization.phone_number, clinic_name="Pier 4", vapi_phone_number_id=str(uuid4())
    )
    async with Backends.of(stack, home.operator_token) as backends:
        numbers = backends.tenancy.stub(PhoneNumberServiceStub)
        with tenant_scope(establish(organization.id)):
            await numbers.MapPhoneNumber(edited, timeout=10)

            await seed(stack, home)

            (found,) = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=10)).phone_numbers
    assert found.clinic_name == edited.clinic_name
    assert found.vapi_phone_number_id == edited.vapi_phone_number_id
