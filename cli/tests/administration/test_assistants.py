import json

import pytest

from cli.tests.administration.fake_gateway import LAKESIDE
from switchboard.assistants.v1.agent_service_pb2 import Agent
from switchboard_cli.administration.sync_state import WHY_PENDING

ASSISTANTS = "/api/assistants"
POINT = "/api/vapi/setup/update-assistant-webhook"
INBOUND = {
    "type": "inbound",
    "name": "Receptionist",
    "first_message": "Lakeside Dental, how can I help you?",
    "prompt": "You answer the telephone.",
    "voice": {"provider": "vapi", "voiceId": "Elliot"},
    "model": None,
    "vapi": None,
    "vapi_assistant_id": "asst-1",
    "sync_state": "synced",
    "pending_reason": None,
    "webhook_url": "https://one.example/api/vapi/webhook",
}
OUTBOUND = INBOUND | {
    "type": "outbound",
    "name": "Reminder",
    "vapi_assistant_id": None,
    "sync_state": "pending",
    "pending_reason": "vapi_unauthorised",
}
CHANGED_THERE = {
    "field": "firstMessage",
    "ours": "Hello",
    "theirs": "Howdy",
    "last_synced": "Hello",
    "last_synced_at": "2027-01-31T09:00:00Z",
    "repaired_by_itself": False,
}
OURS_TO_KEEP = CHANGED_THERE | {
    "field": "server.url",
    "ours": "https://one.example",
    "theirs": None,
    "last_synced": None,
    "last_synced_at": None,
    "repaired_by_itself": True,
}
DRIFT = {
    "assistants": [
        {
            "type": "inbound",
            "name": "Receptionist",
            "vapi_assistant_id": "asst-1",
            "missing": False,
            "fields": [CHANGED_THERE, OURS_TO_KEEP],
        },
        {"type": "outbound", "name": "Reminder", "vapi_assistant_id": "asst-2", "missing": True, "fields": []},
    ],
    "warnings": [
        {
            "kind": "phone_number",
            "name": "+12125550100",
            "vapi_id": "num-1",
            "url": "http://localhost:8000",
            "fault": "loopback",
            "fix": "switchboard tunnel",
        }
    ],
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def receptionist(gateway):
    """The clinic's inbound assistant, and one that Vapi does not have yet."""
    gateway.will_list(ASSISTANTS, INBOUND, OUTBOUND)
    gateway.will_answer("GET", f"{ASSISTANTS}/inbound", INBOUND)
    gateway.will_answer("PUT", f"{ASSISTANTS}/inbound", INBOUND)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_assistants_are_listed_with_why_vapi_lacks_one(switchboard, receptionist):
    told = switchboard("assistants", "list", *IN).stdout

    assert "synced" in told
    assert "asst-1" in told
    assert "pending: Vapi does not accept this deployment's key" in told
    assert "none yet" in told


def test_every_reason_to_wait_has_its_words():
    reasons = {name.lower() for name in Agent.PendingReason.keys()} - {"pending_reason_unspecified"}  # noqa: SIM118  # an enum of protobuf, no dict

    assert set(WHY_PENDING) == reasons


def test_an_assistant_is_shown_with_where_it_posts(switchboard, receptionist):
    told = switchboard("assistants", "show", "inbound", *IN).stdout

    for fact in ("Receptionist", "how can I help you?", "voiceId=Elliot", "left to Vapi", INBOUND["webhook_url"]):
        assert fact in told


def test_a_save_sends_what_is_named_and_nothing_else(switchboard, receptionist):
    switchboard("assistants", "save", "inbound", "--first-message", "Hello", *IN)

    assert change(receptionist) == {"first_message": "Hello"}


def test_a_first_save_takes_objects_and_files(switchboard, receptionist, tmp_path):
    (tmp_path / "prompt.txt").write_text("You answer the telephone.\n")
    (tmp_path / "model.json").write_text('{"provider": "openai"}')
    more = ("--voice", '{"provider": "vapi"}', "--model", "@model.json", "--vapi", '{"maxDurationSeconds": 600}')

    switchboard("assistants", "save", "inbound", "--name", "Receptionist", "--prompt-file", "prompt.txt", *more, *IN)

    assert change(receptionist) == {
        "name": "Receptionist",
        "prompt": "You answer the telephone.\n",
        "voice": {"provider": "vapi"},
        "model": {"provider": "openai"},
        "vapi": {"maxDurationSeconds": 600},
    }


def test_an_assistant_that_is_there_can_be_adopted(switchboard, receptionist):
    switchboard("assistants", "save", "inbound", "--name", "Receptionist", "--adopt", *IN)

    assert change(receptionist) == {"name": "Receptionist", "adopt": True}


def test_an_assistant_that_was_deleted_in_vapi_can_be_made_anew(switchboard, receptionist):
    switchboard("assistants", "save", "inbound", "--recreate", *IN)

    assert change(receptionist) == {"recreate": True}


@pytest.mark.parametrize("typed", ["{", "[]", "@nowhere.json", "@binary"])
def test_what_is_no_object_is_refused_before_anything_is_sent(switchboard, receptionist, tmp_path, typed):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    result = switchboard("assistants", "save", "inbound", "--voice", typed, *IN)

    assert result.exit_code == 1
    assert receptionist.changes == []


def test_an_assistant_is_pointed_by_its_type(switchboard, receptionist):
    receptionist.will_answer("POST", POINT, {"assistantId": "asst-1", "webhookUrl": "https://two.example/hook"})

    told = switchboard("assistants", "point", "inbound", "--url", "https://two.example/hook", *IN).stdout

    assert change(receptionist) == {"vapiAssistantId": "asst-1", "webhookUrl": "https://two.example/hook"}
    assert "asst-1 posts to https://two.example/hook" in told


def test_an_assistant_is_pointed_by_vapis_id_at_where_all_are(switchboard, receptionist):
    receptionist.will_answer("POST", POINT, {"assistantId": "asst-7", "webhookUrl": "https://one.example/hook"})

    switchboard("assistants", "point", "asst-7", *IN)

    assert change(receptionist) == {"vapiAssistantId": "asst-7"}


def test_drift_is_shown_as_ours_theirs_and_last_synced(switchboard, receptionist):
    receptionist.will_answer("GET", f"{ASSISTANTS}/drift", DRIFT)

    lines = switchboard("assistants", "drift", *IN).stdout.splitlines()

    (changed_there,) = [line for line in lines if "firstMessage" in line]
    words = changed_there.split()
    assert words[:6] == ["inbound", "(Receptionist)", "firstMessage", "Hello", "Howdy", "Hello"]
    assert changed_there.rstrip().endswith("theirs stays until: assistants save inbound")
    (ours,) = [line for line in lines if "server.url" in line]
    assert ours.rstrip().endswith("ours is put back by itself")


def test_drift_names_what_was_deleted_and_what_mends_a_warning(switchboard, receptionist):
    receptionist.will_answer("GET", f"{ASSISTANTS}/drift", DRIFT)

    told = switchboard("assistants", "drift", *IN).stdout

    assert "outbound (Reminder) was deleted in Vapi" in told
    assert f"switchboard assistants save outbound -o {LAKESIDE['id']} --recreate" in " ".join(told.split())
    (warning,) = [line for line in told.splitlines() if "+12125550100" in line]
    assert warning.rstrip().endswith("switchboard tunnel")


def test_no_drift_is_a_sentence(switchboard, receptionist):
    receptionist.will_answer("GET", f"{ASSISTANTS}/drift", {"assistants": [], "warnings": []})

    assert switchboard("assistants", "drift", *IN).stdout == "Vapi has what was saved.\n"


def test_drift_for_machines_is_what_the_gateway_says(switchboard, receptionist):
    receptionist.will_answer("GET", f"{ASSISTANTS}/drift", DRIFT)

    assert json.loads(switchboard("assistants", "drift", "--json", *IN).stdout) == DRIFT
