"""What in a message says whose call it is, and what does not."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.message.evidence import MALFORMED, evidence_in
from gateway.message.messages import read


def evidence(message, **beside):
    return evidence_in(read(json.dumps({"message": message, **beside}).encode()))


def test_the_line_is_the_called_number_also_on_outbound_calls():
    found = evidence(
        {
            "phoneNumber": {"number": "+12065550142"},
            "customer": {"number": "+12065550177"},
            "call": {"type": "outboundPhoneCall"},
        }
    )
    assert found.called_number == "+12065550142"


def test_ids_are_collected_from_both_places():
    found = evidence(
        {"phoneNumber": {"id": "n1"}, "call": {"phoneNumberId": "n2", "assistantId": "a1"}, "assistant": {"id": "a2"}}
    )
    assert (found.phone_number_ids, found.assistant_ids) == (("n1", "n2"), ("a1", "a2"))


def test_an_id_that_is_stated_twice_is_one_piece():
    found = evidence({"phoneNumber": {"id": "n1"}, "call": {"phoneNumberId": "n1"}})
    assert found.phone_number_ids == ("n1",)


def test_metadata_is_collected_from_its_four_places():
    found = evidence(
        {
            "assistant": {"metadata": {"org_id": "o1"}},
            "call": {"assistantOverrides": {"metadata": {"org_id": "o2"}}},
            "customer": {"metadata": {"org_id": "o4"}},
        },
        customer={"metadata": {"org_id": "o3"}},
    )
    assert found.metadata_org_ids == ("o1", "o2", "o3", "o4")


def test_an_argument_of_the_model_is_no_evidence():
    found = evidence({"toolCallList": [{"name": "a", "arguments": {"org_id": "o1", "metadata": {"org_id": "o1"}}}]})
    assert found == evidence({})


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_null_and_blank_are_no_evidence(nothing):
    message = {"phoneNumber": {"number": nothing, "id": nothing}, "assistant": {"metadata": {"org_id": nothing}}}
    assert evidence(message) == evidence({})


@pytest.mark.parametrize("strange", [7, True, [], {}, 1.5, "9" * 257])
def test_evidence_that_is_no_text_is_malformed_and_not_absent(strange):
    found = evidence(
        {"phoneNumber": {"number": strange}, "assistant": {"id": strange, "metadata": {"org_id": strange}}}
    )
    assert (found.called_number, found.assistant_ids, found.metadata_org_ids) == (MALFORMED, (MALFORMED,), (MALFORMED,))


@pytest.mark.parametrize("strange", ["+12065550142", 7, [], True])
def test_a_line_that_is_no_object_is_malformed_so_that_metadata_does_not_decide(strange):
    assert evidence({"phoneNumber": strange}).called_number == MALFORMED


def test_a_call_began_when_the_message_says_else_when_it_was_created():
    created = {"call": {"createdAt": "2027-03-02T17:20:04.310Z"}}
    assert evidence(created).at == datetime(2027, 3, 2, 17, 20, 4, 310000, tzinfo=UTC)
    assert evidence(created | {"startedAt": "2027-03-02T19:20:06+02:00"}).at == datetime(
        2027, 3, 2, 17, 20, 6, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "strange", ["yesterday", 1804008004310, [], "0001-01-01T00:00:00+14:00", "2027-13-01T00:00:00Z"]
)
def test_an_unreadable_start_is_none(strange):
    assert evidence({"startedAt": strange}).at is None


def test_the_question_for_tenancy_holds_every_piece():
    request = evidence(
        {
            "phoneNumber": {"number": "+12065550142", "id": "n1"},
            "call": {"phoneNumberId": "n2", "assistantId": "a1", "createdAt": "2027-03-02T17:20:04Z"},
            "assistant": {"id": "a2", "metadata": {"org_id": "o1"}},
            "customer": {"metadata": {"org_id": "o2"}},
        }
    ).request()
    assert (request.called_number, request.phone_number_id, request.assistant_id, request.metadata_org_id) == (
        "+12065550142", "n1", "a1", "o1",
    )  # fmt: skip
    assert (
        list(request.other_phone_number_ids),
        list(request.other_assistant_ids),
        list(request.other_metadata_org_ids),
    ) == (["n2"], ["a2"], ["o2"])
    assert request.at.ToDatetime(UTC) - datetime(2027, 3, 2, 17, 20, 4, tzinfo=UTC) == timedelta(0)


def test_without_a_start_the_question_is_about_now():
    assert not evidence({}).request().HasField("at")
