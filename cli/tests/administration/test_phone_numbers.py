import json

import pytest

from cli.tests.administration.fake_gateway import HARBOR, LAKESIDE

MAPPINGS = "/api/inbound/phone-mappings"
NUMBER = {
    "id": "33333333-3333-4333-8333-333333333333",
    "org_id": LAKESIDE["id"],
    "inbound_phone_number": "+12125550100",
    "clinic_name": "Front desk",
    "vapi_phone_number_id": None,
    "held_from": None,
    "held_until": None,
}


def test_a_first_owners_number_was_held_ever_and_is_now(switchboard, gateway):
    gateway.will_list(MAPPINGS, NUMBER)

    result = switchboard("numbers", "list", "-o", "Lakeside Dental")

    assert "+12125550100" in result.stdout
    assert "ever" in result.stdout
    assert "now" in result.stdout
    assert gateway.asked[-1].organization == LAKESIDE["id"]
    assert "with_former" not in gateway.asked[-1].query


def test_former_numbers_are_shown_when_asked_for(switchboard, gateway):
    former = NUMBER | {"held_until": "2026-11-20T10:00:00.5Z"}
    gateway.will_list(MAPPINGS, former)

    result = switchboard("numbers", "list", "-o", "Lakeside Dental", "--former")

    assert gateway.asked[-1].query["with_former"] == "true"
    assert "2026-11-20 10:00:00Z" in result.stdout


def test_mapping_says_what_was_named_and_no_more(switchboard, gateway):
    gateway.will_answer("POST", MAPPINGS, NUMBER, 201)

    result = switchboard("numbers", "map", "+1 (212) 555-0100", "-o", "1111", "--clinic-name", "Front desk")

    assert result.exit_code == 0
    (asked,) = gateway.changes
    assert asked.organization == LAKESIDE["id"]
    assert asked.body == {"inbound_phone_number": "+1 (212) 555-0100", "clinic_name": "Front desk"}


def test_a_move_names_both_organizations(switchboard, gateway):
    gateway.will_answer("POST", MAPPINGS, NUMBER, 201)

    result = switchboard("numbers", "move", "+12125550100", "--from", "Harbor Physiotherapy", "--to", "Lakeside Dental")

    assert result.exit_code == 0
    (asked,) = gateway.changes
    assert asked.organization == LAKESIDE["id"]
    assert asked.body == {"inbound_phone_number": "+12125550100", "move_from": HARBOR["id"]}


def test_a_move_describes_the_number_in_the_same_request(switchboard, gateway):
    gateway.will_answer("POST", MAPPINGS, NUMBER, 201)

    switchboard(
        "numbers", "move", "+12125550100", "--from", "Harbor Physiotherapy", "--to", "Lakeside Dental",
        "--clinic-name", "Front desk", "--vapi-id", NUMBER["id"],
    )  # fmt: skip

    (asked,) = gateway.changes
    assert (asked.body["clinic_name"], asked.body["vapi_phone_number_id"]) == ("Front desk", NUMBER["id"])


@pytest.mark.parametrize("named", ["+12125550100", "+1 (212) 555-0100", NUMBER["id"]])
def test_a_number_is_released_by_any_spelling_or_by_its_mapping(switchboard, gateway, named):
    gateway.will_list(MAPPINGS, NUMBER | {"id": "4", "inbound_phone_number": "+12125550101"}, NUMBER)
    gateway.will_answer("DELETE", f"{MAPPINGS}/{NUMBER['id']}", status=204)

    result = switchboard("numbers", "release", named, "-o", "Lakeside Dental")

    assert result.exit_code == 0
    assert [(one.method, one.organization) for one in gateway.changes] == [("DELETE", LAKESIDE["id"])]


def test_a_number_that_is_not_held_is_not_released(switchboard, gateway):
    gateway.will_list(MAPPINGS)

    result = switchboard("numbers", "release", "+12125550100", "-o", "Lakeside Dental")

    assert result.exit_code == 1
    assert gateway.changes == []


def test_a_look_up_tells_whose_a_number_is(switchboard, gateway):
    found = {
        "org_id": LAKESIDE["id"],
        "inbound_phone_number": "+12125550100",
        "clinic_name": "Front desk",
        "assistants": [{"type": "inbound", "vapi_assistant_id": "a-1"}],
    }
    gateway.will_answer("GET", "/api/inbound/phone-lookup/+1 (212) 555-0100", found)

    shown = switchboard("numbers", "lookup", "+1 (212) 555-0100")
    told = switchboard("numbers", "lookup", "+1 (212) 555-0100", "--json")

    assert LAKESIDE["id"] in shown.stdout
    assert "type=inbound  vapi_assistant_id=a-1" in shown.stdout
    assert json.loads(told.stdout) == found
