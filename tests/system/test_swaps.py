"""No byte of one organization's reaches the other, whatever of the other's it names."""

from tests.system.running import Running
from tests.system.swaps import swap


async def test_a_thousand_swaps_between_two_organizations_tell_nothing(running: Running) -> None:
    outcome = await swap(running, times=1_000, seed=3)

    assert outcome.leaks == []
    assert outcome.own > 100
