"""`switchboard departments`."""

import pytest

from cli.tests.administration.fake_gateway import LAKESIDE

DEPARTMENTS = "/api/departments"
BILLING = {
    "id": "d-1",
    "name": "Billing",
    "number": "+14155550101",
    "sip_uri": None,
    "synonyms": ["accounts"],
    "description": "Invoices",
    "default_department": True,
    "announced": False,
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def billing(gateway):
    """The one department of the clinic."""
    gateway.will_list(DEPARTMENTS, BILLING)
    gateway.will_answer("POST", DEPARTMENTS, BILLING, 201)
    gateway.will_answer("PATCH", f"{DEPARTMENTS}/d-1", BILLING)
    gateway.will_answer("DELETE", f"{DEPARTMENTS}/d-1", None, 204)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_departments_are_listed(switchboard, billing):
    result = switchboard("departments", "list", *IN)

    for told in ("Billing", "+14155550101", "accounts", "yes"):
        assert told in result.stdout


def test_where_there_is_none_it_is_said_what_that_means(switchboard, gateway):
    gateway.will_list(DEPARTMENTS)

    assert "put through to nobody" in switchboard("departments", "list", *IN).stdout


def test_a_department_is_created_of_what_is_named(switchboard, billing):
    more = (
        "--number",
        "+14155550101",
        "--synonym",
        "accounts",
        "--default",
        "--announced",
        "--description",
        "Invoices",
    )
    switchboard("departments", "create", "Billing", *more, *IN)

    assert change(billing) == {
        "name": "Billing",
        "number": "+14155550101",
        "synonyms": ["accounts"],
        "description": "Invoices",
        "default_department": True,
        "announced": True,
    }


def test_what_is_named_is_changed_and_nothing_else(switchboard, billing):
    switchboard("departments", "update", "billing", "--sip", "sip:billing@voice.example", *IN)

    assert change(billing) == {"sip_uri": "sip:billing@voice.example"}


def test_synonyms_are_taken_away_by_an_empty_one(switchboard, billing):
    switchboard("departments", "update", "Billing", "--synonym", "", *IN)

    assert change(billing) == {"synonyms": []}


def test_a_department_is_deleted_by_its_name(switchboard, billing):
    result = switchboard("departments", "delete", "Billing", *IN)

    assert "no more" in result.stdout
    (one,) = billing.changes
    assert (one.method, one.path) == ("DELETE", f"{DEPARTMENTS}/d-1")
