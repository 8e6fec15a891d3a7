import json

import pytest
from starlette.responses import JSONResponse

from switchboard_cli.administration import following

START = "/api/assistants/rollout"
TWO = "https://two.example"
ROLLOUT = {
    "id": "r-1",
    "state": "canary",
    "backend_url": TWO,
    "previous_backend_url": "https://one.example",
    "started_at": "2027-01-31T09:00:00Z",
    "ended_at": None,
    "waiting": 3,
    "pointed": 0,
    "failed": 0,
    "at_previous_url": 3,
}
DONE = ROLLOUT | {"state": "completed", "waiting": 0, "pointed": 3, "at_previous_url": 0}
HALTED = ROLLOUT | {"state": "halted", "waiting": 2, "failed": 1}
TARGET = {
    "kind": "assistant",
    "vapi_id": "asst-1",
    "name": "Receptionist",
    "organization_id": "11111111-1111-4111-8111-111111111111",
    "url_before": "https://one.example/api/vapi/webhook",
    "url_after": f"{TWO}/api/vapi/webhook",
    "state": "failed",
    "reason": "assistant_missing",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0)


def going_on(gateway, *states):
    """A roll-out that is in each of these states in turn, and stays in the last."""
    left = iter(states)
    gateway.answers["GET", "/api/assistants/rollouts/r-1"] = lambda _: JSONResponse(next(left))


def test_a_dry_run_shows_what_would_change_and_changes_nothing(switchboard, gateway):
    there = TARGET | {"url_before": TARGET["url_after"], "name": "There already"}
    gateway.will_answer("POST", START, {"targets": [TARGET, there]})

    result = switchboard("rollout", "start", TWO, "--dry-run")

    assert result.exit_code == 0
    (line,) = [line for line in result.stdout.splitlines() if "Receptionist" in line]
    assert line.split()[-2:] == [TARGET["url_before"], TARGET["url_after"]]
    assert "There already" not in result.stdout
    assert "1 more have it already" in result.stderr
    assert [one.body for one in gateway.changes] == [{"backend_url": TWO, "dry_run": True}]


def test_a_dry_run_of_what_is_there_is_a_sentence(switchboard, gateway):
    gateway.will_answer("POST", START, {"targets": []})

    assert switchboard("rollout", "start", "--dry-run").stdout == "Everything in Vapi has that URL.\n"


def test_a_rollout_is_followed_until_it_ends(switchboard, gateway):
    gateway.will_answer("POST", START, ROLLOUT, 202)
    going_on(gateway, ROLLOUT, ROLLOUT | {"state": "running", "waiting": 1, "pointed": 2}, DONE)

    result = switchboard("rollout", "start", TWO, "--canaries", "2")

    assert result.exit_code == 0
    assert [one.body for one in gateway.changes] == [{"backend_url": TWO, "canaries": 2}]
    assert result.stderr.splitlines() == ["canary: 0 of 3", "running: 2 of 3", "completed: 3 of 3"]
    assert "completed" in result.stdout


def test_a_halted_rollout_shows_its_trouble_and_what_to_do(switchboard, gateway):
    gateway.will_answer("POST", START, HALTED, 202)
    gateway.will_list("/api/assistants/rollouts/r-1/targets", TARGET, TARGET | {"state": "waiting", "name": "Other"})

    result = switchboard("rollout", "start", TWO)

    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if "Receptionist" in line]
    assert "it was deleted in Vapi" in line
    assert "Other" not in result.stdout
    assert "switchboard rollout resume r-1" in result.stdout


def test_ctrl_c_ends_the_display_alone(switchboard, gateway, monkeypatch):
    gateway.will_answer("POST", START, ROLLOUT, 202)

    def interrupt(_event, _seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(following.threading.Event, "wait", interrupt)
    result = switchboard("rollout", "start", TWO)

    assert result.exit_code == 0
    assert "It goes on by itself" in result.stderr
    assert len(gateway.changes) == 1


def test_one_need_not_wait(switchboard, gateway):
    gateway.will_answer("POST", START, ROLLOUT, 202)

    result = switchboard("rollout", "start", "--no-wait", "--json")

    assert json.loads(result.stdout) == ROLLOUT
    assert [one.path for one in gateway.asked] == [START]


@pytest.mark.parametrize(("verb", "path"), [("pause", "pause"), ("resume", "resume"), ("back", "rollback")])
@pytest.mark.parametrize(("named", "asked"), [((), "latest"), (("r-1",), "r-1")])
def test_a_step_is_taken_with_the_latest_or_the_one_that_is_named(switchboard, gateway, verb, path, named, asked):
    gateway.will_answer("POST", f"/api/assistants/rollouts/{asked}/{path}", DONE, 202)

    result = switchboard("rollout", verb, *named)

    assert result.exit_code == 0
    assert "completed" in result.stdout


def test_status_shows_the_latest_without_waiting(switchboard, gateway):
    gateway.will_answer("GET", "/api/assistants/rollouts/latest", ROLLOUT)

    told = switchboard("rollout", "status").stdout

    assert "canary" in told
    assert "not yet" in told
    assert len(gateway.asked) == 1


def test_status_shows_every_target_where_asked(switchboard, gateway):
    gateway.will_answer("GET", "/api/assistants/rollouts/latest", DONE)
    pointed, restored = (
        TARGET | {"state": "pointed", "reason": None},
        TARGET | {"state": "restored", "name": "Reminder"},
    )
    gateway.will_list("/api/assistants/rollouts/r-1/targets", pointed, restored)

    lines = switchboard("rollout", "status", "--targets").stdout.splitlines()

    assert any("Receptionist" in line and TARGET["url_after"] in line for line in lines)
    assert any("Reminder" in line and TARGET["url_before"] in line for line in lines)


def test_status_follows_where_asked(switchboard, gateway):
    gateway.will_answer("GET", "/api/assistants/rollouts/latest", ROLLOUT)
    going_on(gateway, DONE)

    assert "completed" in switchboard("rollout", "status", "--watch").stdout


def test_the_way_back_is_followed_too(switchboard, gateway):
    back = ROLLOUT | {"state": "rolling_back", "waiting": 2, "at_previous_url": 1}
    gateway.will_answer("POST", "/api/assistants/rollouts/latest/rollback", back, 202)
    going_on(gateway, back | {"state": "rolled_back", "waiting": 0, "at_previous_url": 3})

    assert switchboard("rollout", "back").stderr.splitlines() == ["rolling_back: 1 of 3", "rolled_back: 3 of 3"]
