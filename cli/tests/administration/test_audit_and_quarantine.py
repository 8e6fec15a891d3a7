import json

from cli.tests.administration.fake_gateway import LAKESIDE

ENTRY = {
    "id": "e-1",
    "at": "2026-11-21T09:30:00Z",
    "organization_id": LAKESIDE["id"],
    "actor": "platform-key:k-1",
    "caller": "gateway",
    "action": "phone_number.moved",
    "subject": "n-1",
    "details": {"number": "+12125550100"},
}
MESSAGE = {
    "id": "m-1",
    "message_type": "end-of-call-report",
    "outcome": "unknown",
    "evidence": {"called_number": "+12125550199", "phone_number_ids": [], "assistant_ids": ["a-1", "a-2"], "at": None},
    "call_id": "call-1",
    "received_at": "2026-11-21T09:30:00Z",
    "expires_at": "2026-12-05T09:30:00Z",
    "state": "waiting",
}


def test_the_audit_log_tells_who_did_what_when(switchboard, gateway):
    gateway.will_list("/api/audit", ENTRY)

    result = switchboard("audit")

    for told in ("2026-11-21 09:30:00Z", "platform-key:k-1", "phone_number.moved", "number=+12125550100"):
        assert told in result.stdout


def test_one_organizations_audit_log_is_asked_for_by_its_id(switchboard, gateway):
    gateway.will_list(f"/api/organizations/{LAKESIDE['id']}/audit", ENTRY)

    assert json.loads(switchboard("audit", "-o", "Lakeside Dental", "--json").stdout) == [ENTRY]


def test_no_more_entries_are_shown_than_asked_for(switchboard, gateway):
    gateway.will_page("/api/audit", [ENTRY] * 3, [ENTRY] * 3)

    assert len(json.loads(switchboard("audit", "--limit", "3", "--json").stdout)) == 3
    assert [one.query["limit"] for one in gateway.asked] == ["3"]


def test_the_quarantine_lists_what_waits_and_why(switchboard, gateway):
    gateway.will_list("/api/quarantine", MESSAGE)

    result = switchboard("quarantine", "list")

    for told in ("end-of-call-report", "unknown", "waiting", "called_number=+12125550199", "assistant_ids=a-1", "m-1"):
        assert told in result.stdout
    assert "phone_number_ids" not in result.stdout


def test_a_quarantined_message_is_shown_with_its_body(switchboard, gateway):
    body = {"message": {"type": "end-of-call-report", "summary": "Zoë called"}}
    gateway.will_answer("GET", "/api/quarantine/m-1", MESSAGE | {"body": body})

    result = switchboard("quarantine", "show", "m-1")

    assert '"summary": "Zoë called"' in result.stdout


def test_a_forgotten_body_is_said_to_be(switchboard, gateway):
    gateway.will_answer("GET", "/api/quarantine/m-1", MESSAGE | {"body": None})

    assert "forgotten" in switchboard("quarantine", "show", "m-1").stdout
