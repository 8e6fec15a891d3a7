"""When a phone number in Vapi has what it shall have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant_sync.domain.numbers.number import PhoneNumber, Pointing, fields_to_patch, find, is_answered_by_others
from switchboard_cli.vapi_simulator.validation import validate_request

SERVER = {"url": "https://here.example/api/vapi/webhook", "timeoutSeconds": 20, "headers": {"X-Vapi-Secret": "s3cret"}}
OURS = Pointing(SERVER, "ours", {"ours-once"})
PROVIDERS = ("twilio", "telnyx", "vonage", "byo-phone-number", "vapi")


def _in_vapi(**fields: object) -> dict:
    return {"id": "1", "createdAt": "1", "number": "+12125550100", "provider": "twilio", **fields}


servers = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            "url": st.sampled_from(["https://else.example", SERVER["url"]]),
            "timeoutSeconds": st.integers(1, 300),
            "headers": st.dictionaries(st.sampled_from(["Authorization", "X-Vapi-Secret"]), st.sampled_from("ab")),
            "credentialId": st.just("theirs"),
            "staticIpAddressesEnabled": st.booleans(),
            "secret": st.just("legacy"),
        },
    ),
)
numbers = st.builds(
    _in_vapi,
    provider=st.sampled_from(PROVIDERS),
    server=servers,
    name=st.just("The clinic"),
    assistantId=st.sampled_from([None, "ours", "ours-once", "theirs"]),
    squadId=st.sampled_from([None, None, "squad"]),
)


@given(numbers, st.sampled_from([OURS, Pointing(SERVER, None)]))
def test_what_is_sent_is_what_vapi_takes_and_leaves_nothing_to_send(number, pointing):
    fields = fields_to_patch(pointing, number)

    assert not fields or validate_request("PATCH", "/phone-number/1", fields) == []
    assert fields_to_patch(pointing, number | dict(fields)) == {}


@given(numbers)
def test_what_somebody_else_set_stays(number):
    after = number | dict(fields_to_patch(OURS, number))

    theirs = {k: v for k, v in (number["server"] or {}).items() if k not in (*SERVER, "secret")}
    assert theirs.items() <= after["server"].items()
    assert number["assistantId"] != "theirs" or after["assistantId"] == "theirs"
    assert not number["squadId"] or after["assistantId"] == number["assistantId"]


@pytest.mark.parametrize(
    ("fields", "by_others"),
    [
        ({}, False),
        ({"assistantId": "ours"}, False),
        ({"assistantId": "ours-once"}, False),
        ({"assistantId": "theirs"}, True),
        ({"squadId": "squad"}, True),
        ({"workflowId": "workflow"}, True),
    ],
)
def test_only_a_number_that_nobody_else_gave_away_gets_our_assistant(fields, by_others):
    number = _in_vapi(**fields)

    assert is_answered_by_others(OURS, number) is by_others
    assert ("assistantId" in fields_to_patch(OURS, number)) is (not by_others and fields.get("assistantId") != "ours")


def test_without_an_inbound_agent_a_number_gets_the_server_alone():
    assert fields_to_patch(Pointing(SERVER, None), _in_vapi()) == {"provider": "twilio", "server": SERVER}


def test_a_number_is_found_by_its_digits_and_kept_by_its_id():
    older, newer = _in_vapi(id="1", createdAt="1"), _in_vapi(id="2", createdAt="2")
    other = _in_vapi(id="3", createdAt="0", number="+14155550100")

    assert find(PhoneNumber("+12125550100", None), [newer, other, older]) == older
    assert find(PhoneNumber("+12125550100", "2"), [newer, other, older]) == newer
    assert find(PhoneNumber("+12125550100", "3"), [newer, other, older]) == older
    assert find(PhoneNumber("+13035550100", "3"), [newer, other, older]) is None
