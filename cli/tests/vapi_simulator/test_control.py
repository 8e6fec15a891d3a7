"""The control of live calls, as strict as Vapi's and open to whoever has the URL."""

import pytest

TRANSFER = {"type": "transfer", "destination": {"type": "number", "number": "+14155550101"}, "content": "A moment."}


async def commands(vapi, call_id="call-1"):
    return (await vapi.get(f"/_simulator/calls/{call_id}/commands")).json()


@pytest.mark.parametrize(
    "command",
    [
        TRANSFER,
        {"type": "transfer", "destination": {"type": "sip", "sipUri": "sip:billing@voice.example"}},
        {"type": "end-call"},
        {"type": "say", "content": "Hello", "endCallAfterSpoken": False},
        {"type": "add-message", "message": {"role": "system", "content": "x"}, "triggerResponseEnabled": False},
        {"type": "control", "control": "mute-assistant"},
    ],
)
async def test_a_command_is_taken_without_a_key_and_kept_for_its_call(vapi, command):
    answer = await vapi.post("/call-1/control", json=command, headers={"Authorization": ""})

    assert answer.status_code == 200
    assert await commands(vapi) == [command]
    assert await commands(vapi, "call-2") == []


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({**TRANSFER, "number": "+14155550101"}, "property number should not exist"),
        ({"type": "transfer"}, "destination must be"),
        ({**TRANSFER, "destination": {"type": "number", "number": "billing"}}, "destination must be"),
        ({"type": "hang-up"}, "type must be one of"),
        ([], "type must be one of"),
    ],
)
async def test_what_vapi_does_not_take_is_refused_and_not_kept(vapi, command, complaint):
    answer = await vapi.post("/call-1/control", json=command)

    assert answer.status_code == 400
    assert complaint in str(answer.json()["message"])
    assert await commands(vapi) == []


async def test_what_is_no_json_is_refused(vapi):
    assert (await vapi.post("/call-1/control", content=b"{")).status_code == 400


async def test_which_commands_a_call_was_sent_is_told_with_the_key_alone(vapi):
    assert (await vapi.get("/_simulator/calls/x/commands", headers={"Authorization": ""})).status_code == 401
