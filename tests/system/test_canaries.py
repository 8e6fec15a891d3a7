"""The short form of `python -m tests.hammer.messages`, canaries: what patients say and are is told nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hammer.messages.canaries import Canaries, found_in, new_call
from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.planted import Chatter, Told, chatter, plant, planted

MESSAGES = 120


@pytest.fixture(scope="module")
def leak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a file `now` makes the gateway tell what it is sent."""
    return tmp_path_factory.mktemp("leak")


@pytest.fixture(scope="module")
async def listening(tmp_path_factory: pytest.TempPathFactory, leak: Path) -> AsyncIterator[Chatter]:
    async with chatter(tmp_path_factory.mktemp("canaries") / "home", **plant(leak)) as listening:
        yield listening


@pytest.fixture(scope="module")
async def told(listening: Chatter) -> Told:
    return await planted(listening, MESSAGES)


def test_no_canary_is_told_in_logs_figures_traces_or_errors(told: Told) -> None:
    assert (told.canaries, told.telling) == ({}, [])


@pytest.mark.parametrize(
    "what",
    [
        *(f"log of {name}" for name in ("gateway", "tenancy", "booking", "booking-2", "assistant_sync", "postgres")),
        *(f"figures of {name}" for name in ("gateway", "tenancy", "booking", "assistant_sync")),
        *("traces", "errors"),
    ],
)
def test_it_was_listened_to(told: Told, what: str) -> None:
    assert told.bytes_heard[what] > 500


async def test_a_leak_is_seen_wherever_it_is(listening: Chatter, told: Told, leak: Path) -> None:
    clinic = await Clinic.opened(listening.desk, listening.running.stack.webhook_secret)
    word, call_id = Canaries().word(), new_call()
    body = f'{{"message": {{"type": "hang", "call": {{"id": "{call_id}"}}, "transcript": "{word}"}}}}'

    (leak / "now").touch()
    await clinic.post(listening.http, body.encode())
    await listening.until_traced(call_id)
    figures = await listening.figures()
    (leak / "now").unlink()

    for leaked in (listening.logs()["gateway"], figures["gateway"], listening.traces()):
        assert found_in(leaked) == {word.lower()}
