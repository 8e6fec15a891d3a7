"""The catalogue of tools, as derived from the installed protos."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from chassis import tools
from chassis.tools import ArgumentProblem, Catalogue, Tool, load_catalogue

CATALOGUE = load_catalogue()
TOOLS = pytest.mark.parametrize("tool", CATALOGUE.values(), ids=CATALOGUE)

RIGHT = {"appointmentDate": "2026-12-01", "appointmentTime": "10:00", "patientName": "Ana Exempla"}


@pytest.fixture
def book() -> Tool:
    return CATALOGUE["bookClinicAppointment"]


def test_there_are_tools() -> None:
    assert {"checkAvailability", "bookClinicAppointment"} <= set(CATALOGUE)


@TOOLS
def test_a_tool_is_called_what_a_model_can_call_it(tool: Tool) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool.name)
    assert CATALOGUE[tool.name] is tool


@TOOLS
def test_a_tool_says_shortly_what_it_is_for(tool: Tool) -> None:
    assert 0 < len(tool.description) < 1000


@TOOLS
def test_a_tools_schema_is_json_schema_and_describes_every_argument(tool: Tool) -> None:
    jsonschema_rs.meta.validate(dict(tool.json_schema))
    assert tool.json_schema["type"] == "object"
    assert list(tool.json_schema["properties"]) == list(tool.arguments)
    assert all(properties["description"] for properties in tool.json_schema["properties"].values())


@TOOLS
def test_every_argument_that_is_needed_can_be_asked_for(tool: Tool) -> None:
    required = [name for name, options in tool.arguments.items() if options.required]
    assert tool.json_schema["required"] == required
    assert all(tool.arguments[name].ask.endswith("?") for name in required)


@TOOLS
def test_the_context_is_no_argument_and_every_request_has_one(tool: Tool) -> None:
    assert "context" not in tool.arguments
    context = tool.request_class.DESCRIPTOR.fields_by_name["context"]
    assert context.message_type is not None
    assert context.message_type.full_name == "switchboard.tools.v1.CallContext"


@TOOLS
def test_a_tools_method_is_one_of_its_package(tool: Tool) -> None:
    assert tool.method.startswith(f"/{tool.package}.")


def test_a_tool_that_changes_nothing_says_so() -> None:
    assert CATALOGUE["checkAvailability"].read_only
    assert not CATALOGUE["bookClinicAppointment"].read_only


def test_json_names_and_types_are_the_models(book: Tool) -> None:
    assert book.json_schema["required"] == ["appointmentDate", "appointmentTime", "patientName"]
    assert book.json_schema["properties"]["duration"]["type"] == "integer"
    assert book.json_schema["properties"]["appointmentDate"]["format"] == "date"


def test_what_is_no_argument_is_dropped(book: Tool) -> None:
    sent = {**RIGHT, "context": {"callerNumber": "+1"}, "org_id": "x", "appointment_date": "x"}
    assert book.known(sent) == RIGHT


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n"])
def test_null_and_blank_are_as_good_as_absent(book: Tool, nothing: object) -> None:
    assert book.known({**RIGHT, "patientPhone": nothing}) == RIGHT


@pytest.mark.parametrize("value", [0, False])
def test_what_is_false_is_not_absent(book: Tool, value: object) -> None:
    assert book.known({"duration": value}) == {"duration": value}


@pytest.mark.parametrize(
    ("sent", "text"), [(4155550123, "4155550123"), (14155550123.0, "14155550123"), (18, "18"), (0, "0"), (-5, "-5")]
)
def test_a_whole_number_is_text_where_text_is_wanted(book: Tool, sent: float, text: str) -> None:
    assert book.known({"patientPhone": sent, "duration": sent}) == {"patientPhone": text, "duration": sent}


@pytest.mark.parametrize("sent", [18.5, True, 10**15, 10**40, float("nan"), float("inf"), [18], {"hour": 18}])
def test_what_is_no_whole_number_is_wrong_where_text_is_wanted(book: Tool, sent: object) -> None:
    arguments = book.known({"appointmentDate": "2026-12-01", "appointmentTime": sent, "patientName": "Ana"})

    assert [problem.name for problem in book.problems(arguments)] == ["appointmentTime"]


def test_right_arguments_have_no_problem(book: Tool) -> None:
    assert book.problems({**RIGHT, "duration": 30}) == []


def test_everything_missing_or_wrong_is_named_with_what_to_ask(book: Tool) -> None:
    problems = book.problems({"appointmentTime": 10, "patientName": "Ana Exempla", "duration": "long"})

    assert sorted(problems, key=lambda problem: problem.name) == [
        ArgumentProblem("appointmentDate", missing=True, ask="Which day would you like to come in?"),
        ArgumentProblem("appointmentTime", missing=False, ask="What time would suit you?"),
        ArgumentProblem("duration", missing=False, ask=""),
    ]


def test_a_request_holds_the_arguments_and_no_context(book: Tool) -> None:
    request: Any = book.request({**RIGHT, "duration": 30})
    assert (request.appointment_date, request.patient_name, request.duration) == ("2026-12-01", "Ana Exempla", 30)
    assert not request.HasField("context")


@pytest.mark.parametrize(("name", "value"), [("duration", 2**40), ("duration", 1e300), ("patientName", "\ud800")])
def test_what_a_request_cannot_hold_is_refused_without_repeating_it(book: Tool, name: str, value: object) -> None:
    with pytest.raises(ValueError, match="an argument does not fit its type"):
        book.request({**RIGHT, name: value})


def test_an_argument_nested_beyond_reason_is_wrong_and_not_a_fault(book: Tool) -> None:
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]

    assert [problem.name for problem in book.problems({**RIGHT, "appointmentDate": nested})] == ["appointmentDate"]


def test_two_rpcs_cannot_be_one_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    real = tools.services

    def each_twice() -> Iterator[Any]:
        yield from real()
        yield from real()

    monkeypatch.setattr(tools, "services", each_twice)
    with pytest.raises(ValueError, match="two RPCs are the tool"):
        load_catalogue()


def test_the_catalogue_is_the_same_each_time_it_is_loaded() -> None:
    again: Catalogue = load_catalogue()
    assert {name: tool.json_schema for name, tool in again.items()} == {
        name: tool.json_schema for name, tool in CATALOGUE.items()
    }
