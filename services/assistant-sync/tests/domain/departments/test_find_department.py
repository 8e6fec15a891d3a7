"""Whom a caller means."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from assistant_sync.domain.departments.department import Department
from assistant_sync.domain.departments.find_department import (
    Found,
    NoSuchDepartment,
    Unclear,
    find_department,
    mentioned_department,
)

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def department(name: str, *synonyms: str, is_default: bool = False) -> Department:
    return Department(uuid4(), name, NOW, NOW, synonyms=synonyms, number="+14155550101", is_default=is_default)


BILLING = department("Billing", "accounts", "invoices and insurance")
DESK = department("Front desk", "reception")
LAB = department("Dental Lab")
NURSE = department("On-call nurse", "emergency")
ALL = [BILLING, DESK, LAB, NURSE]


@pytest.mark.parametrize(
    ("wish", "meant"),
    [
        ("Billing", BILLING),
        ("  billing ", BILLING),
        ("BILLING.", BILLING),
        ("the billing department", BILLING),
        ("your billing department, please", BILLING),
        ("I would like to speak to billing", BILLING),
        ("somebody from billing", BILLING),
        ("Accounts", BILLING),
        ("the accounts team", BILLING),
        ("front desk", DESK),
        ("Front-Desk", DESK),
        ("frontdesk", DESK),
        ("the front office", DESK),
        ("reception", DESK),
        ("dental lab", LAB),
        ("the lab for dental work", LAB),
        ("on call nurse", NURSE),
        ("nurse on call", NURSE),
        ("emergency!", NURSE),
    ],
)
def test_a_department_is_found_however_it_is_put(wish, meant):
    assert find_department(ALL, wish) == Found(meant)


@pytest.mark.parametrize("wish", ["sales", "x-ray", "Dr. Lake", "bill", "会計"])
def test_somebody_who_is_not_there_is_nobody(wish):
    assert find_department(ALL, wish) == NoSuchDepartment(tuple(ALL))


@pytest.mark.parametrize("wish", ["", "  ", "somebody", "a real person, please", "a human", "the operator"])
def test_whoever_it_is_is_the_default_department(wish):
    default = department("Reception", is_default=True)

    assert find_department([*ALL, default], wish) == Found(default)


def test_the_only_department_is_the_default_one():
    assert find_department([LAB], "anybody") == Found(LAB)


def test_without_a_default_it_is_unclear_whoever_it_is():
    assert find_department(ALL, "anybody") == Unclear(tuple(ALL))


def test_there_is_nobody_where_nobody_is_set_up():
    assert find_department([], "billing") == NoSuchDepartment(())
    assert find_department([], "") == NoSuchDepartment(())


def test_a_name_counts_for_more_than_a_synonym():
    other = department("Accounts")

    assert find_department([BILLING, other], "accounts") == Found(other)


def test_two_that_are_meant_are_asked_about():
    other = department("Insurance", "accounts")

    assert find_department([BILLING, other], "accounts") == Unclear((BILLING, other))


def test_a_name_that_is_a_part_of_anothers_is_still_its_own():
    longer = department("Billing appeals")

    assert find_department([BILLING, longer], "billing") == Found(BILLING)


def test_a_sentence_about_something_mentions_a_department():
    assert mentioned_department([*ALL, department("Desk", is_default=True)], "a billing question") == Found(BILLING)


def test_a_sentence_that_mentions_nobody_leads_to_the_default_department():
    default = department("Reception", is_default=True)

    assert mentioned_department([*ALL, default], "a sore tooth") == Found(default)


def test_a_sentence_that_mentions_two_leads_to_the_default_department():
    default = department("Manager", is_default=True)

    assert mentioned_department([*ALL, default], "whether reception told billing") == Found(default)
