import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.store.agents import AgentStore
from chassis.database.faults import DatabaseUnavailable
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.assistants.v1 import agent_service_pb2 as pb

SYNCED, PENDING = pb.Agent.SYNCED, pb.Agent.PENDING
ONE = "/assistant/{id}"


def prompt_of(assistant):
    """The first of the two system messages; the other is ours."""
    prompt, _ = assistant["model"]["messages"]
    return prompt["content"]


@pytest.fixture(autouse=True)
def _every_request_is_one_that_vapi_takes(vapi, request):
    yield
    if "vapi_refuses" not in request.fixturenames:
        assert vapi.complaints == []


@pytest.fixture
async def vapi_refuses(database):
    """For a test that sends what Vapi does not take; it leaves nothing behind that the next start would send."""
    yield
    superuser = await asyncpg.connect(database.superuser_url)
    await superuser.execute("DELETE FROM assistant_sync.agents")
    await superuser.close()


async def test_the_first_save_creates_one_assistant_as_the_agent_shall_be(service, vapi, tenant):
    agent = await service.save(name="Reception", first_message="Hello", prompt="Be kind")
    (assistant,) = vapi.of(tenant)
    assert (agent.sync_state, agent.vapi_assistant_id) == (SYNCED, assistant["id"])
    assert len(vapi.bodies("POST")) == 1
    assert (assistant["name"], assistant["firstMessage"]) == ("Reception", "Hello")
    assert prompt_of(assistant) == "Be kind"
    assert assistant["server"]["url"] == "https://switchboard.example/api/vapi/webhook"
    assert assistant["server"]["headers"] == {"X-Vapi-Secret": "the-webhook-secret"}
    assert assistant["metadata"]["org_id"] == str(tenant)
    assert assistant["metadata"]["switchboard"]["type"] == "inbound"


async def test_a_later_save_patches_the_same_assistant(service, vapi, tenant):
    first = await service.save(name="Reception", prompt="Be kind")
    second = await service.save(prompt="Be brief")
    (assistant,) = vapi.of(tenant)
    assert second.vapi_assistant_id == first.vapi_assistant_id == assistant["id"]
    assert (second.sync_state, second.name) == (SYNCED, "Reception")
    assert prompt_of(assistant) == "Be brief"
    assert [set(body) for body in vapi.bodies("PATCH")] == [{"model"}]


async def test_a_save_that_changes_nothing_writes_nothing(service, vapi):
    await service.save(name="Reception", prompt="Be kind", vapi={"maxDurationSeconds": 300})
    await service.save(name="Reception", prompt="Be kind", vapi={"maxDurationSeconds": 300})
    assert vapi.bodies("PATCH") == []


async def test_what_the_user_set_in_vapi_survives_our_patch(service, vapi, tenant):
    agent = await service.save(name="Reception", prompt="Be kind")
    (assistant,) = vapi.of(tenant)
    vapi.edit(
        agent.vapi_assistant_id,
        model={**assistant["model"], "temperature": 0.3, "toolIds": ["their-tool"]},
        metadata={**assistant["metadata"], "crm": "42"},
        endCallMessage="Bye",
        name="Renamed in the dashboard",
    )
    await service.save(prompt="Be brief")
    (assistant,) = vapi.of(tenant)
    assert prompt_of(assistant) == "Be brief"
    assert (assistant["model"]["temperature"], assistant["model"]["toolIds"]) == (0.3, ["their-tool"])
    assert (assistant["metadata"]["crm"], assistant["endCallMessage"]) == ("42", "Bye")
    assert assistant["name"] == "Renamed in the dashboard"


async def test_a_server_url_that_somebody_changed_is_put_right_by_the_next_save(service, vapi, tenant):
    agent = await service.save(name="Reception")
    vapi.edit(agent.vapi_assistant_id, server={"url": "https://elsewhere.example", "credentialId": "theirs"})
    await service.save(name="Reception")
    (assistant,) = vapi.of(tenant)
    assert assistant["server"]["url"] == "https://switchboard.example/api/vapi/webhook"
    assert assistant["server"]["credentialId"] == "theirs"


async def test_a_failed_patch_is_retried_within_the_save(service, vapi, tenant):
    await service.save(name="Reception")
    vapi.fail("PATCH", ONE, 500)
    agent = await service.save(name="Front desk")
    assert (agent.sync_state, vapi.of(tenant)[0]["name"]) == (SYNCED, "Front desk")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_patch_that_keeps_failing_never_creates_and_is_finished_by_a_later_save(service, vapi, tenant, status):
    await service.save(name="Reception")
    vapi.fail("PATCH", ONE, status, times=100)
    pending = await service.save(name="Front desk")
    assert (pending.sync_state, pending.pending_reason) == (PENDING, pb.Agent.VAPI_AWAY)
    assert pending.name == "Front desk"
    vapi.recover()
    assert (await service.save(prompt="Be kind")).sync_state == SYNCED
    (assistant,) = vapi.of(tenant)
    assert assistant["name"] == "Front desk"
    assert len(vapi.bodies("POST")) == 1


async def test_a_save_that_vapi_missed_is_finished_when_the_service_starts(service, vapi, tenant, tenancy):
    await service.save(name="Reception")
    vapi.fail("PATCH", ONE, 500, times=100)
    await service.save(name="Front desk")
    vapi.recover()
    await service.catch_up()
    assert (await service.get()).sync_state == SYNCED
    assert vapi.of(tenant)[0]["name"] == "Front desk"
    assert tenancy.registered[-1][0] == tenant


async def test_an_assistant_whose_creator_crashed_before_recording_it_is_adopted(service, vapi, tenant, monkeypatch):
    async def crash(*_):
        raise RuntimeError("killed between Vapi's answer and our commit")

    with monkeypatch.context() as patched:
        patched.setattr(AgentStore, "remember_assistant", crash)
        with pytest.raises(RemoteError):
            await service.save(name="Reception")
    agent = await service.save(prompt="Be kind")
    (assistant,) = vapi.of(tenant)
    assert (agent.vapi_assistant_id, agent.sync_state) == (assistant["id"], SYNCED)
    assert (assistant["name"], len(vapi.bodies("POST"))) == ("Reception", 1)


async def test_a_create_whose_answer_was_lost_is_found_within_the_same_save(service, vapi, tenant):
    vapi.fail("POST", "/assistant", 504, committed=True)
    agent = await service.save(name="Reception")
    assert agent.sync_state == SYNCED
    assert [a["id"] for a in vapi.of(tenant)] == [agent.vapi_assistant_id]


async def test_a_create_that_may_still_come_to_light_is_not_asked_for_again(service, vapi, tenant, clock):
    vapi.fail("POST", "/assistant", 500)
    assert (await service.save(name="Reception")).pending_reason == pb.Agent.VAPI_AWAY
    assert (await service.save(name="Reception")).pending_reason == pb.Agent.CREATE_UNCONFIRMED
    assert len(vapi.bodies("POST")) == 1
    clock.move(timedelta(seconds=31))
    assert (await service.save(name="Reception")).sync_state == SYNCED
    assert (len(vapi.bodies("POST")), len(vapi.of(tenant))) == (2, 1)
    intents = {body["metadata"]["switchboard"]["intent"] for body in vapi.bodies("POST")}
    assert len(intents) == 1


async def test_a_create_that_certainly_did_not_happen_is_asked_for_again_at_once(service, vapi, tenant):
    vapi.fail("POST", "/assistant", 429)
    assert (await service.save(name="Reception")).pending_reason == pb.Agent.VAPI_AWAY
    assert (await service.save(name="Reception")).sync_state == SYNCED
    assert len(vapi.of(tenant)) == 1


async def test_two_assistants_that_bear_our_mark_stop_the_save(service, vapi, tenant):
    metadata = {"org_id": str(tenant), "switchboard": {"type": "inbound"}}
    for name in ("One", "Two"):
        vapi.simulator.store.create("assistant", {"name": name, "metadata": metadata})
    agent = await service.save(name="Reception")
    assert (agent.sync_state, agent.pending_reason) == (PENDING, pb.Agent.SEVERAL_ASSISTANTS)
    assert {method for method, _, _ in vapi.sent} == {"GET"}


async def test_an_assistant_of_the_same_name_without_our_mark_is_left_alone(service, vapi, tenant):
    theirs = vapi.simulator.store.create("assistant", {"name": "Reception"})
    agent = await service.save(name="Reception")
    assert agent.vapi_assistant_id != theirs["id"]
    assert vapi.simulator.store.get("assistant", theirs["id"]) == theirs


async def test_an_assistant_deleted_in_vapi_is_reported_and_not_made_anew(service, vapi, tenant):
    agent = await service.save(name="Reception")
    vapi.simulator.store.delete("assistant", agent.vapi_assistant_id)
    agent = await service.save(name="Front desk")
    assert (agent.sync_state, agent.pending_reason) == (PENDING, pb.Agent.ASSISTANT_MISSING)
    assert vapi.of(tenant) == []


@pytest.fixture
async def deleted(service, vapi):
    """An agent with all fields whose assistant somebody deleted in Vapi."""
    await service.publish()
    agent = await service.save(
        name="Reception",
        first_message="Hello",
        prompt="Be kind",
        voice={"provider": "azure", "voiceId": "emma"},
        model={"provider": "openai", "model": "gpt-4o", "temperature": 0.3},
        vapi={"maxDurationSeconds": 300},
    )
    vapi.simulator.store.delete("assistant", agent.vapi_assistant_id)
    return agent


async def test_an_assistant_deleted_in_vapi_is_made_anew_with_all_that_was_saved_where_a_save_says_so(
    service, vapi, tenant, tenancy, deleted
):
    agent = await service.save(first_message="Hi", recreate=True)
    (assistant,) = vapi.of(tenant)
    assert (agent.sync_state, agent.vapi_assistant_id) == (SYNCED, assistant["id"])
    assert assistant["id"] != deleted.vapi_assistant_id
    assert (assistant["name"], assistant["firstMessage"], prompt_of(assistant)) == ("Reception", "Hi", "Be kind")
    assert (assistant["voice"]["voiceId"], assistant["maxDurationSeconds"]) == ("emma", 300)
    assert assistant["model"]["temperature"] == 0.3
    assert set(assistant["model"]["toolIds"]) == {one.vapi_tool_id for one in (await service.published()).values()}
    assert tenancy.registered[-1] == (tenant, assistant["id"])
    assert not (await service.drift()).assistants


async def test_one_made_anew_is_changed_by_later_saves_as_any(service, vapi, tenant, deleted):
    again = await service.save(recreate=True)
    later = await service.save(prompt="Be brief")
    (assistant,) = vapi.of(tenant)
    assert (later.sync_state, later.vapi_assistant_id) == (SYNCED, again.vapi_assistant_id)
    assert prompt_of(assistant) == "Be brief"


async def test_nothing_is_made_anew_while_vapi_still_has_the_assistant(service, vapi, tenant):
    agent = await service.save(name="Reception", first_message="Hello")
    vapi.edit(agent.vapi_assistant_id, firstMessage="Theirs")
    again = await service.save(recreate=True)
    (assistant,) = vapi.of(tenant)
    assert (again, assistant["id"], assistant["firstMessage"]) == (agent, agent.vapi_assistant_id, "Theirs")
    assert (len(vapi.bodies("POST")), vapi.bodies("PATCH")) == (1, [])


async def test_a_first_save_may_say_that_it_makes_anew(service, vapi, tenant):
    assert (await service.save(name="Reception", recreate=True)).sync_state == SYNCED
    assert len(vapi.of(tenant)) == 1


async def test_of_two_that_make_anew_at_once_one_does(instance, vapi, tenant, deleted):
    async with instance() as one, instance() as other:
        agents = await asyncio.gather(*(client.save(recreate=True) for client in (one, other)))
    (assistant,) = vapi.of(tenant)
    assert {(agent.sync_state, agent.vapi_assistant_id) for agent in agents} == {(SYNCED, assistant["id"])}


async def test_while_vapi_is_away_nothing_is_taken_for_deleted(service, vapi, tenant, deleted):
    vapi.fail("GET", ONE, 500, times=100)
    agent = await service.save(recreate=True)
    assert (agent.pending_reason, agent.vapi_assistant_id) == (pb.Agent.VAPI_AWAY, deleted.vapi_assistant_id)
    vapi.recover()
    await service.catch_up()
    assert (await service.get()).pending_reason == pb.Agent.ASSISTANT_MISSING
    assert vapi.of(tenant) == []


async def test_one_that_was_seen_to_be_gone_follows_by_itself_where_vapi_goes_away_then(service, vapi, tenant, deleted):
    vapi.fail("POST", "/assistant", 429)
    assert (await service.save(recreate=True)).pending_reason == pb.Agent.VAPI_AWAY
    await service.catch_up()
    assert (await service.get()).sync_state == SYNCED
    (assistant,) = vapi.of(tenant)
    assert (prompt_of(assistant), assistant["maxDurationSeconds"]) == ("Be kind", 300)


@pytest.mark.usefixtures("vapi_refuses")
async def test_a_save_that_makes_anew_what_vapi_refuses_leaves_the_agent_as_it_was(service, vapi, tenant, deleted):
    with pytest.raises(RemoteError) as refused:
        await service.save(prompt="Be brief", vapi={"zzz": 1}, recreate=True)
    assert refused.value.reason == "REFUSED_BY_VAPI"
    assert await service.get() == deleted
    assert (await service.save()).pending_reason == pb.Agent.ASSISTANT_MISSING
    assert (await service.save(recreate=True)).sync_state == SYNCED
    (assistant,) = vapi.of(tenant)
    assert (prompt_of(assistant), assistant["maxDurationSeconds"]) == ("Be kind", 300)


@pytest.mark.usefixtures("vapi_refuses")
async def test_a_first_save_that_vapi_refuses_leaves_no_agent(service, vapi, tenant):
    with pytest.raises(RemoteError) as refused:
        await service.save(name="Reception", vapi={"customer": {}, "zzz": 1})
    assert (refused.value.kind, refused.value.reason) == (Kind.INVALID, "REFUSED_BY_VAPI")
    assert set(refused.value.metadata["properties"].split(", ")) == {"customer", "zzz"}
    with pytest.raises(RemoteError) as missing:
        await service.get()
    assert missing.value.reason == "AGENT_NOT_FOUND"
    assert vapi.of(tenant) == []


@pytest.mark.usefixtures("vapi_refuses")
async def test_a_later_save_that_vapi_refuses_leaves_the_agent_as_it_was(service, vapi, tenant):
    before = await service.save(name="Reception", prompt="Be kind")
    with pytest.raises(RemoteError) as refused:
        await service.save(prompt="Be brief", vapi={"zzz": 1})
    assert refused.value.metadata == {"properties": "zzz"}
    assert await service.get() == before
    assert vapi.of(tenant)[0]["model"]["messages"][0]["content"] == "Be kind"
    assert (await service.save(prompt="Be brief")).sync_state == SYNCED


async def test_a_key_that_vapi_does_not_accept_keeps_the_save(service, vapi):
    vapi.fail("GET", "/assistant", 401)
    agent = await service.save(name="Reception")
    assert (agent.pending_reason, agent.vapi_assistant_id) == (pb.Agent.VAPI_UNAUTHORISED, "")


async def test_fields_that_vapi_accepts_and_does_not_show_are_not_called_synced(service, vapi, monkeypatch):
    await service.save(name="Reception")
    monkeypatch.setattr(vapi.simulator.store, "patch", lambda kind, item, _: vapi.simulator.store.get(kind, item))
    assert (await service.save(name="Front desk")).pending_reason == pb.Agent.NOT_TAKEN_OVER


async def test_tenancy_learns_whose_assistant_it_is_with_every_save(service, tenancy, tenant):
    agent = await service.save(name="Reception")
    await service.save(name="Reception")
    assert tenancy.registered == [(tenant, agent.vapi_assistant_id)] * 2


async def test_an_agent_stays_pending_until_tenancy_knows_its_assistant(service, tenancy, vapi):
    tenancy.refusal = RemoteError(Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")
    agent = await service.save(name="Reception")
    assert (agent.sync_state, agent.pending_reason) == (PENDING, pb.Agent.NOT_REGISTERED)
    tenancy.refusal = None
    assert (await service.save(name="Reception")).sync_state == SYNCED
    assert len(vapi.assistants()) == 1


async def test_an_assistant_registered_to_another_organization_is_not_called_synced(service, tenancy):
    tenancy.refusal = RemoteError(Kind.CONFLICT, "ASSISTANT_TAKEN")
    assert (await service.save(name="Reception")).pending_reason == pb.Agent.ASSISTANT_TAKEN


async def test_eight_first_saves_at_once_through_two_instances_create_one_assistant(instance, vapi, tenant):
    async with instance() as one, instance() as other:
        clients = itertools.islice(itertools.cycle((one, other)), 8)
        agents = await asyncio.gather(*(client.save(name="Reception") for client in clients))
    assert len(vapi.bodies("POST")) == 1
    (assistant,) = vapi.of(tenant)
    assert {(agent.sync_state, agent.vapi_assistant_id) for agent in agents} == {(SYNCED, assistant["id"])}


async def test_a_create_refused_for_its_key_is_asked_for_again_when_the_key_is_good(
    service, vapi, tenant, a_minute_later
):
    vapi.fail("POST", "/assistant", 401)
    assert (await service.save(name="Reception")).pending_reason == pb.Agent.VAPI_UNAUTHORISED
    await a_minute_later()
    assert (await service.save(name="Reception")).sync_state == SYNCED
    assert len(vapi.of(tenant)) == 1


async def test_a_save_that_cannot_wait_for_another_is_kept(service, vapi, tenant):
    async with service.use_cases.save.turns.taken_within(0, Work(WorkKind.AGENT, tenant, AgentType.INBOUND)):
        with tenant_scope(tenant):
            request = pb.SaveAgentRequest(type=pb.INBOUND, name="Reception")
            # It waits for half of that, and has the other half for all the rest.
            agent = (await service.stub.SaveAgent(request, timeout=4)).agent
    assert (agent.name, agent.sync_state, agent.pending_reason) == ("Reception", PENDING, pb.Agent.UNFINISHED)
    assert vapi.sent == []


@pytest.fixture
def impatient(monkeypatch):
    """No save waits for another one."""
    monkeypatch.setattr("assistant_sync.domain.reconciling.turns._PATIENCE", 0)


@pytest.fixture
def during(monkeypatch, tenant):
    """Lets something happen once, right before or after the store's next call of a method for the organization."""

    def put(method: str, act, *, after: bool = False) -> None:
        original, acts = getattr(AgentStore, method), [act]

        async def wrapped(self, of, *arguments, **named):
            if acts and of == tenant and not after:
                await acts.pop()()
            answer = await original(self, of, *arguments, **named)
            if acts and of == tenant:
                await acts.pop()()
            return answer

        monkeypatch.setattr(AgentStore, method, wrapped)

    return put


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("after", [False, True])
async def test_a_save_that_could_not_wait_is_due_when_the_one_before_it_ends(service, vapi, tenant, during, after):
    async def save_meanwhile():
        assert (await service.save(name="Front desk")).pending_reason == pb.Agent.UNFINISHED

    during("record", save_meanwhile, after=after)
    await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()
    assert (await service.get()).sync_state == SYNCED
    assert vapi.of(tenant)[0]["name"] == "Front desk"


@pytest.mark.usefixtures("impatient")
async def test_a_save_that_could_not_wait_for_the_reconciler_is_done_by_it(service, vapi, tenant, during):
    vapi.fail("GET", "/assistant", 500, times=100)
    await service.save(name="Reception")
    vapi.recover()

    during("record", lambda: service.save(name="Front desk"), after=True)
    await service.catch_up()
    assert (await service.get()).sync_state == SYNCED
    assert vapi.of(tenant)[0]["name"] == "Front desk"


@pytest.mark.usefixtures("impatient", "vapi_refuses")
async def test_a_save_that_could_not_wait_for_one_that_vapi_refuses_is_carried_out_without_what_was_refused(
    service, vapi, tenant, during
):
    await service.save(name="Reception", first_message="Hello")
    during("put_back", lambda: service.save(prompt="Be kind"))
    with pytest.raises(RemoteError) as refused:
        await service.save(first_message="Hi", vapi={"zzz": 1})
    assert refused.value.reason == "REFUSED_BY_VAPI"

    await service.use_cases.reconciler.until_idle()
    agent = await service.get()
    assert (agent.first_message, agent.prompt, dict(agent.vapi), agent.sync_state) == ("Hello", "Be kind", {}, SYNCED)
    assert vapi.of(tenant)[0]["model"]["messages"][0]["content"] == "Be kind"


@pytest.mark.usefixtures("impatient", "vapi_refuses")
async def test_a_save_carried_out_late_that_vapi_refuses_is_reported(service, vapi, during):
    during("record", lambda: service.save(vapi={"zzz": 1}))
    await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()
    assert (await service.get()).pending_reason == pb.Agent.VAPI_REFUSED


async def test_a_save_that_vapi_refuses_at_start_is_reported_and_does_not_stop_the_others(service, vapi, vapi_refuses):
    vapi.fail("GET", "/assistant", 500, times=100)
    await service.save(type=pb.INBOUND, name="Reception", vapi={"zzz": 1})
    await service.save(type=pb.OUTBOUND, name="Recall")
    vapi.recover()
    await service.catch_up()
    assert (await service.get(pb.INBOUND)).pending_reason == pb.Agent.VAPI_REFUSED
    assert (await service.get(pb.OUTBOUND)).sync_state == SYNCED


async def test_one_agents_trouble_at_start_does_not_stop_the_others(service, vapi, monkeypatch):
    other = replace(service, tenant=TenantId(uuid4()))
    vapi.fail("GET", "/assistant", 500, times=100)
    for client in (service, other):
        await client.save(name="Reception")
    vapi.recover()
    first, second = sorted((service, other), key=lambda client: client.tenant)
    get = AgentStore.get

    async def get_unless_first(self, tenant, agent_type):
        if tenant == first.tenant:
            raise DatabaseUnavailable
        return await get(self, tenant, agent_type)

    with monkeypatch.context() as patched:
        patched.setattr(AgentStore, "get", get_unless_first)
        await service.catch_up()
    assert ((await first.get()).sync_state, (await second.get()).sync_state) == (PENDING, SYNCED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Recep\0tion"),
        ("prompt", "\0"),
        ("vapi", {"a": [{"b": "\0"}]}),
        ("vapi", {"a\0": 1}),
        ("model", {"temperature": float("nan")}),
        ("voice", {"speed": float("inf")}),
    ],
)
async def test_a_field_that_no_json_or_text_can_hold_is_named(service, vapi, field, value):
    with pytest.raises(RemoteError) as caught:
        await service.save(**({"name": "Reception"} | {field: value}))

    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID, "MALFORMED_FIELD")
    assert caught.value.metadata == {"field": field}
    assert vapi.assistants() == []


async def test_nothing_is_made_in_vapi_for_an_organization_that_tenancy_does_not_know(service, vapi, tenancy):
    tenancy.unknown = True

    agent = await service.save(name="Reception")

    assert agent.pending_reason == pb.Agent.ORGANIZATION_UNKNOWN
    assert vapi.assistants() == []
    tenancy.unknown = False
    assert (await service.save(name="Reception")).sync_state == pb.Agent.SYNCED
    assert len(vapi.assistants()) == 1
