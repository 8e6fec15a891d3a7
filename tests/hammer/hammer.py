"""What is hammered: one slot, overlapping starts, everything at once, and everything at once while booking is killed.

Each answers complaints: empty if nothing was double-booked, lost or answered otherwise the second time.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from random import Random
from typing import NamedTuple
from uuid import uuid4

import httpx

from services.booking.tests.history.callers import Heard, Question, Scene, clock
from services.booking.tests.history.checker import Unexplained, explain
from services.booking.tests.model.clinic import ModelClinic
from tests.hammer.clinics import CLOSES, LENGTH, OPENS, STEP, Clinic, deadlocks, open_clinics
from tests.hammer.gateway import Gateway, Kept
from tests.system.running import PATIENCE_SECONDS, Running

CALLERS = 64
CALLERS_A_SCENE, QUESTIONS = 8, 40
KINDS = {"check": 3, "book": 4, "hold": 2, "move": 2, "cancel": 3}
ROOMS = 2
"""Of a clinic where callers do everything: they book in any, and move from one to the other."""
WANTED = range(9 * 60, 11 * 60, STEP)
"""What callers of a scene want: eight starts, of which four at most can be had in a room."""

HANGS_UP = 0.2
"""How many callers hang up at an apology; the others are asked again."""


class Victims(NamedTuple):
    service: str
    at_once: int


PROCESSES = {"booking": 2, "postgres": 1}
VICTIMS = (Victims("booking", 1), Victims("postgres", 1), Victims("booking", 2))
"""Who is killed together: each once, then by chance, most often the first, where the other process answers instead."""
ANSWERS_BETWEEN_KILLS = 50
"""So that they come in the middle of work: whatever is killed as soon as it is back has nothing to lose."""

_OPEN = ModelClinic(frozenset(range(OPENS, CLOSES - LENGTH + 1, STEP)), ROOMS, LENGTH)
_WINDOW = 2 * LENGTH
"""Between the starts of two rounds: none gets into the other's way."""

_SECONDS = 30.0

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Hammer:
    running: Running
    gateway: Gateway
    contested: Clinic
    """Where callers want one time."""
    lively: Sequence[Clinic]
    """Where they do everything."""
    seed: int
    kinds: Mapping[str, int] = field(default_factory=lambda: KINDS)
    kills: "Counter[str]" = field(default_factory=Counter)
    played: int = 0
    _chance: Random = field(init=False)
    _windows: Iterator[tuple[date, int]] = field(init=False)
    _stages: Iterator[tuple[Clinic, date]] = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        starts = range(OPENS, CLOSES - _WINDOW + 1, _WINDOW)
        self._windows = ((day, start) for day in self.contested.days() for start in starts)
        self._stages = ((clinic, day) for clinic in self.lively for day in clinic.days())

    @classmethod
    @asynccontextmanager
    async def of(cls, running: Running, *, clinics: int, seed: int) -> AsyncIterator["Hammer"]:
        contested, *lively = await open_clinics(running, [1] + clinics * [ROOMS])
        stack = running.stack
        limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
        async with httpx.AsyncClient(timeout=_SECONDS, limits=limits, trust_env=False) as http:
            yield cls(running, Gateway(http, stack.gateway_url, stack.webhook_secret), contested, lively, seed)

    async def contest(self, rounds: int, starts: Sequence[int], on_step: OnStep = quietly) -> list[str]:
        """As many rounds: all callers at once want one of these starts (minutes after the window's), which overlap."""
        complaints = []
        ask = self.gateway.asking(self.contested)
        for day, window in islice(self._windows, rounds):
            questions = [_wish(day, window + starts[place % len(starts)], place) for place in range(CALLERS)]
            facts = await asyncio.gather(*(ask(question) for question in questions))
            outcomes = [str((one or {}).get("outcome")) for one in facts]
            if outcomes.count("booked") != 1 or outcomes.count("taken") != CALLERS - 1:
                complaints.append(f"{day} {clock(window)}: {sorted(set(outcomes))}, {outcomes.count('booked')} booked")
            on_step()
        return complaints

    async def mix(self, histories: int, on_step: OnStep = quietly, *, at_once: int = 8) -> list[str]:
        """As many scenes, each of a day of its own: everything at once, explained, and found in the tables."""
        return await _complaints(await self._play(histories, on_step, at_once, hang_up=0.0))

    async def kill(self, histories: int, on_step: OnStep = quietly, *, at_once: int = 4) -> list[str]:
        """Likewise, while processes of booking and the database are killed; and every answer is the same again."""
        over = asyncio.Event()
        self.gateway.keeps = True
        killing = asyncio.create_task(self._kill_until(over))
        try:
            played = await self._play(histories, on_step, at_once, hang_up=HANGS_UP)
            # Who answers quickly and comes back slowly would have nobody else killed in the midst of it.
            while self.kills.keys() < PROCESSES.keys() and not killing.done():
                if not (more := await self._play(1, on_step, at_once, hang_up=HANGS_UP)):
                    break
                played += more
        finally:
            over.set()
            await killing
            self.gateway.keeps = False
        return [*await _complaints(played), *await self._answered_otherwise()]

    async def overlaps(self) -> int:
        return sum([await clinic.overlaps() for clinic in (self.contested, *self.lively)])

    async def deadlocks(self) -> int:
        return await deadlocks(self.running)

    async def _play(
        self, histories: int, on_step: OnStep, at_once: int, *, hang_up: float
    ) -> list[tuple[Clinic, Scene]]:
        turns = asyncio.Semaphore(at_once)

        async def play(clinic: Clinic, scene: Scene) -> None:
            async with turns:
                await scene.play(CALLERS_A_SCENE, QUESTIONS)
            on_step()

        played = [(clinic, self._scene(clinic, day, hang_up)) for clinic, day in islice(self._stages, histories)]
        await asyncio.gather(*(play(clinic, scene) for clinic, scene in played))
        return played

    def _scene(self, clinic: Clinic, day: date, hang_up: float) -> Scene:
        self.played += 1
        chance = Random(f"{self.seed}/{self.played}")
        ask = self.gateway.asking(clinic, lambda: chance.random() < hang_up)
        return Scene(day, ask, self.kinds, WANTED, seed=self.seed * 1_000 + self.played, rooms=clinic.rooms)

    async def _kill_until(self, over: asyncio.Event) -> None:
        for victims in self._victims():
            await self._until_answered(ANSWERS_BETWEEN_KILLS, over)
            if over.is_set():
                return
            killed = set(self._chance.sample(self.running.stack.pids[victims.service], victims.at_once))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            self.kills[victims.service] += len(killed)
            await _until_replaced(self.running, victims.service, killed)

    def _victims(self) -> Iterator[Victims]:
        yield from VICTIMS
        while True:
            yield from self._chance.choices(VICTIMS, (5, 2, 3))

    async def _until_answered(self, more: int, over: asyncio.Event) -> None:
        enough = self.gateway.tally.asked + more
        while self.gateway.tally.asked < enough and not over.is_set():
            await asyncio.sleep(0.05)

    async def _answered_otherwise(self) -> list[str]:
        """Answers that are not the same to the byte when the same is asked again."""
        turns = asyncio.Semaphore(CALLERS)

        async def compared(kept: Kept) -> list[str]:
            async with turns:
                other = await self.gateway.differing(kept)
            return [] if other is None else [f"{kept.answer.decode()} became {other.decode()}"]

        return list(chain.from_iterable(await asyncio.gather(*map(compared, self.gateway.tally.kept))))


async def _complaints(played: Sequence[tuple[Clinic, Scene]]) -> list[str]:
    standing = {clinic: await clinic.standing() for clinic in {clinic for clinic, _ in played}}
    return [
        complaint for clinic, scene in played for complaint in (*_unexplained(scene), *_unkept(scene, standing[clinic]))
    ]


def _wish(day: date, start: int, place: int) -> Question:
    arguments = {
        "appointmentDate": day.isoformat(),
        "appointmentTime": clock(start),
        "patientName": f"Caller {place}",
    }
    return Question("bookClinicAppointment", arguments, str(uuid4()), "call_1", f"+1415555{place:04}")


def _unexplained(scene: Scene) -> Iterator[str]:
    try:
        explain(scene.history(), _OPEN)
    except Unexplained as unexplained:
        yield f"{scene.day}: {unexplained}"


def _unkept(scene: Scene, standing: Mapping[str, tuple[date, str, int]]) -> Iterator[str]:
    """Promises that the tables do not hold, and appointments that nobody was promised or can have asked for."""
    promised = scene.promised()
    for name, place in promised.items():
        wanted = None if place is None else (scene.day, *place)
        if standing.get(name) != wanted:
            yield f"{name} was promised for {wanted}, and is {standing.get(name)}"
    here = {name for name, (day, *_) in standing.items() if day == scene.day}
    unheard = sum(_may_stand(one) for one in scene.heard)
    if len(here - promised.keys()) > unheard:
        yield f"{scene.day}: {len(here - promised.keys())} appointments that nobody was promised"


def _may_stand(heard: Heard) -> bool:
    """Whether an appointment may be somewhere that nobody was told."""
    return heard.facts is None and heard.act.kind in ("book", "move", "cancel")


async def _until_replaced(running: Running, service: str, killed: set[int]) -> None:
    """Until the set tells as many processes of the service as there were."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(set(running.stack.pids.get(service, ())) - killed) < PROCESSES[service]:
            await asyncio.sleep(0.05)
