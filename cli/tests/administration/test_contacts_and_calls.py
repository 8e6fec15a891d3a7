import json

import pytest
from starlette.responses import Response

from cli.tests.administration.fake_gateway import LAKESIDE

CONTACTS = "/api/contacts"
ID = "33333333-3333-4333-8333-333333333333"
ODILE = {
    "id": ID,
    "name": "Odile Ferrant",
    "phone": "+12065550177",
    "email": None,
    "created_at": "2026-11-20T10:00:00Z",
    "updated_at": "2026-11-21T10:00:00Z",
}
RECEIPT = {
    "id": "r-1",
    "erased_at": "2026-11-22T10:00:00Z",
    "contact_id": ID,
    "appointments": 3,
    "calls": 2,
    "tool_calls": 5,
    "cancelled": 1,
}
CALL = {
    "id": "k-1",
    "vapi_call_id": "call-1",
    "caller_number": "+12065550177",
    "status": "ended",
    "started_at": "2026-11-21T09:30:00Z",
    "ended_at": "2026-11-21T09:32:00Z",
    "duration_seconds": 120.0,
    "ended_reason": "customer-ended-call",
    "cost": 0.12,
    "summary": "Booked a cleaning.",
    "appointment_ids": ["a-1"],
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def odile(gateway):
    gateway.will_list(CONTACTS, ODILE)
    gateway.will_answer("GET", f"{CONTACTS}/{ID}", ODILE)
    gateway.will_answer("POST", CONTACTS, ODILE, 201)
    gateway.will_answer("PATCH", f"{CONTACTS}/{ID}", ODILE)
    gateway.will_answer("DELETE", f"{CONTACTS}/{ID}", RECEIPT)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_contacts_are_searched(switchboard, odile):
    result = switchboard("contacts", "list", "--search", "odile", *IN)

    assert "+12065550177" in result.stdout
    assert odile.asked[-1].query["search"] == "odile"


def test_a_contact_is_shown_by_its_id_without_a_search(switchboard, odile):
    assert "Odile Ferrant" in switchboard("contacts", "show", ID, *IN).stdout
    assert odile.asked[-1].path == f"{CONTACTS}/{ID}"


def test_a_contact_is_created_of_what_is_named(switchboard, odile):
    switchboard("contacts", "create", "Odile Ferrant", "--phone", "+12065550177", *IN)

    assert change(odile) == {"name": "Odile Ferrant", "phone": "+12065550177"}


def test_a_number_is_forgotten_by_naming_nothing(switchboard, odile):
    switchboard("contacts", "update", "Odile", "--phone", "", *IN)

    assert change(odile) == {"phone": ""}


def test_what_is_kept_of_a_person_is_printed_as_json(switchboard, odile):
    kept = {"contact": ODILE, "appointments": [], "calls": []}
    odile.will_answer("GET", f"{CONTACTS}/{ID}/export", kept)

    assert json.loads(switchboard("contacts", "export", "Odile", *IN).stdout) == kept


def test_an_erasure_is_asked_about_and_leaves_a_receipt(switchboard, odile):
    result = switchboard("contacts", "erase", "Odile", *IN, input="y\n")

    assert "for good?" in result.stderr
    for told in ("r-1", "2026-11-22 10:00:00Z", ID, "3", "5"):
        assert told in result.stdout
    assert "Odile" not in result.stdout


def test_an_erasure_that_is_not_confirmed_erases_nothing(switchboard, odile):
    assert switchboard("contacts", "erase", "Odile", *IN, input="n\n").exit_code == 1
    assert odile.changes == []


def test_a_script_does_not_have_to_confirm(switchboard, odile):
    assert json.loads(switchboard("contacts", "erase", "Odile", "--yes", "--json", *IN).stdout) == RECEIPT


def test_calls_are_listed_and_shown(switchboard, gateway):
    gateway.will_list("/api/calls", CALL)
    gateway.will_answer("GET", "/api/calls/k-1", CALL)

    assert "customer-ended-call" in switchboard("calls", "list", *IN).stdout
    assert "Booked a cleaning." in switchboard("calls", "show", "k-1", *IN).stdout
    assert {one.organization for one in gateway.asked if "calls" in one.path} == {LAKESIDE["id"]}


def test_a_recording_is_saved(switchboard, gateway, tmp_path):
    gateway.answers["GET", "/api/calls/k-1/recording"] = Response(b"RIFF sound", media_type="audio/wav")
    file = tmp_path / "call.wav"

    result = switchboard("calls", "recording", "k-1", "--to", str(file), "--channel", "stereo", *IN)

    assert file.read_bytes() == b"RIFF sound"
    assert str(file) in result.stderr
    assert gateway.asked[-1].query["channel"] == "stereo"


def test_completeness_is_shown_by_the_day(switchboard, gateway):
    day = {"day": "2026-11-20", "in_vapi": 7, "reported": 6, "fetched": 2, "missing": 1}
    gateway.will_answer("GET", "/api/calls/completeness", {"days": [day]})

    shown = switchboard("calls", "completeness", "--from", "2026-11-20T00:00:00Z", *IN).stdout

    for told in ("2026-11-20", "7", "6", "2", "1"):
        assert told in shown
    assert gateway.asked[-1].query == {"from": "2026-11-20T00:00:00Z"}


def test_calls_are_compared_from_an_earlier_time(switchboard, gateway):
    standing = {"compared_until": "2026-11-20T00:00:00Z", "listed": 9, "nobodys": 2, "missing": 1}
    gateway.will_answer("POST", "/api/platform/call-comparison", standing)

    shown = switchboard("calls", "compare", "--since", "2026-11-14T00:00:00Z").stdout

    assert [one.body for one in gateway.changes] == [{"since": "2026-11-14T00:00:00Z"}]
    assert "2026-11-20 00:00:00Z" in shown
