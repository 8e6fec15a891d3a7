"""Which assistant answers the telephone, told while it rings."""

from typing import Any

import pytest

from assistant_sync.domain.agents import find_inbound_assistant
from chassis.errors import Kind, RemoteError
from chassis.tenant import tenant_scope
from switchboard.assistants.v1 import agent_service_pb2 as pb
from switchboard.tenancy.v1.organization_service_pb2 import Organization

ONE = "/assistant/{id}"


async def inbound_of(client: Any) -> pb.GetInboundAssistantResponse:
    with tenant_scope(client.tenant):
        return await client.stub.GetInboundAssistant(pb.GetInboundAssistantRequest(), timeout=5)


async def test_the_inbound_agents_assistant_answers_and_speaks_for_the_clinic(service):
    await service.save(type=pb.OUTBOUND, name="Caller")
    saved = await service.save(name="Reception")
    found = await inbound_of(service)
    assert found.vapi_assistant_id == saved.vapi_assistant_id
    assert (found.clinic.name, found.clinic.timezone) == ("Lakeside Dental", "America/New_York")


async def test_vapi_is_not_asked(service, vapi):
    await service.save(name="Reception")
    vapi.sent.clear()
    await inbound_of(service)
    assert vapi.sent == []


async def test_without_an_inbound_agent_nobody_answers(service):
    await service.save(type=pb.OUTBOUND, name="Caller")
    with pytest.raises(RemoteError) as missing:
        await inbound_of(service)
    assert (missing.value.kind, missing.value.reason) == (Kind.NOT_FOUND, "AGENT_NOT_FOUND")


async def test_another_organizations_assistant_answers_nobody_here(service, stranger):
    await service.save(name="Reception")
    with pytest.raises(RemoteError) as missing:
        await inbound_of(stranger)
    assert missing.value.reason == "AGENT_NOT_FOUND"


async def test_an_agent_that_vapi_does_not_have_yet_has_no_assistant(service, vapi):
    vapi.fail("POST", "/assistant", 429, times=100)
    await service.save(name="Reception")
    assert (await inbound_of(service)).vapi_assistant_id == ""


async def test_an_assistant_that_waits_for_a_change_answers_meanwhile(service, vapi):
    saved = await service.save(name="Reception")
    vapi.fail("PATCH", ONE, 503, times=100)
    await service.save(prompt="Be kind")
    assert (await inbound_of(service)).vapi_assistant_id == saved.vapi_assistant_id


async def test_an_assistant_that_was_deleted_in_vapi_answers_nobody(service, vapi):
    saved = await service.save(name="Reception")
    vapi.simulator.store.delete("assistant", saved.vapi_assistant_id)
    await service.save(prompt="Be kind")
    assert (await service.get()).pending_reason == pb.Agent.ASSISTANT_MISSING
    assert (await inbound_of(service)).vapi_assistant_id == ""


async def test_an_assistant_that_is_registered_to_somebody_else_answers_nobody(service, tenancy):
    tenancy.refusal = RemoteError(Kind.CONFLICT, "ASSISTANT_TAKEN")
    await service.save(name="Reception")
    assert (await service.get()).pending_reason == pb.Agent.ASSISTANT_TAKEN
    assert (await inbound_of(service)).vapi_assistant_id == ""


async def test_the_assistant_answers_while_tenancy_is_away(service, tenancy):
    saved = await service.save(name="Reception")
    tenancy.organization = Organization()
    found = await inbound_of(service)
    assert (found.vapi_assistant_id, found.HasField("clinic")) == (saved.vapi_assistant_id, False)


async def test_the_clinics_name_is_not_waited_for_long(service, tenancy, monkeypatch):
    saved = await service.save(name="Reception")
    monkeypatch.setattr(find_inbound_assistant, "CLINIC_SECONDS", 0.1)
    tenancy.hangs = True
    found = await inbound_of(service)
    assert (found.vapi_assistant_id, found.HasField("clinic")) == (saved.vapi_assistant_id, False)
