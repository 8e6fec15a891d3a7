from uuid import UUID

from assistant_sync.domain.agents.agent import Agent, AgentType, Desired
from assistant_sync.domain.agents.merge import DEFAULT_MODEL, fields_to_create, fields_to_patch
from assistant_sync.domain.agents.owned import SERVER_MESSAGES, Owned, Webhook, is_ours, owned_fields
from chassis.tenant import TenantId

TENANT = TenantId(UUID(int=1))
OWNED = Owned(owned_fields(TENANT, AgentType.INBOUND, Webhook("https://hook.example/x", "s3cret")))


def agent(unsynced: set[str] | None = None, **desired) -> Agent:
    named = {"name": "Reception", **desired}
    return Agent(
        AgentType.INBOUND, Desired(**named), dict.fromkeys(named if unsynced is None else unsynced, 1), pending=None
    )


def as_created(**more) -> dict:
    return {**fields_to_create(agent(), OWNED), **more}


def test_an_assistant_that_is_as_it_shall_be_needs_no_patch():
    inbound = agent(first_message="Hello", prompt="Be kind", voice={"provider": "azure", "voiceId": "emma"})
    assert fields_to_patch(inbound, OWNED, dict(fields_to_create(inbound, OWNED))) == {}


def test_only_the_field_that_differs_is_sent():
    assert fields_to_patch(agent(name="New name"), OWNED, as_created(name="Old name")) == {"name": "New name"}


def test_a_field_that_no_save_named_since_the_last_sync_is_left_to_vapi():
    assert fields_to_patch(agent(unsynced=set()), OWNED, as_created(name="Renamed in the dashboard")) == {}


def test_the_users_own_model_fields_and_tools_survive_a_new_prompt():
    theirs = {
        "provider": "anthropic",
        "model": "claude",
        "temperature": 0.2,
        "toolIds": ["their-tool"],
        "tools": [{"type": "endCall"}],
        "messages": [{"role": "system", "content": "Old"}, {"role": "assistant", "content": "Their example"}],
    }
    patch = fields_to_patch(agent(unsynced={"prompt"}, prompt="New"), OWNED, as_created(model=theirs))
    messages = [{"role": "system", "content": "New"}, {"role": "assistant", "content": "Their example"}]
    assert patch == {"model": {**theirs, "messages": messages}}


def test_a_model_that_is_saved_keeps_the_prompt_that_was_saved_before():
    model = {"provider": "openai", "model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}
    created = fields_to_create(agent(prompt="Be kind", model=model), OWNED)
    assert created["model"]["messages"][0] == {"role": "system", "content": "Be kind"}


def test_a_prompt_without_a_model_gets_the_one_that_vapi_cannot_do_without():
    created = fields_to_create(agent(prompt="Be kind"), OWNED)
    assert created["model"] == {**DEFAULT_MODEL, "messages": [{"role": "system", "content": "Be kind"}]}


def test_a_foreign_server_url_is_put_right_and_the_users_other_server_values_stay():
    server = {**OWNED.fields["server"], "url": "https://old.example", "credentialId": "theirs"}
    server["headers"] = {**server["headers"], "X-Their-Own": "1"}
    assert fields_to_patch(agent(), OWNED, as_created(server=server)) == {
        "server": {**server, "url": "https://hook.example/x"}
    }


def test_the_users_own_metadata_stays_beside_ours():
    patch = fields_to_patch(agent(), OWNED, as_created(metadata={"crm": "42", "org_id": "somebody else"}))
    assert patch == {"metadata": {"crm": "42", **OWNED.fields["metadata"]}}


def test_passed_through_fields_cannot_displace_what_we_own():
    created = fields_to_create(
        agent(vapi={"server": {"url": "https://elsewhere.example"}, "serverMessages": ["hang"]}), OWNED
    )
    assert created["server"]["url"] == "https://hook.example/x"
    assert created["serverMessages"] == list(SERVER_MESSAGES)


def test_the_order_of_the_server_messages_is_no_difference():
    assert fields_to_patch(agent(), OWNED, as_created(serverMessages=list(reversed(SERVER_MESSAGES)))) == {}


def test_the_order_of_the_tools_is_no_difference():
    inbound = agent(model={**DEFAULT_MODEL, "toolIds": ["their-tool", "another"]})
    observed = as_created(model={**DEFAULT_MODEL, "toolIds": ["another", "their-tool"]})
    assert fields_to_patch(inbound, OWNED, observed) == {}
    assert "model" in fields_to_patch(inbound, OWNED, as_created(model={**DEFAULT_MODEL, "toolIds": ["another"]}))


def test_what_vapi_shows_as_null_in_a_server_or_a_model_is_not_sent_back():
    inbound = agent(unsynced={"prompt"}, prompt="New")
    server = {**OWNED.fields["server"], "url": "https://old.example", "credentialId": None}
    patch = fields_to_patch(inbound, OWNED, as_created(server=server, model={**DEFAULT_MODEL, "knowledgeBase": None}))
    assert patch["server"] == OWNED.fields["server"]
    assert "knowledgeBase" not in patch["model"]


def test_what_vapi_adds_inside_a_field_is_no_difference():
    inbound = agent(voice={"provider": "azure", "voiceId": "emma"})
    observed = as_created(voice={"provider": "azure", "voiceId": "emma", "speed": 1})
    assert fields_to_patch(inbound, OWNED, observed) == {}


def test_a_null_clears_a_field_that_is_there_and_asks_nothing_where_it_is_not():
    inbound = agent(vapi={"endCallMessage": None})
    assert fields_to_patch(inbound, OWNED, as_created(endCallMessage="Bye")) == {"endCallMessage": None}
    assert fields_to_patch(inbound, OWNED, as_created()) == {}
    assert "endCallMessage" not in fields_to_create(inbound, OWNED)


def test_a_read_only_field_of_vapis_is_never_sent_back():
    observed = as_created(id="x", orgId="y", createdAt="z", isServerUrlSecretSet=False)
    assert set(fields_to_patch(agent(name="New"), OWNED, observed)) == {"name"}


def test_our_metadata_names_one_agent_of_one_organization():
    ours = {"metadata": OWNED.fields["metadata"]}
    assert is_ours(ours, TENANT, AgentType.INBOUND)
    assert not is_ours(ours, TENANT, AgentType.OUTBOUND)
    assert not is_ours(ours, TenantId(UUID(int=2)), AgentType.INBOUND)
    assert not is_ours({"metadata": "text"}, TENANT, AgentType.INBOUND)


def test_the_webhooks_secret_is_not_part_of_how_it_is_shown():
    assert "s3cret" not in repr(Webhook("https://hook.example", "s3cret"))
