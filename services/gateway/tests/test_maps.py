"""Every kind of error has its answer at both edges, and every outcome its sentence."""

import re

import pytest

from chassis.errors import Kind
from chassis.tools import load_catalogue
from gateway.http.problems import OF_KIND
from gateway.http.remedies import OF_REASON
from gateway.sender.tenants import CALLER_HEARS_WITHOUT_TENANT, SENTENCE_WITHOUT_TENANT, Outcome
from gateway.speech import SENTENCES, ask_for, one_line, unknown_tool
from switchboard.assistants.v1.error_reason_pb2 import ErrorReason as OfAssistants
from switchboard.booking.v1.error_reason_pb2 import ErrorReason as OfBooking
from switchboard.tenancy.v1.error_reason_pb2 import ErrorReason as OfTenancy

NO_CLIENT_CAUSES = {
    "API_KEY_UNKNOWN": "answered with a 401 before anything else",
    "ASSISTANT_TAKEN": "assistant-sync registers assistants",
    "ARGUMENT_NOT_UNDERSTOOD": "asked for again in the call",
    "MALFORMED_ASSISTANT_ID": "assistant-sync registers assistants",
    "MALFORMED_CALL": "the gateway records calls",
    "QUARANTINE_FULL": "the gateway quarantines messages",
    "SEALED_WITH_UNKNOWN_KEY": "whoever runs tenancy has lost a key",
    "TOOL_CALL_CONFLICT": "Vapi makes tool calls",
    "UNKNOWN_AGENT_TYPE": "what is no type is no path",
    "WATCH_BROKEN": "no route of the API watches",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_spoken_in_one_line(kind):
    assert SENTENCES[kind] == one_line(SENTENCES[kind]) != ""


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_a_problem_with_an_error_status_and_a_remedy(kind):
    problem = OF_KIND[kind]
    assert 400 <= problem.status < 600
    assert problem.fix


def test_every_state_that_a_client_can_cause_has_a_remedy():
    states = {*OfTenancy.keys(), *OfBooking.keys(), *OfAssistants.keys()} - {"ERROR_REASON_UNSPECIFIED"}
    assert {*OF_REASON, *NO_CLIENT_CAUSES} == states
    assert not {*OF_REASON} & {*NO_CLIENT_CAUSES}


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.RESOLVED}))
def test_every_outcome_without_a_tenant_has_a_sentence(outcome):
    assert SENTENCE_WITHOUT_TENANT[outcome]


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.RESOLVED}))
def test_what_a_caller_hears_is_one_line_and_no_instruction_to_an_assistant(outcome):
    sentence = CALLER_HEARS_WITHOUT_TENANT[outcome]
    assert sentence == one_line(sentence) != ""
    assert not re.search(r"\b(the caller|ask|offer|try once more)\b", sentence, re.IGNORECASE)


@pytest.mark.parametrize("sentences", [SENTENCE_WITHOUT_TENANT, CALLER_HEARS_WITHOUT_TENANT])
def test_a_contradiction_sounds_like_an_unknown_line(sentences):
    assert sentences[Outcome.CONTRADICTION] == sentences[Outcome.UNKNOWN]


@pytest.mark.parametrize("tool", load_catalogue().values(), ids=lambda tool: tool.name)
def test_every_required_argument_of_every_tool_can_be_asked_for(tool):
    problems = tool.problems({})
    assert {problem.name for problem in problems} == {name for name, a in tool.arguments.items() if a.required}
    sentence = ask_for(problems)
    assert sentence == one_line(sentence)
    for problem in problems:
        assert problem.ask in sentence


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 5000])
def test_a_strange_tool_name_is_spoken_in_one_short_line(name):
    sentence = unknown_tool(name)
    assert sentence == one_line(sentence)
    assert len(sentence) < 200
