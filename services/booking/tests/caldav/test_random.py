"""Anything here, anything there, and anything in between: in the end the two agree.

Staff and somebody with a calendar outside work at random, answers are lost and workers are killed. What differs in the
end is reported, and once that is put back the calendar outside holds our appointments and their events, each once.
"""

import os
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from chassis.errors import RemoteError
from services.booking.tests.caldav.faults import (
    Killed,
    Line,
    answers,
    is_killed_before_the_answer,
    is_killed_before_the_request,
    keeps_the_etag,
    loses_the_answer,
    loses_the_request,
)
from services.booking.tests.caldav.practice import HALF_AN_HOUR, Practice, at
from services.booking.tests.caldav.radicale import told

_SEEDS = range(40 if os.environ.get("SWITCHBOARD_HAMMER") else 3)
_STEPS = 60
_TIMES = [f"{hour:02}:{minute}" for hour in range(8, 18) for minute in ("00", "15", "30", "45") if hour < 17]
_FAULTS = [
    loses_the_request,
    loses_the_answer,
    keeps_the_etag,
    answers(500),
    answers(412),
    is_killed_before_the_request,
    is_killed_before_the_answer,
]

Event = tuple[datetime, datetime, str]


@dataclass
class Day:
    """December 1st, as both sides make it."""

    practice: Practice
    line: Line
    chance: random.Random
    booked: dict[str, str] = field(default_factory=dict)
    """Our appointments and their times, in the calendar that is connected."""
    theirs: dict[str, Event] = field(default_factory=dict)

    async def step(self) -> None:
        here, there = (self.book, self.move, self.move_away, self.cancel), (self.add, self.shift, self.remove)
        ours_there = (self.drag, self.delete, self.colour)
        work = (self.work, self.work, self.look, self.break_the_line)
        does: Callable[[], Awaitable[None]] = self.chance.choice([*here, *there, *ours_there, *work])
        with suppress(RemoteError):  # the time is taken
            await does()

    async def book(self) -> None:
        time = self.chance.choice(_TIMES)
        self.booked[await self.practice.book(time)] = time

    async def move(self) -> None:
        if self.booked:
            one, time = self.chance.choice(list(self.booked)), self.chance.choice(_TIMES)
            await self.practice.change(one, time=time)
            self.booked[one] = time

    async def move_away(self) -> None:
        if self.booked:
            one = self.chance.choice(list(self.booked))
            await self.practice.change(one, calendar_id=self.practice.other_calendar_id)
            time = self.booked.pop(one)
            if self.chance.random() < 0.5:
                await self.practice.change(one, calendar_id=self.practice.calendar_id)
                self.booked[one] = time

    async def cancel(self) -> None:
        if self.booked:
            one = self.chance.choice(list(self.booked))
            await self.practice.cancel(one)
            del self.booked[one]

    async def add(self) -> None:
        start = self.chance.choice(_TIMES)
        end = (at(start) + timedelta(minutes=self.chance.choice([15, 30, 60]))).strftime("%H:%M")
        self.theirs[await self.practice.theirs.put(start, end)] = (at(start), at(end), "Lunch")

    async def shift(self) -> None:
        if self.theirs:
            name, start = self.chance.choice(list(self.theirs)), self.chance.choice(_TIMES)
            end = (at(start) + HALF_AN_HOUR).strftime("%H:%M")
            await self.practice.theirs.move(name, start, end)
            self.theirs[name] = (at(start), at(end), "Lunch")

    async def remove(self) -> None:
        if self.theirs:
            name = self.chance.choice(list(self.theirs))
            await self.practice.theirs.delete(name)
            del self.theirs[name]

    async def drag(self) -> None:
        if (name := await self._one_of_ours_there()) is not None:
            start = self.chance.choice(_TIMES)
            end = (at(start) + HALF_AN_HOUR).strftime("%H:%M")
            await self.practice.theirs.move(name, start, end)

    async def delete(self) -> None:
        if (name := await self._one_of_ours_there()) is not None:
            await self.practice.theirs.delete(name)

    async def colour(self) -> None:
        if (name := await self._one_of_ours_there()) is not None:
            await self.practice.theirs.change(name, CATEGORIES=[self.chance.choice(["Red", "Blue"])])

    async def work(self) -> None:
        self.practice.clock.move(timedelta(seconds=10))
        with suppress(Killed):
            await self.practice.work()

    async def look(self) -> None:
        self.practice.clock.move(timedelta(minutes=5))
        with suppress(Killed):
            await self.practice.work()

    async def break_the_line(self) -> None:
        self.line.next(self.chance.choice(["PUT", "PUT", "DELETE", "REPORT"]), self.chance.choice(_FAULTS))

    async def quiet_down(self) -> None:
        """Nothing breaks any more, and there is time for everything to be tried again."""
        self.line.faults.clear()
        for _ in range(3):
            self.practice.clock.move(timedelta(hours=1))
            await self.practice.work()

    async def there(self) -> dict[str, Event]:
        return {name: told(text) for name, text in (await self.practice.theirs.texts()).items()}

    async def ours(self) -> dict[str, Event]:
        """As they shall be there, by name."""
        return {
            await self.practice.name(one): (at(time), at(time) + HALF_AN_HOUR, "Busy")
            for one, time in self.booked.items()
        }

    async def _one_of_ours_there(self) -> str | None:
        names = [name for name in await self.practice.theirs.texts() if name not in self.theirs]
        return self.chance.choice(names) if names else None


@pytest.mark.parametrize("seed", _SEEDS)
async def test_whatever_happens_the_two_agree_in_the_end(practice: Practice, line: Line, seed: int) -> None:
    day = Day(practice, line, random.Random(seed))
    await practice.connect()
    for _ in range(_STEPS):
        await day.step()
    await day.quiet_down()

    told_of = await practice.connected()
    assert (told_of.waiting, told_of.trouble) == (0, 0)
    there, ours = await day.there(), await day.ours()
    assert {name: there.get(name) for name in day.theirs} == day.theirs
    assert there.keys() - day.theirs.keys() - ours.keys() == set()
    drifted = {await practice.name(one.appointment_id) for one in await practice.drift()}
    assert drifted == {name for name, event in ours.items() if there.get(name) != event}

    for one in await practice.drift():
        await practice.put_back(one.appointment_id)
    await day.quiet_down()

    assert await day.there() == ours | day.theirs
    assert await practice.drift() == []
    in_conflict = {one.appointment_id for one in await practice.conflicts()}
    assert in_conflict == {
        one
        for one, time in day.booked.items()
        if any(start < at(time) + HALF_AN_HOUR and at(time) < end for start, end, _ in day.theirs.values())
    }
