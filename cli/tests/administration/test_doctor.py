import json

import pytest

from cli.tests.administration.fake_gateway import HARBOR, KEY, LAKESIDE
from switchboard_cli.tunnel.mark import Mark

READY = {
    "status": "ready",
    "backends": {name: {"connected": True} for name in ("tenancy", "booking", "assistant_sync")},
    "routes_watched": True,
    "last_event": None,
}
NO_DRIFT = {"assistants": [], "warnings": []}
WARNING = {
    "kind": "phone_number",
    "name": "+12125550100",
    "vapi_id": "num-1",
    "url": "http://localhost:8000",
    "fault": "loopback",
    "fix": "switchboard tunnel",
}
LATEST = "/api/assistants/rollouts/latest"
COMPLETED = {"id": "r-1", "state": "completed", "backend_url": "https://two.example", "failed": 0}


@pytest.fixture
def well(gateway):
    """Nothing is wrong."""
    gateway.will_answer("GET", "/ready", READY)
    gateway.will_answer("GET", "/api/assistants/drift", NO_DRIFT)
    gateway.will_refuse("GET", LATEST, 404, code="ROLLOUT_NOT_FOUND")
    return gateway


def test_what_is_well_is_told(switchboard, well):
    result = switchboard("doctor")

    assert result.exit_code == 0
    assert "!" not in result.stdout
    for told in ("accepts the key", "reaches tenancy", "reaches assistant_sync", "Vapi answers"):
        assert told in result.stdout


def test_every_organization_is_looked_at(switchboard, well):
    switchboard("doctor")

    asked = [one.organization for one in well.asked if one.path == "/api/assistants/drift"]
    assert asked == [LAKESIDE["id"], HARBOR["id"]]


def test_a_backend_that_is_away_is_named(switchboard, well):
    away = READY["backends"] | {"booking": {"connected": False}}
    well.will_answer("GET", "/ready", READY | {"backends": away})

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "does not reach booking" in result.stdout
    assert "BOOKING_ADDR" in result.stdout


@pytest.mark.parametrize("code", ["VAPI_UNAUTHORISED", "VAPI_AWAY"])
def test_vapis_own_trouble_is_told_once_with_its_remedy(switchboard, well, code):
    problem = {"detail": "Vapi does not accept this deployment's key.", "fix": "Check VAPI_PRIVATE_KEY."}
    well.will_refuse("GET", "/api/assistants/drift", 503, code=code, **problem)

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert result.stdout.count("Vapi does not accept") == 1
    assert "Check VAPI_PRIVATE_KEY." in result.stdout
    assert "Vapi answers" not in result.stdout


def test_urls_that_should_not_be_are_told_with_whose_they_are_and_what_mends_them(switchboard, well):
    tool = WARNING | {"kind": "tool", "name": "endCall"}
    well.will_answer("GET", "/api/assistants/drift", NO_DRIFT | {"warnings": [WARNING, tool]})

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "that this machine alone reaches" in result.stdout
    assert "  Lakeside Dental, phone number +12125550100: http://localhost:8000\n" in result.stdout
    assert "  Harbor Physiotherapy, phone number +12125550100" in result.stdout
    assert result.stdout.count("tool endCall") == 1
    assert result.stdout.count("  → switchboard tunnel\n") == 1


def test_two_tools_of_a_name_are_told_with_whose_they_are_and_what_to_do(switchboard, well):
    two = {"kind": "assistant", "name": "Receptionist", "vapi_id": "asst-1", "url": "", "fault": "two_of_a_name"}
    two |= {"tool": "transferCall", "fix": "take the other one off"}
    well.will_answer("GET", "/api/assistants/drift", NO_DRIFT | {"warnings": [two]})

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "another tool of the same name" in result.stdout
    assert "  Lakeside Dental, assistant Receptionist: transferCall\n" in result.stdout
    assert "  → take the other one off\n" in result.stdout


def test_an_assistant_that_was_deleted_is_told(switchboard, well):
    gone = {"type": "inbound", "name": "Receptionist", "vapi_assistant_id": "asst-1", "missing": True, "fields": []}
    well.will_answer("GET", "/api/assistants/drift", NO_DRIFT | {"assistants": [gone]})

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "Lakeside Dental: the inbound assistant was deleted in Vapi" in result.stdout
    assert f"switchboard assistants save inbound -o {LAKESIDE['id']} --recreate" in result.stdout


@pytest.mark.parametrize(
    ("trouble", "told"),
    [({"state": "halted"}, "is halted"), ({"state": "paused"}, "is paused"), ({"failed": 2}, "2 of the last roll-out")],
)
def test_a_rollout_that_did_not_end_well_is_told(switchboard, well, trouble, told):
    well.will_answer("GET", LATEST, COMPLETED | trouble)

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert told in result.stdout
    assert "switchboard rollout resume" in result.stdout


def test_a_rollout_that_ended_well_is_no_trouble(switchboard, well):
    well.will_answer("GET", LATEST, COMPLETED)

    assert switchboard("doctor").exit_code == 0


def test_a_tunnel_that_was_killed_is_told_and_one_that_runs_is_not(switchboard, well):
    mark = Mark(None, well.url)
    with mark.alone():
        mark.make("https://tunnel.example")
        assert switchboard("doctor").exit_code == 0

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "https://tunnel.example" in result.stdout
    assert "switchboard rollout back" in result.stdout


def test_a_key_that_is_not_accepted_ends_it(switchboard, well):
    well.will_refuse("GET", "/api/organizations", 401)

    result = switchboard("doctor")

    assert result.exit_code == 1
    assert "SWITCHBOARD_ADMIN_KEY" in result.stderr


def test_findings_for_machines(switchboard, well):
    well.will_answer("GET", "/api/assistants/drift", NO_DRIFT | {"warnings": [WARNING]})

    result = switchboard("doctor", "--json")

    findings = json.loads(result.stdout)["findings"]
    assert [one["fix"] for one in findings if not one["is_well"]] == ["switchboard tunnel"]
    assert KEY not in result.stdout
