import pytest

from chassis.deadline import MARGIN, deadline_scope, remaining, remaining_for_next_hop


def left() -> float:
    seconds = remaining()
    assert seconds is not None
    return seconds


def test_without_a_scope_there_is_no_deadline() -> None:
    assert remaining() is None
    assert remaining_for_next_hop() is None


@pytest.mark.parametrize(("outer", "inner"), [(60, 3600), (3600, 60)])
def test_the_shorter_of_two_deadlines_counts(outer: float, inner: float) -> None:
    with deadline_scope(outer), deadline_scope(inner):
        assert left() <= 60


def test_an_inner_deadline_ends_with_its_scope() -> None:
    with deadline_scope(3600):
        with deadline_scope(1):
            pass
        assert left() > 60
    assert remaining() is None


def test_the_next_hop_gets_less_by_the_margin() -> None:
    with deadline_scope(60):
        before = left()
        hop = remaining_for_next_hop()
        assert hop is not None
        assert left() - MARGIN <= hop <= before - MARGIN
