"""Whoever is woken by missing reports hears also that nobody looks for them any more."""

import asyncio
from datetime import timedelta

import pytest

from assistant_sync.domain.calls.watch_missing import Figures, keep_telling_of_missing_calls
from assistant_sync.domain.trouble import VapiUnauthorised


@pytest.fixture
def tell(listed, comparisons, clock):
    """What is told at a look, some time after it was first looked."""

    async def look(later=timedelta()):
        told, is_told = {}, asyncio.Event()

        def compared(seconds):
            told["compared"] = seconds
            is_told.set()

        figures = Figures(
            lambda count: told.update(missing=count), lambda seconds: told.update(seconds=seconds), compared
        )
        first = [clock()]
        watch = keep_telling_of_missing_calls(
            listed, comparisons, lambda: first.pop() if first else clock() + later, figures
        )
        watching = asyncio.create_task(watch)
        await asyncio.wait_for(is_told.wait(), 10)
        watching.cancel()
        return told

    return look


async def test_it_is_told_how_long_ago_a_comparison_came_to_its_end(compare, tell, clock):
    await compare()
    assert (await tell())["compared"] == pytest.approx(0)

    clock.move(timedelta(hours=2))

    assert (await tell())["compared"] == pytest.approx(7200)


async def test_a_comparison_that_vapi_refuses_grows_old_from_the_first_look_on(compare, tell, vapi, monkeypatch):
    async def refuse(*_):
        raise VapiUnauthorised

    monkeypatch.setattr("assistant_sync.vapi.calls.VapiCallList.page", refuse)
    with pytest.raises(VapiUnauthorised):
        await compare()

    told = await tell(timedelta(hours=3))

    assert told["missing"] == 0
    assert told["compared"] == pytest.approx(10800)
