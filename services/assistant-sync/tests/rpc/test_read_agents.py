import pytest

from assistant_sync.app import DOMAIN
from chassis.errors import Kind, RemoteError
from switchboard.assistants.v1 import agent_service_pb2 as pb


async def test_an_agent_is_answered_as_it_was_saved(service):
    model = {"provider": "openai", "model": "gpt-4o", "temperature": 0.5, "maxTokens": 250}
    saved = await service.save(name="Reception", first_message="Hello", prompt="Be kind", model=model)
    assert dict(saved.model) == model
    assert (saved.name, saved.first_message, saved.prompt) == ("Reception", "Hello", "Be kind")
    assert await service.get() == saved


async def test_agents_are_listed_by_type(service):
    for agent_type in (pb.OUTBOUND, pb.INBOUND):
        await service.save(type=agent_type, name="Reception")
    assert [agent.type for agent in await service.list()] == [pb.INBOUND, pb.OUTBOUND]


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        ({"type": pb.AGENT_TYPE_UNSPECIFIED, "name": "x"}, Kind.INVALID, "UNKNOWN_AGENT_TYPE"),
        ({"type": 99, "name": "x"}, Kind.INVALID, "UNKNOWN_AGENT_TYPE"),
        ({"prompt": "x"}, Kind.INVALID, "MISSING_NAME"),
        ({"name": "n" * 41}, Kind.INVALID, "NAME_TOO_LONG"),
    ],
)
async def test_a_save_that_makes_no_sense_is_refused_before_vapi_is_asked(service, vapi, fields, kind, reason):
    with pytest.raises(RemoteError) as refused:
        await service.save(**fields)
    assert (refused.value.kind, refused.value.reason) == (kind, reason)
    assert vapi.sent == []


async def test_an_agent_that_was_never_saved_is_not_found(service):
    with pytest.raises(RemoteError) as missing:
        await service.get(pb.OUTBOUND)
    assert (missing.value.kind, missing.value.reason) == (Kind.NOT_FOUND, "AGENT_NOT_FOUND")


async def test_without_an_organization_nothing_is_answered(service):
    with pytest.raises(RemoteError) as refused:
        await service.stub.ListAgents(pb.ListAgentsRequest(), timeout=5)
    assert (refused.value.kind, refused.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


def test_every_pending_reason_has_its_word_on_the_wire():
    from assistant_sync.domain.agents.agent import PendingReason

    words = set(pb.Agent.PendingReason.keys()) - {"PENDING_REASON_UNSPECIFIED"}
    assert {reason.name for reason in PendingReason} == words


def test_the_error_domain_is_the_one_that_the_protos_name():
    assert DOMAIN == "assistants.switchboard"
