"""In which call or chat a message came, and who is really on the line."""

import json

import pytest

from gateway.message.conversation import conversation_of
from gateway.message.messages import read
from gateway.sender.verification import PlatformSecrets, SharedSecret


def conversation(message, delivery=""):
    return conversation_of(read(json.dumps({"message": message}).encode()).message, delivery)


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


def test_without_call_and_chat_the_same_delivery_has_the_same_id():
    first, again, other = (conversation({}, signed).delivery_id for signed in ("msg_1", "msg_1", "msg_2"))
    assert first == again != other


def test_a_delivery_of_which_nothing_is_signed_is_a_new_one():
    assert conversation({}).delivery_id != conversation({}).delivery_id


@pytest.mark.parametrize("signed", ["x" * 5000, "\xff\x80", "line\nbreak", "call-1"])
def test_the_id_of_a_delivery_is_no_id_that_a_sender_chooses(signed):
    made = conversation({}, signed).delivery_id
    assert made != signed
    assert made.isascii()
    assert len(made) < 64


@pytest.mark.parametrize("message", [{"call": {"id": "call-1"}}, {"chat": {"id": "chat-1"}}])
def test_in_a_call_or_a_chat_deliveries_have_no_ids(message):
    assert conversation(message, "msg_1").delivery_id == ""


@pytest.mark.parametrize("presented", [None, "", "Open sesame", "open sesam", "open sesame!"])
def test_another_secret_does_not_match(presented):
    assert not SharedSecret("open sesame").matches(presented)


def test_a_secret_beyond_ascii_matches_as_the_bytes_that_were_sent():
    assert SharedSecret("sésame").matches("sésame".encode().decode("latin-1"))


@pytest.mark.parametrize(("presented", "which"), [("new", 0), ("old", 1), ("", None), (None, None), ("new,old", None)])
def test_of_several_secrets_each_matches_and_it_is_told_which(presented, which):
    assert PlatformSecrets(["new", "old"]).which(presented) == which
