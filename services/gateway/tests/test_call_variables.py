"""What a call's assistant is told of the clinic and the day, and how long an answer can stand in for another."""

from datetime import UTC, datetime

import pytest

from gateway.answer.requests.call_variables import call_variables
from gateway.answer.requests.inbound_assistants import Clinic
from gateway.answer.requests.last_known_good import LastKnownGood

NOW = datetime(2027, 3, 9, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "today", "date"),
    [
        ("UTC", "Tuesday, March 9, 2027", "2027-03-09"),
        ("America/New_York", "Tuesday, March 9, 2027", "2027-03-09"),
        ("Europe/Berlin", "Wednesday, March 10, 2027", "2027-03-10"),
        ("Pacific/Kiritimati", "Wednesday, March 10, 2027", "2027-03-10"),
    ],
)
def test_today_is_the_day_at_the_clinic_in_words_and_as_tools_want_it(timezone, today, date):
    told = call_variables(Clinic("Lakeside Dental", timezone), "", NOW)
    assert (told["today"], told["todayDate"]) == (today, date)


@pytest.mark.parametrize("timezone", ["", "Nowhere/City", "../etc/passwd", "/UTC", "\0"])
def test_in_a_zone_that_nobody_knows_it_is_no_day(timezone):
    told = call_variables(Clinic("Lakeside Dental", timezone), "", NOW)
    assert {"today", "todayDate"}.isdisjoint(told)


def test_what_is_not_known_is_left_out():
    assert call_variables(None, "", NOW) == {}
    assert call_variables(None, "Ana Exempla", NOW) == {"callerName": "Ana Exempla"}


def test_a_name_of_any_length_is_told_in_part():
    assert call_variables(None, "Ana " * 100, NOW)["callerName"] == ("Ana " * 25).strip()


class Seconds:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


def test_an_answer_stands_in_until_it_is_too_old(seconds):
    memory = LastKnownGood(most=2, good_for=60.0, monotonic=seconds)
    memory.keep("a", 1)
    seconds.now = 59.9
    assert memory.recall("a") == 1
    seconds.now = 60.0
    assert memory.recall("a") is None


def test_an_answer_that_is_given_again_is_new(seconds):
    memory = LastKnownGood(most=2, good_for=60.0, monotonic=seconds)
    memory.keep("a", 1)
    seconds.now = 50.0
    memory.keep("a", 2)
    seconds.now = 100.0
    assert memory.recall("a") == 2


def test_of_more_than_there_is_room_for_the_oldest_goes(seconds):
    memory = LastKnownGood(most=2, good_for=60.0, monotonic=seconds)
    for key in "abac":
        memory.keep(key, key)
    assert [memory.recall(key) for key in "abc"] == ["a", None, "c"]


def test_what_is_no_longer_true_is_forgotten(seconds):
    memory = LastKnownGood(most=2, good_for=60.0, monotonic=seconds)
    memory.keep("a", 1)
    memory.forget("a")
    memory.forget("b")
    assert memory.recall("a") is None
