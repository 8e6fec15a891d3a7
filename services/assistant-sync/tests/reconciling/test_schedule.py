"""When work is due again."""

from datetime import timedelta

import pytest

from assistant_sync.domain.reconciling.schedule import Schedule
from assistant_sync.domain.reconciling.work import Again, Over, Rest, Retry

SCHEDULE = Schedule(timedelta(hours=1))


def seconds(after, attempts=0) -> set[float]:
    return {SCHEDULE.due_in(after, attempts).total_seconds() for _ in range(200)}


def test_what_is_as_it_shall_be_is_looked_at_after_the_interval_not_all_of_it_at_once():
    looks = seconds(Rest())
    assert min(looks) >= 3240
    assert max(looks) <= 3960
    assert len(looks) > 100


def test_trouble_is_tried_again_later_and_later_from_a_second_to_five_minutes():
    for attempts, longest in ((0, 1), (1, 2), (4, 16), (20, 300), (100_000, 300)):
        waits = seconds(Retry(), attempts)
        assert min(waits) >= 1
        assert max(waits) <= longest
    assert max(seconds(Retry(), 20)) > 150


@pytest.mark.parametrize("attempts", [0, 20])
def test_nobody_is_asked_before_the_time_that_they_named(attempts):
    assert min(seconds(Retry(not_before=400), attempts)) == 400


def test_what_is_under_way_has_its_time_and_what_is_over_has_none():
    assert SCHEDULE.due_in(Again(timedelta(seconds=30)), 5) == timedelta(seconds=30)
    assert SCHEDULE.due_in(Over(), 0) is None
