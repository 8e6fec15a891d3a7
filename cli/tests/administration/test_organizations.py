import json

import pytest

from cli.tests.administration.fake_gateway import HARBOR, KEY, LAKESIDE

ONE = f"/api/organizations/{LAKESIDE['id']}"


def test_the_list_names_every_organization(switchboard, gateway):
    result = switchboard("organizations", "list")

    assert result.exit_code == 0
    for one in (LAKESIDE, HARBOR):
        assert all(value in result.stdout for value in one.values())
    assert {one.key for one in gateway.asked} == {KEY}


def test_machines_get_all_pages_in_one_array(switchboard, gateway):
    gateway.will_page("/api/organizations", [LAKESIDE], [HARBOR])

    result = switchboard("organizations", "list", "--json")

    assert json.loads(result.stdout) == [LAKESIDE, HARBOR]


@pytest.mark.parametrize(
    "named", [LAKESIDE["id"], LAKESIDE["id"].upper(), "1111", "Lakeside Dental", "lakeside dental"]
)
def test_an_organization_is_named_by_id_its_beginning_or_name(switchboard, named):
    result = switchboard("organizations", "show", named, "--json")

    assert json.loads(result.stdout) == LAKESIDE


def test_a_name_that_two_share_names_neither(switchboard, gateway):
    gateway.will_list("/api/organizations", LAKESIDE, HARBOR | {"name": "Lakeside Dental"})

    result = switchboard("organizations", "suspend", "Lakeside Dental")

    assert result.exit_code == 1
    assert LAKESIDE["id"] in result.stderr
    assert HARBOR["id"] in result.stderr
    assert gateway.changes == []


def test_a_name_that_nobody_has_changes_nothing(switchboard, gateway):
    result = switchboard("organizations", "suspend", "Nowhere")

    assert result.exit_code == 1
    assert "'Nowhere'" in result.stderr
    assert gateway.changes == []


@pytest.mark.parametrize(
    ("arguments", "method", "path", "body"),
    [
        (
            ["create", "Hilltop", "--timezone", "Europe/Paris"],
            "POST",
            "/api/organizations",
            {"name": "Hilltop", "timezone": "Europe/Paris"},
        ),
        (["update", "Lakeside Dental", "--name", "Lakeside"], "PATCH", ONE, {"name": "Lakeside"}),
        (["update", "1111", "--timezone", "Europe/Paris"], "PATCH", ONE, {"timezone": "Europe/Paris"}),
        (["update", "1111", "--rate-limit", "250"], "PATCH", ONE, {"rate_limit_per_minute": 250}),
        (["update", "1111", "--rate-limit", "0"], "PATCH", ONE, {"rate_limit_per_minute": None}),
        (["suspend", "Lakeside Dental"], "PATCH", ONE, {"status": "suspended"}),
        (["resume", "Lakeside Dental"], "PATCH", ONE, {"status": "active"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_a_verb_asks_for_its_change_alone(switchboard, gateway, arguments, method, path, body):
    gateway.will_answer(method, path, LAKESIDE)

    result = switchboard("organizations", *arguments)

    assert result.exit_code == 0
    assert [(one.method, one.path, one.body) for one in gateway.changes] == [(method, path, body)]


def test_an_update_of_nothing_is_a_mistake(switchboard, gateway):
    assert switchboard("organizations", "update", "Lakeside Dental").exit_code == 2
    assert gateway.asked == []
