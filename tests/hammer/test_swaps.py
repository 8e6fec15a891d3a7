"""`tests/system/test_swaps.py`, ten times as long and by other chances."""

import pytest

from tests.system.running import Running
from tests.system.swaps import swap


@pytest.mark.parametrize("seed", range(10))
async def test_ten_thousand_swaps_between_two_organizations_tell_nothing(running: Running, seed: int) -> None:
    outcome = await swap(running, times=1_000, seed=seed + 100)

    assert outcome.leaks == []
    assert outcome.own > 100
