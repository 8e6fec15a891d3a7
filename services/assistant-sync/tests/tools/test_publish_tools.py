"""Tools are published once for an account, whatever fails in between."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.trouble import VapiAway, VapiTrouble, VapiUnauthorised

NAMES = ["book", "cancel", "list"]


def names(tools):
    return sorted(tool["function"]["name"] for tool in tools)


async def test_the_catalogue_is_published_once(publisher, vapi, there):
    published = await publisher.publish()

    assert published.ids_changed
    assert names(there()) == NAMES
    assert await publisher.ids() == {tool["id"] for tool in there()}
    assert await publisher.states() == dict.fromkeys(NAMES)
    assert vapi.complaints == []


async def test_a_published_tool_posts_here_with_our_secret_and_answers_within_the_call(publisher, there):
    await publisher.publish()

    [book] = [tool for tool in there() if tool["function"]["name"] == "book"]
    assert book["type"] == "function"
    assert book["async"] is False
    assert book["server"]["url"] == "https://here.example/api/vapi/tools/book"
    assert book["server"]["headers"] == {"X-Vapi-Secret": "s3cret"}
    assert book["server"]["timeoutSeconds"] <= 5
    assert book["server"]["backoffPlan"]["maxRetries"] * book["server"]["backoffPlan"]["baseDelaySeconds"] <= 1


async def test_a_second_time_with_nothing_to_do_writes_nothing(publisher, vapi):
    await publisher.publish()
    vapi.sent.clear()

    published = await publisher.publish()

    assert not published.ids_changed
    assert [(method, path) for method, path, _ in vapi.sent] == [("GET", "/tool")]


async def test_a_changed_definition_updates_the_tool_in_place(publishing, catalogue, vapi, there):
    await publishing().publish()
    before = {tool["id"] for tool in there()}
    changed = (replace(catalogue[0], description="Books better."), *catalogue[1:])
    vapi.sent.clear()

    published = await publishing(changed).publish()

    assert {tool["id"] for tool in there()} == before
    assert [body["function"]["description"] for body in vapi.bodies("PATCH")] == ["Books better."]
    assert not published.ids_changed


async def test_what_somebody_added_to_a_tool_stays(publisher, vapi, there):
    await publisher.publish()
    [book] = [tool for tool in there() if tool["function"]["name"] == "book"]
    messages = [{"type": "request-start", "content": "One moment."}]
    vapi.simulator.store.patch("tool", book["id"], {"messages": messages, "async": True})

    await publisher.publish()

    book = vapi.simulator.store.get("tool", book["id"])
    assert (book["messages"], book["async"]) == (messages, False)


async def test_a_tool_that_was_deleted_in_vapi_is_made_again_and_its_id_is_a_former_one(publisher, vapi, there):
    await publisher.publish()
    gone = there()[0]["id"]
    vapi.simulator.store.delete("tool", gone)

    published = await publisher.publish()

    assert published.ids_changed
    assert names(there()) == NAMES
    assert [tool.vapi_id for tool in await publisher.tools.former()] == [gone]


async def test_a_tool_that_a_list_leaves_out_is_not_made_again(publisher, network, there):
    await publisher.publish()
    hidden = there()[0]["id"]
    network.hides = lambda item: item["id"] == hidden

    await publisher.publish()

    assert names(there()) == NAMES


FAULTS = [(429, False), (500, False), (504, True)]


@pytest.mark.parametrize(("status", "committed"), FAULTS)
@pytest.mark.parametrize("step", range(1, 6))
async def test_whatever_fails_at_whichever_request_there_is_one_tool_of_each_name_in_the_end(
    publisher, network, there, clock, status, committed, step
):
    """Steps: the list, three creates, the look whether they are there."""
    network.fail(step, status, times=3, committed=committed)

    for _ in range(4):
        try:
            await publisher.publish()
        except VapiTrouble:
            clock.move(timedelta(seconds=40))

    assert names(there()) == NAMES
    assert await publisher.states() == dict.fromkeys(NAMES)


@pytest.mark.parametrize(("status", "committed"), FAULTS)
async def test_an_update_that_fails_is_made_good_and_never_a_create(
    publishing, catalogue, vapi, there, status, committed
):
    await publishing().publish()
    changed = tuple(replace(tool, description="Other words.") for tool in catalogue)
    publisher = publishing(changed)
    vapi.sent.clear()
    vapi.fail("PATCH", "/tool/{id}", status, times=3, committed=committed)

    with pytest.raises(VapiAway):
        await publisher.publish()
    assert PendingReason.VAPI_AWAY in (await publisher.states()).values()
    await publisher.publish()

    assert {tool["function"]["description"] for tool in there()} == {"Other words."}
    assert vapi.bodies("POST") == []
    assert await publisher.states() == dict.fromkeys(NAMES)


async def test_a_create_whose_answer_was_lost_and_that_does_not_show_yet_is_not_repeated(
    publisher, network, vapi, there
):
    vapi.fail("POST", "/tool", 504, committed=True)
    network.hides = lambda _: True
    with pytest.raises(VapiAway):
        await publisher.publish()

    published = await publisher.publish()

    assert names(there()) == NAMES
    assert sorted((await publisher.states()).items()) == [
        ("book", PendingReason.CREATE_UNCONFIRMED),
        ("cancel", None),
        ("list", None),
    ]
    assert published.look_again_in == timedelta(seconds=30)
    network.hides = lambda _: False
    await publisher.publish()
    assert names(there()) == NAMES
    assert await publisher.states() == dict.fromkeys(NAMES)


async def test_a_create_that_never_happened_is_asked_for_again_when_that_is_sure(publisher, vapi, there, clock):
    vapi.fail("POST", "/tool", 504)
    with pytest.raises(VapiAway):
        await publisher.publish()
    assert there() == []

    clock.move(timedelta(seconds=31))
    await publisher.publish()

    assert names(there()) == NAMES


async def test_a_tool_that_vapi_refuses_is_told_and_the_others_are_published(publisher, vapi, there):
    vapi.fail("POST", "/tool", 400)

    await publisher.publish()

    assert (await publisher.states())["book"] is PendingReason.VAPI_REFUSED
    assert names(there()) == ["cancel", "list"]
    await publisher.publish()
    assert names(there()) == NAMES


async def test_without_a_key_that_is_accepted_nothing_is_published_and_all_is_told(publisher, vapi, there, budget):
    vapi.fail("POST", "/tool", 401)

    with pytest.raises(VapiUnauthorised):
        await publisher.publish()

    assert await publisher.states() == dict.fromkeys(NAMES, PendingReason.VAPI_UNAUTHORISED)
    await budget.note(is_refused=False)
    await publisher.publish()
    assert names(there()) == NAMES


async def test_at_another_address_the_same_tools_are_pointed_there(publisher, deployment, vapi, there):
    await publisher.publish()
    before = {tool["id"] for tool in there()}
    deployment.move("https://elsewhere.example")
    vapi.sent.clear()

    published = await publisher.publish()

    assert {tool["id"] for tool in there()} == before
    assert {tool["server"]["url"].partition("/api")[0] for tool in there()} == {"https://elsewhere.example"}
    assert len(vapi.bodies("PATCH")) == len(NAMES)
    assert not published.ids_changed
    assert {tool.url for tool in await publisher.tools.all()} == {tool["server"]["url"] for tool in there()}


async def test_after_a_lost_database_the_tools_are_known_again_by_their_name_and_address(publishing, vapi, there):
    await publishing().publish()
    vapi.sent.clear()

    fresh = publishing(elsewhere=True)
    await fresh.publish()

    assert vapi.bodies("POST") == vapi.bodies("PATCH") == []
    assert await fresh.ids() == {tool["id"] for tool in there()}
