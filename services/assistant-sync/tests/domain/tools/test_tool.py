"""When a tool in Vapi is what the catalogue says."""

from copy import deepcopy

import pytest

from assistant_sync.domain.tools.tool import Tool, ToolServer, fields_to_create, fields_to_patch

SERVER = ToolServer("https://here.example", frozenset({"https://before.example"}), "s3cret")
BOOK = Tool(
    "book",
    "Books.",
    {
        "type": "object",
        "properties": {
            "date": {"type": "string", "description": "The day", "format": "date"},
            "for": {"type": "string", "description": "Whom", "enum": ["self", "child"]},
        },
        "required": ["date", "for"],
    },
)


def _published() -> dict:
    return {"id": "1", **deepcopy(dict(fields_to_create(BOOK, SERVER)))}


def test_what_vapi_or_somebody_added_is_no_difference():
    there = _published()
    there |= {"messages": [{"type": "request-start", "content": "One moment."}], "isDeleted": False}
    there["function"] |= {"strict": False}
    there["function"]["parameters"] |= {"required": ["for", "date"]}
    there["server"] |= {"staticIpAddressesEnabled": True}

    assert fields_to_patch(BOOK, SERVER, there) == {}


def test_a_tool_without_arguments_may_lose_its_empty_list_of_required_ones():
    bare = Tool("cancel", "Cancels.", {"type": "object", "properties": {}, "required": []})
    there = deepcopy(dict(fields_to_create(bare, SERVER)))
    del there["function"]["parameters"]["required"], there["async"]

    assert fields_to_patch(bare, SERVER, there) == {}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("async",), True, "async"),
        (("server", "url"), "https://before.example/api/vapi/tools/book", "server"),
        (("server", "headers"), {"X-Vapi-Secret": "old"}, "server"),
        (("server", "timeoutSeconds"), 20, "server"),
        (("server", "backoffPlan"), None, "server"),
        (("server",), None, "server"),
        (("function",), None, "function"),
        (("function", "name"), "buch", "function"),
        (("function", "description"), "Bucht.", "function"),
        (("function", "parameters"), None, "function"),
        (("function", "parameters", "required"), ["date"], "function"),
        (("function", "parameters", "properties", "time"), {"type": "string"}, "function"),
        (("function", "parameters", "properties", "date"), {"type": "string"}, "function"),
        (("function", "parameters", "properties", "date", "enum"), ["2026-12-01"], "function"),
        (("function", "parameters", "properties", "for", "enum"), ["self"], "function"),
    ],
)
def test_what_differs_is_sent_whole_and_alone(path, value, field):
    there = _published()
    *parents, last = path
    inner = there
    for name in parents:
        inner = inner[name]
    inner[last] = value

    assert fields_to_patch(BOOK, SERVER, there) == {field: fields_to_create(BOOK, SERVER)[field]}


def test_the_secret_is_not_shown_where_a_server_is_printed():
    assert "s3cret" not in repr(SERVER)
