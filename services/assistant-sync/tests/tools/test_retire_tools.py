"""Tools of ours that are not used are deleted, once nobody has them; nobody else's ever."""

from contextlib import suppress
from copy import deepcopy
from datetime import timedelta

import pytest

from assistant_sync.domain.tools.retire_tools import DETACHED_WITHIN
from assistant_sync.domain.trouble import VapiAway


@pytest.fixture
def store(vapi):
    return vapi.simulator.store


@pytest.fixture
async def twin(publisher, store, there):
    """A second tool of ours, as a user or another database left it."""
    await publisher.publish()
    book = next(tool for tool in there() if tool["function"]["name"] == "book")
    fields = {name: deepcopy(book[name]) for name in ("type", "async", "function", "server")}
    return store.create("tool", fields)["id"]


async def test_an_orphan_is_deleted_once_everybody_who_was_attaching_it_has_ended(publisher, twin, clock, there):
    published = await publisher.publish()

    assert (published.ids_changed, published.look_again_in) == (True, DETACHED_WITHIN)
    assert twin in {tool["id"] for tool in there()}
    clock.move(DETACHED_WITHIN)
    await publisher.publish()
    assert len(there()) == 3
    assert twin not in {tool["id"] for tool in there()}
    assert await publisher.tools.former() == []


@pytest.mark.parametrize("field", ["toolIds", "toolRefs", "tools"])
async def test_an_orphan_that_any_assistant_has_stays_until_it_has_it_no_more(
    publisher, twin, clock, store, there, field
):
    """Wherever it names it. A call fails by the id of a tool that is missing."""
    attached = {"toolIds": [twin], "toolRefs": [{"toolId": twin, "version": "v1"}], "tools": [{"id": twin}]}
    model = {"provider": "openai", "model": "gpt-4o", field: attached[field]}
    assistant = store.create("assistant", {"model": model})
    await publisher.publish()
    clock.move(DETACHED_WITHIN)

    published = await publisher.publish()

    assert twin in {tool["id"] for tool in there()}
    assert published.look_again_in is None
    store.delete("assistant", assistant["id"])
    await publisher.publish()
    assert twin not in {tool["id"] for tool in there()}


@pytest.mark.parametrize(
    "fields",
    [
        {"server": {"url": "https://crm.example/api/vapi/tools/book"}},
        {"function": {"name": "bookTable"}},
    ],
)
async def test_what_is_not_ours_by_name_and_address_is_never_deleted(publisher, twin, clock, store, there, fields):
    """Not even where it was ours: somebody has taken it for their own."""
    await publisher.publish()
    store.patch("tool", twin, fields)
    clock.move(DETACHED_WITHIN)

    await publisher.publish()

    assert twin in {tool["id"] for tool in there()}
    assert await publisher.tools.former() == []


async def test_a_pinned_orphan_stays_and_the_others_go(publisher, twin, clock, store, there):
    await publisher.publish()
    store.pin(twin)
    clock.move(DETACHED_WITHIN)

    await publisher.publish()

    assert twin in {tool["id"] for tool in there()}
    assert [tool.vapi_id for tool in await publisher.tools.former()] == [twin]


@pytest.mark.parametrize(("status", "committed"), [(429, False), (500, False), (504, True)])
async def test_a_delete_that_fails_is_made_good(publisher, twin, clock, vapi, there, status, committed):
    await publisher.publish()
    clock.move(DETACHED_WITHIN)
    vapi.fail("DELETE", "/tool/{id}", status, times=3, committed=committed)

    with suppress(VapiAway):
        await publisher.publish()
    await publisher.publish()

    assert len(there()) == 3
    assert await publisher.tools.former() == []


async def test_a_tool_that_left_the_catalogue_is_retired_when_no_process_has_it(publishing, catalogue, clock, there):
    """While one version of the service replaces another, both publish."""
    old, new = publishing(catalogue), publishing(catalogue[1:])
    await old.publish()

    await new.publish()
    clock.move(timedelta(minutes=10))
    await old.publish()
    clock.move(timedelta(minutes=10))
    await new.publish()
    assert len(there()) == 3

    clock.move(timedelta(minutes=6))
    published = await new.publish()
    assert published.ids_changed
    clock.move(DETACHED_WITHIN)
    await new.publish()
    assert sorted(tool["function"]["name"] for tool in there()) == ["cancel", "list"]
