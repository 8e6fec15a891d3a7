"""What an organization is told of what differs in Vapi."""

import pytest
from google.protobuf.json_format import MessageToDict

from chassis.errors import Kind, RemoteError
from chassis.tenant import tenant_scope
from switchboard.assistants.v1 import drift_service_pb2 as pb

OURS = "https://switchboard.example/api/vapi/webhook"


def fields(assistant: pb.AssistantDrift) -> dict[str, pb.FieldDrift]:
    return {one.field: one for one in assistant.fields}


async def test_nothing_differs_of_what_was_just_saved(service):
    await service.save(name="Reception", prompt="Be kind", voice={"provider": "azure", "voiceId": "emma"})
    assert await service.drift() == pb.FindDriftResponse()


async def test_a_field_changed_in_vapi_alone_is_shown_with_both_sides_and_is_kept(service, vapi, clock):
    agent = await service.save(name="Reception", first_message="Hello")
    synced_at = clock()
    vapi.edit(agent.vapi_assistant_id, firstMessage="Hi there")
    await service.catch_up()

    (assistant,) = (await service.drift()).assistants
    (field,) = assistant.fields
    assert (assistant.name, assistant.missing) == ("Reception", False)
    assert (field.field, field.ours.string_value, field.theirs.string_value) == ("firstMessage", "Hello", "Hi there")
    assert (field.last_synced.string_value, field.repaired_by_itself) == ("Hello", False)
    assert field.last_synced_at.ToDatetime(synced_at.tzinfo) == synced_at
    assert vapi.assistants()[0]["firstMessage"] == "Hi there"


async def test_the_next_save_of_a_field_that_drifted_ends_the_drift(service, vapi):
    agent = await service.save(name="Reception", first_message="Hello")
    vapi.edit(agent.vapi_assistant_id, firstMessage="Hi there")
    await service.save(first_message="Hello")
    assert await service.drift() == pb.FindDriftResponse()
    assert vapi.assistants()[0]["firstMessage"] == "Hello"


async def test_what_we_own_is_shown_as_repaired_by_itself_and_is(service, vapi):
    agent = await service.save(name="Reception")
    (assistant,) = vapi.assistants()
    vapi.edit(agent.vapi_assistant_id, server={**assistant["server"], "timeoutSeconds": 3}, serverMessages=["hang"])

    (drifted,) = (await service.drift()).assistants
    assert {name: one.repaired_by_itself for name, one in fields(drifted).items()} == {
        "server.timeoutSeconds": True,
        "serverMessages": True,
    }
    await service.catch_up()
    assert await service.drift() == pb.FindDriftResponse()


async def test_no_secret_is_shown_nor_kept(service, vapi, database_as_superuser):
    agent = await service.save(name="Reception")
    vapi.edit(
        agent.vapi_assistant_id,
        server={"url": OURS, "headers": {"X-Vapi-Secret": "an older secret", "X-Their-Own": "t0ken"}},
    )
    (assistant,) = (await service.drift()).assistants
    headers = fields(assistant)["server.headers"]
    assert MessageToDict(headers.theirs) == {"X-Vapi-Secret": "(secret)", "X-Their-Own": "(secret)"}
    assert MessageToDict(headers.ours)["X-Vapi-Secret"] == "(secret)"
    kept = await database_as_superuser.fetchval("SELECT string_agg(synced::text, ' ') FROM assistant_sync.agents")
    assert "server.headers" in kept
    assert "the-webhook-secret" not in kept


async def test_an_assistant_deleted_in_vapi_is_told_of_and_stays_deleted(service, vapi):
    agent = await service.save(name="Reception")
    vapi.simulator.store.delete("assistant", agent.vapi_assistant_id)
    await service.catch_up()

    (assistant,) = (await service.drift()).assistants
    assert (assistant.missing, assistant.vapi_assistant_id) == (True, agent.vapi_assistant_id)
    assert (await service.get()).pending_reason == agent.ASSISTANT_MISSING
    assert vapi.assistants() == []


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://localhost:8000/api/vapi/webhook", pb.UrlWarning.LOOPBACK),
        ("https://127.0.0.1/api/vapi/webhook", pb.UrlWarning.LOOPBACK),
        ("http://switchboard.example/api/vapi/webhook", pb.UrlWarning.NOT_HTTPS),
        ("https://somebody-else.example/hook", pb.UrlWarning.FOREIGN),
    ],
)
async def test_an_assistant_that_posts_where_it_should_not_is_named(service, vapi, url, fault):
    agent = await service.save(name="Reception")
    vapi.edit(agent.vapi_assistant_id, server={"url": url})
    (warning,) = (await service.drift()).warnings
    assert (warning.kind, warning.name, warning.vapi_id) == (
        pb.UrlWarning.ASSISTANT,
        "Reception",
        agent.vapi_assistant_id,
    )
    assert (warning.url, warning.fault) == (url, fault)


def two_of_a_name(found: pb.FindDriftResponse) -> list[tuple[str, str, str]]:
    """Which assistants have two, and of what."""
    return [
        (warning.name, warning.vapi_id, warning.tool)
        for warning in found.warnings
        if (warning.kind, warning.fault) == (pb.UrlWarning.ASSISTANT, pb.UrlWarning.TWO_OF_A_NAME)
    ]


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "transferCall", "destinations": []},
        {"type": "function", "function": {"name": "transferCall"}, "server": {"url": OURS}},
    ],
    ids=["Vapi's own", "the clinic's"],
)
@pytest.mark.parametrize("is_inline", [True, False], ids=["in the assistant", "in the account"])
async def test_an_assistant_that_has_another_tool_of_the_same_name_is_named(service, vapi, tool, is_inline):
    await service.publish()
    agent = await service.save(name="Reception")
    model = vapi.assistants()[0]["model"]
    if is_inline:
        model["tools"] = [tool]
    else:
        model["toolIds"] = [*model["toolIds"], vapi.simulator.store.create("tool", tool)["id"]]
    vapi.edit(agent.vapi_assistant_id, model=model)

    found = await service.drift()
    assert two_of_a_name(found) == [("Reception", agent.vapi_assistant_id, "transferCall")]
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    "tool", [{"type": "dtmf"}, {"type": "transferCall", "function": {"name": "toTheFrontDesk"}}, "no tool"]
)
async def test_other_tools_beside_ours_are_nobodys_concern(service, vapi, tool):
    await service.publish()
    agent = await service.save(name="Reception")
    vapi.edit(agent.vapi_assistant_id, model={**vapi.assistants()[0]["model"], "tools": [tool]})
    assert two_of_a_name(await service.drift()) == []


async def test_a_former_tool_of_ours_is_taken_off_by_itself_and_not_warned_of(service, vapi):
    tools = vapi.simulator.store
    transfer = (await service.publish())["transferCall"].vapi_tool_id
    agent = await service.save(name="Reception")
    twin = tools.create("tool", {key: value for key, value in tools.get("tool", transfer).items() if key != "id"})["id"]
    await service.publish()
    model = vapi.assistants()[0]["model"]
    vapi.edit(agent.vapi_assistant_id, model={**model, "toolIds": [*model["toolIds"], twin]})
    found = await service.drift()
    assert [field.field for field in found.assistants[0].fields] == ["model.toolIds"]
    assert two_of_a_name(found) == []


@pytest.mark.parametrize(("status", "reason"), [(503, "VAPI_AWAY"), (401, "VAPI_UNAUTHORISED")])
async def test_a_vapi_that_cannot_be_asked_is_an_error_and_not_an_absence_of_drift(service, vapi, status, reason):
    await service.save(name="Reception")
    vapi.fail("GET", "/assistant/{id}", status, times=100)
    with pytest.raises(RemoteError) as unavailable:
        await service.drift()
    assert (unavailable.value.kind, unavailable.value.reason) == (Kind.UNAVAILABLE, reason)


async def test_one_organization_is_told_nothing_of_another(service, vapi, stranger):
    agent = await service.save(name="Reception")
    vapi.edit(agent.vapi_assistant_id, server={"url": "https://somebody-else.example"})
    with tenant_scope(stranger.tenant):
        assert await stranger.drift() == pb.FindDriftResponse()
