"""The checker itself, on histories of a register that somebody wrote down."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from services.booking.tests.history.checker import Operation, Unexplained, explain


def write(value: int, asked: float, answered: float) -> Operation[int]:
    return Operation(asked, answered, lambda _state: [value], f"write {value}")


def read(value: int, asked: float, answered: float) -> Operation[int]:
    return Operation(asked, answered, lambda state: [state] if state == value else [], f"read {value}")


def titles(order: list[Operation[Any]]) -> list[str]:
    return [one.title for one in order]


def test_operations_one_after_another_are_explained_in_their_order() -> None:
    history = [write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7)]

    assert titles(explain(history, 0)) == ["write 1", "read 1", "write 2", "read 2"]


def test_operations_at_one_time_are_explained_in_either_order() -> None:
    history = [write(1, 0, 9), write(2, 0, 9), read(2, 10, 11), read(2, 10, 11)]

    assert titles(explain(history, 0))[:2] == ["write 1", "write 2"]


def test_an_answer_that_was_over_before_is_unexplained() -> None:
    with pytest.raises(Unexplained, match="read 0"):
        explain([write(1, 0, 1), read(0, 2, 3)], 0)


def test_two_who_saw_concurrent_writes_in_different_orders_are_unexplained() -> None:
    history = [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13), read(1, 14, 15)]

    with pytest.raises(Unexplained):
        explain(history, 0)


@pytest.mark.parametrize("seen", [0, 1])
def test_what_nobody_heard_an_answer_to_may_have_happened_or_not(seen: int) -> None:
    assert explain([write(1, 0, math.inf), read(seen, 5, 6)], 0)


def test_what_nobody_heard_an_answer_to_may_happen_later_and_only_once() -> None:
    lost = write(1, 0, math.inf)

    assert titles(explain([lost, read(0, 5, 6), read(1, 7, 8)], 0)) == ["read 0", "write 1", "read 1"]
    with pytest.raises(Unexplained):
        explain([lost, read(1, 5, 6), write(2, 7, 8), read(1, 9, 10)], 0)


def test_what_was_not_asked_yet_explains_nothing() -> None:
    with pytest.raises(Unexplained):
        explain([read(1, 0, 1), write(1, 2, 3)], 0)


def test_many_at_one_time_are_explained_without_trying_every_order() -> None:
    """Of 20 writes at once there are 2.4e18 orders."""
    history = [write(value % 4, 0, 100) for value in range(20)]
    history += [read(value, 101 + value, 101.5 + value) for value in (3, 3, 3)]

    with pytest.raises(Unexplained):
        explain([*history, read(2, 200, 201)], 0)


def test_much_that_nobody_heard_of_is_explained_without_trying_every_part_of_it() -> None:
    """Of 40 operations that may have happened there are 1e12 parts."""
    lost = [Operation(place, math.inf, adding(place), f"lost {place}") for place in range(40)]
    heard = [Operation(100 + place, 100.5 + place, adding(place), f"add {place}") for place in range(40, 60)]
    seen: Operation[frozenset[int]] = Operation(200, 201, lambda state: [state] if {7, 45} <= state else [], "see 7")

    assert "lost 7" in titles(explain([*lost, *heard, seen], frozenset[int]()))


def adding(place: int) -> Callable[[frozenset[int]], list[frozenset[int]]]:
    return lambda state: [state | {place}]


@pytest.mark.parametrize("seen", [1, 2])
def test_what_nobody_heard_an_answer_to_may_have_come_out_in_either_way(seen: int) -> None:
    either: Operation[int] = Operation(0, math.inf, lambda _state: [1, 2], "either")

    assert titles(explain([either, read(seen, 5, 6), read(seen, 7, 8)], 0))[0] == "either"
    with pytest.raises(Unexplained):
        explain([either, read(1, 5, 6), read(2, 7, 8)], 0)
