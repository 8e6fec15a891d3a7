"""What is known of our tools in Vapi, in a real database."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.tools.published import FormerTool
from assistant_sync.store.published_tools import PublishedToolStore
from chassis.database.engine import Database

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)
URL = "https://here.example/api/vapi/tools/book"


@pytest.fixture
async def tools(database):
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("TRUNCATE assistant_sync.published_tools, assistant_sync.former_tools")
    await connection.close()
    engine = Database(database.app_url, pool_size=2)
    yield PublishedToolStore(engine)
    await engine.close()


async def test_a_tool_that_is_wanted_is_unfinished_until_its_outcome_is_recorded(tools):
    await tools.want(["book", "cancel"], NOW)
    await tools.keep("book", "id-1", NOW)
    await tools.record("book", None, URL, LATER)

    book, cancel = await tools.all()

    assert (book.name, book.vapi_id, book.pending, book.url, book.synced_at) == ("book", "id-1", None, URL, LATER)
    assert (cancel.name, cancel.vapi_id, cancel.pending) == ("cancel", None, PendingReason.UNFINISHED)


async def test_wanting_it_again_leaves_it_and_tells_that_it_is_wanted_still(tools):
    await tools.want(["book"], NOW)
    await tools.keep("book", "id-1", NOW)

    await tools.want(["book"], LATER)

    [book] = await tools.all()
    assert (book.vapi_id, book.wanted_at) == ("id-1", LATER)


async def test_an_outcome_that_is_trouble_leaves_when_it_was_synced_last(tools):
    await tools.want(["book"], NOW)
    await tools.record("book", None, URL, NOW)

    await tools.record("book", PendingReason.VAPI_AWAY, None, LATER)

    [book] = await tools.all()
    assert (book.pending, book.url, book.synced_at) == (PendingReason.VAPI_AWAY, URL, NOW)


async def test_an_intent_to_create_ends_when_the_tool_is_known_or_certainly_does_not_exist(tools):
    await tools.want(["book", "cancel", "list"], NOW)
    for name in ("book", "cancel", "list"):
        await tools.intend_to_create(name, NOW)

    await tools.keep("book", "id-1", LATER)
    await tools.forget_intent("cancel")

    assert {tool.name: tool.create_attempted_at for tool in await tools.all()} == {
        "book": None,
        "cancel": None,
        "list": NOW,
    }


async def test_the_id_that_a_tool_had_before_becomes_a_former_one_and_the_new_one_is_seen_first(tools):
    await tools.want(["book"], NOW)
    await tools.keep("book", "id-1", NOW)
    await tools.record("book", None, URL, NOW)

    await tools.keep("book", "id-2", LATER)

    [book] = await tools.all()
    assert (book.vapi_id, book.url, book.synced_at, book.pending) == ("id-2", None, None, PendingReason.UNFINISHED)
    assert await tools.former() == [FormerTool("id-1", "book", LATER)]


async def test_a_former_tool_that_is_used_again_is_no_former_one(tools):
    await tools.want(["book"], NOW)
    await tools.keep("book", "id-1", NOW)
    await tools.note_former({"id-2": "book"}, NOW)

    await tools.keep("book", "id-2", LATER)

    assert [tool.vapi_id for tool in await tools.former()] == ["id-1"]


async def test_a_tool_that_left_the_catalogue_has_no_id_and_its_name_is_remembered(tools):
    await tools.want(["book"], NOW)
    await tools.keep("book", "id-1", NOW)

    await tools.keep("book", None, LATER)

    [book] = await tools.all()
    assert (book.name, book.vapi_id) == ("book", None)
    assert [tool.vapi_id for tool in await tools.former()] == ["id-1"]


async def test_former_tools_are_noted_once_and_forgotten_by_their_ids(tools):
    await tools.note_former({"id-1": "book", "id-2": "cancel"}, NOW)
    await tools.note_former({"id-2": "cancel"}, LATER)

    await tools.forget_former(["id-1"])

    assert await tools.former() == [FormerTool("id-2", "cancel", NOW)]
