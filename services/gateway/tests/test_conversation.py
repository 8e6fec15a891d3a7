"""In which call or chat a message came, and who is really on the line."""

import json

import pytest

from gateway.message.conversation import conversation_of
from gateway.message.messages import read
from gateway.sender.verification import SharedSecret


def conversation(message):
    return conversation_of(read(json.dumps({"message": message}).encode()).message)


def test_ids_of_call_and_chat_are_read():
    found = conversation({"call": {"id": "call-1"}, "chat": {"id": "chat-1"}})
    assert (found.vapi_call_id, found.vapi_chat_id) == ("call-1", "chat-1")


@pytest.mark.parametrize("strange", [None, 7, [], "", "two words", "line\nbreak", "é", "x" * 129])
def test_an_id_that_cannot_be_one_is_none(strange):
    assert conversation({"call": {"id": strange}}).vapi_call_id == ""


@pytest.mark.parametrize("strange", [None, 12065550177, "anonymous", "+0123456789", "12065550177", "+1206555017712345"])
def test_a_caller_without_a_telephone_number_has_none(strange):
    assert conversation({"customer": {"number": strange}}).caller_number == ""


def test_nobody_calls_from_a_number_in_a_browser():
    caller = {"number": "+12065550177"}
    told = {"call": {"id": "call-1", "type": "webCall", "customer": caller}, "customer": caller}
    assert conversation(told).caller_number == ""


@pytest.mark.parametrize("presented", [None, "", "Open sesame", "open sesam", "open sesame!"])
def test_another_secret_does_not_match(presented):
    assert not SharedSecret("open sesame").matches(presented)


def test_a_secret_beyond_ascii_matches_as_the_bytes_that_were_sent():
    assert SharedSecret("sésame").matches("sésame".encode().decode("latin-1"))
