"""A list is told in pages that are as long as asked, within bounds."""

from collections.abc import Sequence

import pytest

from chassis.paging import LARGEST_PAGE, USUAL_PAGE, page_of


class Numbers:
    """So many, from which pages are read."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.read_limits: list[int] = []

    async def read(self, limit: int) -> Sequence[int]:
        self.read_limits.append(limit)
        return range(min(self.count, limit))


@pytest.mark.parametrize(("asked", "given"), [(-1, USUAL_PAGE), (0, USUAL_PAGE), (7, 7), (10**6, LARGEST_PAGE)])
async def test_a_page_is_as_long_as_asked_within_bounds_and_no_more_than_one_is_read_beyond_it(
    asked: int, given: int
) -> None:
    numbers = Numbers(1_000)
    page = await page_of(numbers.read, asked)

    assert (len(page.items), page.more, numbers.read_limits) == (given, True, [given + 1])


@pytest.mark.parametrize(("count", "more"), [(0, False), (6, False), (7, False), (8, True)])
async def test_there_is_more_only_if_something_follows_the_last(count: int, more: bool) -> None:
    page = await page_of(Numbers(count).read, 7)

    assert (list(page.items), page.more) == (list(range(min(count, 7))), more)
