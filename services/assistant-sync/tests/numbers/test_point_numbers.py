"""An organization's phone numbers in Vapi lead to it, whatever fails in between."""

from uuid import uuid4

import pytest

from assistant_sync.domain.agents.agent import AgentType, PendingReason
from assistant_sync.domain.trouble import VapiAway, VapiTrouble, VapiUnauthorised
from chassis.tenant import TenantId

LINE, OTHER_LINE = "+12125550100", "+12125550101"
WEBHOOK = "https://here.example/api/vapi/webhook"


@pytest.fixture
def stranger() -> TenantId:
    return TenantId(uuid4())


async def pending(pointer, tenant):
    return {one.number: one.pending for one in await pointer.numbers.all_of(tenant)}


async def test_a_number_gets_the_server_and_the_inbound_assistant_and_its_id_is_learned(
    pointer, holdings, bought, there, tenant, vapi
):
    assistant_id, vapi_id = await pointer.has_agent(tenant), bought(LINE)
    holdings.give(tenant, LINE)

    await pointer.look_at(tenant)

    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert there(vapi_id)["assistantId"] == assistant_id
    assert holdings.held[tenant] == {LINE: vapi_id}
    [one] = await pointer.numbers.all_of(tenant)
    assert (one.number, one.vapi_id, one.assistant_id, one.pending, one.url) == (
        LINE,
        vapi_id,
        assistant_id,
        None,
        WEBHOOK,
    )
    assert vapi.complaints == []
    assert [body["provider"] for body in vapi.bodies("PATCH")] == ["twilio"]


async def test_without_an_inbound_agent_a_number_gets_the_server_alone(pointer, holdings, bought, there, tenant):
    await pointer.has_agent(tenant, AgentType.OUTBOUND)
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)

    await pointer.look_at(tenant)

    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert "assistantId" not in there(vapi_id)


async def test_a_second_look_with_nothing_to_do_asks_for_the_number_and_writes_nothing(
    pointer, holdings, bought, tenant, vapi
):
    await pointer.has_agent(tenant)
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)
    await pointer.look_at(tenant)
    vapi.sent.clear()

    await pointer.look_at(tenant)

    assert [(method, path) for method, path, _ in vapi.sent] == [("GET", f"/phone-number/{vapi_id}")]


async def test_for_an_organization_without_numbers_vapi_is_not_asked(pointer, tenant, vapi):
    await pointer.look_at(tenant)

    assert vapi.sent == []


async def test_several_numbers_are_looked_for_in_one_list(pointer, holdings, bought, there, tenant, vapi):
    ids = [bought(LINE), bought(OTHER_LINE)]
    for number in (LINE, OTHER_LINE, "+13035550100"):
        holdings.give(tenant, number)

    await pointer.look_at(tenant)

    assert {there(vapi_id)["server"]["url"] for vapi_id in ids} == {WEBHOOK}
    assert [path for method, path, _ in vapi.sent].count("/phone-number") == 1
    assert await pending(pointer, tenant) == {LINE: None, OTHER_LINE: None}


async def test_somebody_elses_number_is_left_alone(pointer, holdings, bought, there, tenant, stranger, vapi):
    others = bought(OTHER_LINE)
    holdings.give(tenant, LINE)
    holdings.give(stranger, OTHER_LINE)

    await pointer.look_at(tenant)

    assert "server" not in there(others)
    assert vapi.bodies("PATCH") == []


async def test_an_assistant_that_somebody_chose_stays(pointer, holdings, bought, there, tenant):
    await pointer.has_agent(tenant)
    vapi_id = bought(LINE, assistantId="theirs")
    holdings.give(tenant, LINE)

    await pointer.look_at(tenant)

    assert (there(vapi_id)["assistantId"], there(vapi_id)["server"]["url"]) == ("theirs", WEBHOOK)


async def test_our_own_former_assistant_gives_way_to_the_new_one(pointer, holdings, bought, there, tenant):
    await pointer.has_agent(tenant)
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)
    await pointer.look_at(tenant)

    new = await pointer.has_agent(tenant)
    await pointer.look_at(tenant)

    assert there(vapi_id)["assistantId"] == new


async def test_an_assistant_of_another_type_that_the_clinic_put_there_stays(pointer, holdings, bought, there, tenant):
    await pointer.has_agent(tenant)
    follow_up = await pointer.has_agent(tenant, AgentType.FOLLOW_UP)
    vapi_id = bought(LINE, assistantId=follow_up)
    holdings.give(tenant, LINE)

    await pointer.look_at(tenant)

    assert there(vapi_id)["assistantId"] == follow_up


async def test_a_number_that_moved_leads_to_its_new_organization_whoever_is_looked_at_first(
    pointer, holdings, bought, there, tenant, stranger
):
    await pointer.has_agent(tenant)
    new = await pointer.has_agent(stranger)
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)
    await pointer.look_at(tenant)
    holdings.take(tenant, LINE)
    holdings.give(stranger, LINE, vapi_id)

    await pointer.look_at(stranger)
    await pointer.look_at(tenant)

    assert there(vapi_id)["assistantId"] == new
    assert await pending(pointer, tenant) == {}


async def test_a_number_that_was_taken_away_leads_to_its_former_organization_no_more(
    pointer, holdings, bought, there, tenant
):
    await pointer.has_agent(tenant)
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)
    await pointer.look_at(tenant)
    holdings.take(tenant, LINE)

    await pointer.look_at(tenant)

    assert "assistantId" not in there(vapi_id)
    assert await pending(pointer, tenant) == {}


async def test_a_number_that_is_taken_away_while_vapi_is_asked_is_not_given_back(pointer, holdings, bought, tenant):
    bought(LINE)
    holdings.give(tenant, LINE)
    holdings.after_list = lambda n: holdings.take(tenant, LINE) if n == 1 else None

    await pointer.look_at(tenant)

    assert holdings.held[tenant] == {}


async def test_a_number_that_was_imported_anew_is_found_by_its_digits(pointer, holdings, bought, there, tenant, vapi):
    old = bought(LINE)
    holdings.give(tenant, LINE)
    await pointer.look_at(tenant)
    vapi.simulator.store.delete("phone-number", old)
    new = bought(LINE)

    await pointer.look_at(tenant)

    assert there(new)["server"]["url"] == WEBHOOK
    assert holdings.held[tenant] == {LINE: new}


async def test_a_number_that_is_not_in_the_account_keeps_the_id_that_tenancy_has(pointer, holdings, tenant):
    holdings.give(tenant, LINE, "elsewhere")

    await pointer.look_at(tenant)

    assert holdings.held[tenant] == {LINE: "elsewhere"}
    assert await pending(pointer, tenant) == {}


async def test_an_id_that_tenancy_does_not_take_is_told(pointer, holdings, bought, there, tenant):
    vapi_id = bought(LINE)
    holdings.give(tenant, LINE)
    holdings.taken = True

    await pointer.look_at(tenant)

    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert await pending(pointer, tenant) == {LINE: PendingReason.NOT_REGISTERED}


@pytest.mark.parametrize(("status", "committed"), [(429, False), (500, False), (504, True)])
@pytest.mark.parametrize(
    ("method", "route"),
    [("GET", "/phone-number"), ("PATCH", "/phone-number/{id}"), ("GET", "/phone-number/{id}")],
)
async def test_whatever_fails_at_whichever_request_the_number_is_pointed_in_the_end(
    pointer, holdings, bought, there, tenant, vapi, status, committed, method, route
):
    assistant_id, vapi_id = await pointer.has_agent(tenant), bought(LINE, name="Front desk")
    holdings.give(tenant, LINE)
    vapi.fail(method, route, status, times=3, committed=committed)

    with pytest.raises(VapiTrouble):
        await pointer.look_at(tenant)
    await pointer.look_at(tenant)

    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert (there(vapi_id)["assistantId"], there(vapi_id)["name"]) == (assistant_id, "Front desk")
    assert await pending(pointer, tenant) == {LINE: None}
    assert vapi.complaints == []


async def test_what_is_wrong_is_told_until_it_is_put_right(pointer, holdings, bought, tenant, vapi, budget):
    bought(LINE)
    holdings.give(tenant, LINE)
    vapi.fail("PATCH", "/phone-number/{id}", 400)
    await pointer.look_at(tenant)
    refused = await pending(pointer, tenant)
    vapi.fail("PATCH", "/phone-number/{id}", 401)
    with pytest.raises(VapiUnauthorised):
        await pointer.look_at(tenant)
    unauthorised = await pending(pointer, tenant)
    await budget.note(is_refused=False)
    vapi.fail("PATCH", "/phone-number/{id}", 500, times=3)
    with pytest.raises(VapiAway):
        await pointer.look_at(tenant)
    away = await pending(pointer, tenant)

    await pointer.look_at(tenant)

    assert refused == {LINE: PendingReason.VAPI_REFUSED}
    assert unauthorised == {LINE: PendingReason.VAPI_UNAUTHORISED}
    assert away == {LINE: PendingReason.VAPI_AWAY}
    assert await pending(pointer, tenant) == {LINE: None}
