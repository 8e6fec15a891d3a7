import json

import pytest

from cli.tests.administration.fake_gateway import LAKESIDE

KEYS = f"/api/organizations/{LAKESIDE['id']}/api-keys"
PLATFORM = "/api/platform/api-keys"
KEY = {
    "id": "k-1",
    "name": "reports",
    "scope": "read",
    "created_at": "2026-11-20T10:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
WHOSE = pytest.mark.parametrize(
    ("whose", "path"), [(["-o", "Lakeside Dental"], KEYS), (["--platform"], PLATFORM)], ids=["organization", "platform"]
)


@WHOSE
def test_a_key_is_alone_on_standard_output(switchboard, gateway, whose, path):
    gateway.will_answer("POST", path, KEY | {"api_key": "sb_planted"}, 201)

    result = switchboard("keys", "create", "reports", "--scope", "read", *whose)

    assert result.stdout == "sb_planted\n"
    assert "Shown only now" in result.stderr
    assert "sb_planted" not in result.stderr
    assert gateway.changes[0].body == {"name": "reports", "scope": "read"}


@WHOSE
def test_keys_are_listed_with_their_last_use(switchboard, gateway, whose, path):
    gateway.will_list(path, KEY, KEY | {"id": "k-2", "last_used_at": "2026-11-21T09:30:00Z"})

    result = switchboard("keys", "list", *whose)

    assert "never" in result.stdout
    assert "2026-11-21 09:30:00Z" in result.stdout


@WHOSE
def test_a_key_is_revoked_by_its_id(switchboard, gateway, whose, path):
    gateway.will_answer("DELETE", f"{path}/k-1", status=204)

    assert switchboard("keys", "revoke", "k-1", *whose).exit_code == 0


def test_machines_get_the_key_with_what_is_known_of_it(switchboard, gateway):
    gateway.will_answer("POST", PLATFORM, KEY | {"api_key": "sbp_planted"}, 201)

    result = switchboard("keys", "create", "reports", "--platform", "--json")

    assert json.loads(result.stdout)["api_key"] == "sbp_planted"


@pytest.mark.parametrize("whose", [[], ["--platform", "-o", "Lakeside Dental"]])
def test_whose_key_is_said_once(switchboard, gateway, whose):
    result = switchboard("keys", "list", *whose)

    assert result.exit_code == 2
    assert gateway.asked == []
