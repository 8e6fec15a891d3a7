"""The ways in which a tool call is written all become the same use of a tool."""

import json

import pytest

from gateway.message.messages import read
from gateway.message.wire import ArgumentsUnreadable, holds_tool_calls, legacy_use, tool_uses

ARGUMENTS = {"date": "2027-03-09"}
TEXT = json.dumps(ARGUMENTS)

SHAPES = {
    "object": {"id": "c1", "function": {"name": "checkAvailability", "arguments": ARGUMENTS}},
    "JSON text": {"id": "c1", "function": {"name": "checkAvailability", "arguments": TEXT}},
    "function.parameters": {"id": "c1", "function": {"name": "checkAvailability", "parameters": ARGUMENTS}},
    "flat arguments": {"id": "c1", "name": "checkAvailability", "arguments": ARGUMENTS},
    "flat parameters": {"id": "c1", "name": "checkAvailability", "parameters": ARGUMENTS},
    "flat parameters as text": {"id": "c1", "name": "checkAvailability", "parameters": TEXT},
}
PLACES = {
    "toolCallList": lambda call: {"toolCallList": [call]},
    "toolCalls": lambda call: {"toolCalls": [call]},
    "toolCalls beside an empty list": lambda call: {"toolCallList": [], "toolCalls": [call]},
    "toolWithToolCallList": lambda call: {"toolWithToolCallList": [{"name": "another", "toolCall": call}]},
    "toolCall": lambda call: {"toolCall": call},
}


def uses(message, named_in_url=""):
    body = json.dumps({"message": {"type": "tool-calls", **message}}).encode()
    return tool_uses(read(body).message, body=body, named_in_url=named_in_url)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_every_place_is_read(shape, place):
    [use] = uses(PLACES[place](SHAPES[shape]))
    assert (use.id, use.name, use.arguments()) == ("c1", "checkAvailability", ARGUMENTS)


def test_the_first_place_that_holds_calls_is_read_alone():
    found = uses({"toolCallList": [SHAPES["object"]], "toolCalls": [SHAPES["object"], SHAPES["object"]]})
    assert len(found) == 1


def test_a_wrapped_call_without_a_name_takes_the_tools():
    wrapped = {"name": "checkAvailability", "toolCall": {"id": "c1", "parameters": ARGUMENTS}}
    assert uses({"toolWithToolCallList": [wrapped]})[0].name == "checkAvailability"


def test_a_name_under_function_wins_over_a_flat_one():
    assert uses({"toolCallList": [{"name": "flat", "function": {"name": "deep"}}]})[0].name == "deep"


@pytest.mark.parametrize(
    "nothing", [{}, {"arguments": None}, {"arguments": ""}, {"arguments": " "}, {"arguments": "null"}]
)
def test_absent_arguments_are_none_given(nothing):
    assert uses({"toolCallList": [{"function": {"name": "a", **nothing}}]})[0].arguments() == {}


def test_null_arguments_give_way_to_the_next_place():
    call = {"name": "a", "function": {"arguments": None}, "parameters": ARGUMENTS}
    assert uses({"toolCallList": [call]})[0].arguments() == ARGUMENTS


@pytest.mark.parametrize("arguments", ['{"date": "2027-0', "{", "[]", "7", [], 7, True, '"text"', "[" * 100_000])
def test_arguments_that_are_no_object_are_unreadable(arguments):
    [use] = uses({"toolCallList": [{"name": "a", "arguments": arguments}]})
    with pytest.raises(ArgumentsUnreadable):
        use.arguments()


def test_a_number_beyond_all_bounds_is_unreadable_and_spoils_no_other_call():
    body = (
        b'{"message": {"type": "tool-calls", "toolCallList": [{"arguments": {"a": 1e400}}, {"arguments": {"a": 1}}]}}'
    )
    first, second = tool_uses(read(body).message, body=body, named_in_url="")
    with pytest.raises(ArgumentsUnreadable):
        first.arguments()
    assert second.arguments() == {"a": 1}


def test_half_an_emoji_in_arguments_is_replaced():
    [use] = uses({"toolCallList": [{"name": "a", "arguments": {"patientName": "Odile \ud83d", "plain": "\\ud83d 😀"}}]})
    assert use.arguments() == {"patientName": "Odile \ufffd", "plain": "\\ud83d 😀"}


def test_half_an_emoji_in_arguments_as_text_is_replaced():
    [use] = uses({"toolCallList": [{"name": "a", "arguments": json.dumps({"patientName": "Odile \ud83d"})}]})
    assert use.arguments() == {"patientName": "Odile \ufffd"}


def test_made_ids_are_the_same_for_the_same_body_and_differ_within_it():
    message = {"toolCallList": [{"name": "a"}, {"name": "a"}, {"name": "a", "id": "sent"}]}
    first, second = uses(message), uses(message)
    assert [use.id for use in first] == [use.id for use in second]
    assert len({use.id for use in first}) == 3
    assert first[2].id == "sent"


def test_made_ids_differ_between_bodies():
    assert uses({"toolCallList": [{"name": "a"}]})[0].id != uses({"toolCallList": [{"name": "b"}]})[0].id


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "tool-calls"}, True),
        ({"toolCall": {"function": {"name": "a"}}}, True),
        ({"toolCallList": [{"name": "a"}]}, True),
        ({}, False),
        ({"type": "status-update", "toolCalls": [{"name": "a"}]}, False),
        ({"type": 7, "toolCallList": [{"name": "a"}]}, False),
    ],
)
def test_the_type_says_whether_results_are_wanted_and_where_there_is_none_a_call_does(message, expected):
    assert holds_tool_calls(read(json.dumps({"message": message}).encode()).message) is expected


def test_a_legacy_function_call_is_read():
    body = json.dumps({"message": {"functionCall": {"name": "checkAvailability", "parameters": TEXT}}}).encode()
    use = legacy_use(read(body).message, body=body, named_in_url="another")
    assert (use.name, use.arguments()) == ("checkAvailability", ARGUMENTS)
    assert use.id
