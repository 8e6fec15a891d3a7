"""Every body of the fixtures, each three times, at once and in any order: the same state, the same answers."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.hammer.messages.bodies import CALLS, bodies_for
from tests.hammer.messages.clinic import Clinic, State, described

TIMES = 3
AT_ONCE = 64

_SETTLED_SECONDS = 20.0
"""What is recorded after its answer is there by then."""
_PAUSE_SECONDS = 0.2

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Delivered:
    """What came of it."""

    statuses: "Counter[int]" = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


async def delivered(
    http: httpx.AsyncClient, open_clinic: Callable[[], Any], seeds: range, on_step: OnStep = quietly
) -> Delivered:
    """Once in order, to a clinic of its own; then for each seed to another one, all at once."""
    outcome = Delivered()
    clinic = await open_clinic()
    expected = await _played(http, clinic, outcome, None, None)
    on_step()
    for seed in seeds:
        again = await open_clinic()
        found = await _played(http, again, outcome, Random(seed), expected)
        outcome.complaints += [f"seed {seed}: {one}" for one in differences(expected, found)]
        on_step()
    return outcome


async def _played(
    http: httpx.AsyncClient, clinic: Clinic, outcome: Delivered, chance: Random | None, expected: State | None
) -> State:
    known = frozenset(item["id"] for item in await clinic.quarantined())
    bodies = bodies_for(clinic.number, clinic.id)
    answers = await _answers(http, clinic, bodies, chance)
    for name, told in answers.items():
        outcome.statuses.update(answer.status_code for answer in told)
        if len({(answer.status_code, answer.content) for answer in told}) != 1:
            outcome.complaints.append(f"{name}: {sorted({answer.text for answer in told})}")
    return await _settled(clinic, known, expected)


async def _answers(
    http: httpx.AsyncClient, clinic: Clinic, bodies: Mapping[str, bytes], chance: Random | None
) -> Mapping[str, list[httpx.Response]]:
    answers: dict[str, list[httpx.Response]] = defaultdict(list)
    turns = asyncio.Semaphore(AT_ONCE if chance else 1)

    async def deliver(name: str) -> None:
        async with turns:
            answers[name].append(await clinic.post(http, bodies[name]))

    deliveries = list(bodies) * (TIMES if chance else 1)
    if chance:
        chance.shuffle(deliveries)
    await asyncio.gather(*map(deliver, deliveries))
    return answers


async def _settled(clinic: Clinic, known: frozenset[str], expected: State | None) -> State:
    """The state when it is as expected; where nothing is, or it does not become so, when it stays the same."""
    deadline, last = time.monotonic() + _SETTLED_SECONDS, None
    while (state := await _state(clinic, known)) != expected and time.monotonic() < deadline:
        if expected is None and state == last:
            break
        last = state
        await asyncio.sleep(_PAUSE_SECONDS)
    return state


async def _state(clinic: Clinic, known: frozenset[str]) -> State:
    timelines = await clinic.timelines(CALLS)
    return await clinic.state() | {"quarantined": described(await clinic.quarantined(known)), "timelines": timelines}


def differences(expected: State, found: State) -> list[str]:
    """What is missing in, and what is too much in what was found."""
    told = []
    for noun in expected:
        told += [f"{noun} miss {one}" for one in expected[noun] if one not in found[noun]]
        told += [f"{noun} have {one}" for one in found[noun] if one not in expected[noun]]
        if not told and len(expected[noun]) != len(found[noun]):
            told.append(f"{noun}: {len(found[noun])} where {len(expected[noun])} are expected")
    return told
