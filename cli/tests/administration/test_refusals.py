"""What a person reads when something was not done, and what a terminal never obeys."""

import pytest

from cli.tests.administration.fake_gateway import KEY, LAKESIDE

MAPPINGS = "/api/inbound/phone-mappings"


def test_a_refusal_tells_what_is_wrong_and_what_to_do(switchboard, gateway):
    gateway.will_refuse(
        "POST", MAPPINGS, 409, code="PHONE_NUMBER_TAKEN", detail="The number is taken.", fix="Move it instead."
    )

    result = switchboard("numbers", "map", "+12125550100", "-o", "Lakeside Dental")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "✗ The number is taken.\nMove it instead. (PHONE_NUMBER_TAKEN)\n"


def test_a_fault_is_told_with_the_trace_to_report(switchboard, gateway):
    gateway.will_refuse("GET", "/api/organizations", 503, code="UNAVAILABLE", detail="Away.", fix="Repeat.")

    assert "(UNAVAILABLE, trace ab12)" in switchboard("organizations", "list").stderr


def test_a_key_that_is_not_known_is_told_without_it(switchboard, gateway):
    gateway.will_refuse("GET", "/api/organizations", 401, code="API_KEY_UNKNOWN", detail="No.", fix="Send a header.")

    result = switchboard("organizations", "list")

    assert "SWITCHBOARD_ADMIN_KEY" in result.stderr
    assert KEY not in result.output


@pytest.mark.parametrize("status", [200, 302, 404, 502])
def test_what_answers_and_is_no_gateway_is_told_so(switchboard, gateway, status):
    gateway.will_answer("GET", "/api/organizations", "<html>", status)

    result = switchboard("organizations", "list")

    assert result.exit_code == 1
    assert "BACKEND_URL" in result.stderr


def test_a_refused_id_is_asked_for_as_one_piece_of_a_path(switchboard, gateway):
    switchboard("quarantine", "show", "../organizations?x=1")

    assert [one.path for one in gateway.asked] == ["/api/quarantine/../organizations?x=1"]


@pytest.mark.parametrize("mode", [[], ["--json"]])
def test_a_name_cannot_command_the_terminal(switchboard, gateway, mode):
    gateway.will_list("/api/organizations", LAKESIDE | {"name": "[red]Lake\x1b[31m\u202eside"})

    result = switchboard("organizations", "list", *mode)

    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "[red]Lake" in result.stdout


def test_a_refusal_cannot_command_the_terminal(switchboard, gateway):
    gateway.will_refuse("GET", "/api/organizations", 400, detail="\x1b[31mred[/red]", fix="")

    assert "\x1b" not in switchboard("organizations", "list").stderr
