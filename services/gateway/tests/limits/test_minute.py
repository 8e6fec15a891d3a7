"""A sliding minute: never more than the limit within any sixty seconds, and no more room than it may take."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.limits.minute import SlidingMinute


class Time:
    def __init__(self):
        self.now = 1000.25

    def __call__(self):
        return self.now


def test_what_is_over_the_limit_is_not_taken():
    minute = SlidingMinute(monotonic=Time())
    assert [minute.take("a", 1, limit=2) for _ in range(4)] == [1, 1, 0, 0]


def test_of_several_as_many_are_taken_as_the_limit_leaves():
    minute = SlidingMinute(monotonic=Time())
    assert [minute.take("a", 3, limit=5), minute.take("a", 3, limit=5), minute.take("a", 3, limit=5)] == [3, 2, 0]


def test_nobody_uses_up_what_is_anothers():
    minute = SlidingMinute(monotonic=Time())
    assert (minute.take("a", 9, limit=5), minute.take("b", 9, limit=5)) == (5, 5)


def test_what_was_refused_does_not_count():
    time = Time()
    minute = SlidingMinute(monotonic=time)
    minute.take("a", 5, limit=5)
    for _ in range(120):
        time.now += 0.5
        minute.take("a", 1, limit=5)
    time.now += 1
    assert minute.take("a", 5, limit=5) == 5


def test_what_was_used_counts_for_a_minute_and_then_no_longer():
    time = Time()
    minute = SlidingMinute(monotonic=time)
    minute.take("a", 3, limit=3)
    time.now += 60
    assert minute.take("a", 1, limit=3) == 0
    time.now += 1
    assert minute.take("a", 4, limit=3) == 3


def test_it_tells_when_there_will_be_more():
    time = Time()
    minute = SlidingMinute(monotonic=time)
    assert minute.seconds_until_more("a") == 0
    minute.take("a", 3, limit=3)
    assert minute.seconds_until_more("a") == 61
    time.now += 20
    assert minute.seconds_until_more("a") == 41
    time.now += 41
    assert minute.take("a", 1, limit=3) == 1


def test_a_limit_that_became_smaller_holds_at_once():
    minute = SlidingMinute(monotonic=Time())
    minute.take("a", 50, limit=100)
    assert minute.take("a", 1, limit=50) == 0


def test_no_more_users_are_remembered_than_may_be():
    minute = SlidingMinute(most=10, monotonic=Time())
    for user in range(1000):
        minute.take(user, 1, limit=1)
    assert len(minute) == 10
    assert minute.take(999, 1, limit=1) == 0


def test_users_that_are_heard_of_no_more_are_forgotten():
    time = Time()
    minute = SlidingMinute(monotonic=time)
    for user in range(100):
        minute.take(user, 1, limit=1)
    time.now += 61
    for user in range(100, 200):
        minute.take(user, 1, limit=1)
    assert len(minute) == 100


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5)), max_size=80), st.integers(1, 12))
def test_no_sixty_seconds_hold_more_than_the_limit(uses, limit):
    time = Time()
    minute = SlidingMinute(monotonic=time)
    taken = []
    for pause, wanted in uses:
        time.now += pause
        taken += [time.now] * minute.take("a", wanted, limit=limit)
    assert all(sum(began <= at <= began + 60 for at in taken) <= limit for began in taken)
