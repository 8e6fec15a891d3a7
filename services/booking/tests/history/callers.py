"""Callers who look, hold, book, move and cancel on one day of one calendar, all at once; what they heard is a history.

Only an `Ask` knows how a question reaches booking: over gRPC, or through the gateway.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from services.booking.tests.history.checker import Operation
from services.booking.tests.model.calendar import Caller, ModelCalendar

TOOLS = {
    "check": "checkAvailability",
    "hold": "holdSlot",
    "book": "bookClinicAppointment",
    "move": "rescheduleAppointment",
    "cancel": "cancelAppointment",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One tool call, as the model behind a caller makes it."""

    tool: str
    arguments: Mapping[str, str]
    call: str
    """Vapi's id of the call."""
    tool_call: str
    caller_number: str


Facts = Mapping[str, Any]
Ask = Callable[[Question], Awaitable[Facts | None]]
"""The facts of an answer; None if the caller hung up before hearing one."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a caller wants: in minutes of the day, and for an appointment by its id."""

    kind: str
    caller: Caller
    start: int = 0
    appointment: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it."""

    act: Act
    facts: Facts | None
    asked: float
    answered: float
    number: int
    """Of all questions of this history: names an appointment whose id nobody heard."""

    @property
    def outcome(self) -> str | None:
        return None if self.facts is None else str(self.facts.get("outcome"))

    @property
    def appointment(self) -> str:
        """Which one it is about."""
        return self.act.appointment or str((self.facts or {}).get("appointmentId", f"unheard {self.number}"))

    def operation(self) -> Operation[ModelCalendar]:
        return Operation(self.asked, self.answered, self._after, self._title())

    def _after(self, calendar: ModelCalendar) -> ModelCalendar | None:
        act = self.act
        match act.kind:
            case "check":
                free = calendar.free(act.caller, 0)
                return calendar if self.facts is None or free == free_starts(self.facts) else None
            case "hold":
                after, outcome = calendar.hold(act.caller, act.start, 0)
            case "book":
                after, outcome = calendar.book(act.caller, act.start, 0, self.appointment)
            case "move":
                after, outcome = calendar.move(act.caller, act.appointment, act.start, 0)
            case _:
                after, outcome = calendar.cancel(act.appointment)
        return after if self.outcome in (None, outcome) else None

    def _title(self) -> str:
        what = f"{self.act.caller.call} {self.act.kind} {clock(self.act.start)} {self.act.appointment}"
        return f"{what} -> {self.outcome} {(self.facts or {}).get('appointmentId', '')}"


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def free_starts(facts: Facts) -> frozenset[int]:
    """Minutes of the day of everything that an answer says is free."""
    moments = [datetime.fromisoformat(text) for text in facts.get("slots", ())]
    return frozenset(moment.hour * 60 + moment.minute for moment in moments)


@dataclass(slots=True)
class Scene:
    """One day of one calendar, who plays there, and what they heard."""

    day: date
    ask: Ask
    kinds: Mapping[str, int]
    """What callers do, and how often in comparison."""
    starts: Sequence[int]
    """What they want: few enough that they get into each other's way."""
    seed: int
    seconds: float = 75
    """Afterwards nothing more is asked: a hold would end meanwhile, and this model's holds do not."""
    heard: list[Heard] = field(default_factory=list)

    async def play(self, callers: int, questions: int) -> None:
        """Each caller asks so many questions, one after another."""
        until = time.monotonic() + self.seconds
        async with asyncio.TaskGroup() as playing:
            for place in range(callers):
                playing.create_task(_Caller(self, place).talk(questions, until))

    def history(self) -> list[Operation[ModelCalendar]]:
        return [one.operation() for one in self.heard]

    def promised(self) -> dict[str, int | None]:
        """Where each appointment is as far as anybody was told, by its id; None if it is cancelled."""
        promised: dict[str, int | None] = {}
        for one in self.heard:
            match one.outcome:
                case "booked" | "moved":
                    promised[one.appointment] = one.act.start
                case "cancelled":
                    promised[one.appointment] = None
                case None:
                    promised.pop(one.act.appointment, None)
        return promised


class _Caller:
    def __init__(self, scene: Scene, place: int) -> None:
        self._scene = scene
        self._random = Random(f"{scene.seed}/{place}")
        self._number = f"+1415{scene.seed % 10_000:04}{place:03}"
        self._name = f"Caller {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[place % 26]} {place}"
        self._appointments: dict[str, int] = {}
        self._call = self._new_id()

    async def talk(self, questions: int, until: float) -> None:
        for _ in range(questions):
            if time.monotonic() > until:
                return
            self._remember(await self._do(self._act()))

    def _act(self) -> Act:
        kinds = {kind: often for kind, often in self._scene.kinds.items() if self._can(kind)}
        (kind,) = self._random.choices(list(kinds), list(kinds.values()))
        mine = sorted(self._appointments)
        appointment = self._random.choice(mine) if kind in ("move", "cancel") else ""
        return Act(
            kind, Caller(self._call, self._number), self._start(self._appointments.get(appointment)), appointment
        )

    def _can(self, kind: str) -> bool:
        return bool(self._appointments) or kind not in ("move", "cancel")

    def _start(self, but: int | None) -> int:
        return self._random.choice([start for start in self._scene.starts if start != but])

    async def _do(self, act: Act) -> Heard:
        question = Question(TOOLS[act.kind], self._arguments(act), act.caller.call, self._new_id(), act.caller.number)
        asked = time.monotonic()
        facts = await self._scene.ask(question)
        answered = math.inf if facts is None else time.monotonic()
        heard = Heard(act, facts, asked, answered, len(self._scene.heard))
        self._scene.heard.append(heard)
        return heard

    def _remember(self, heard: Heard) -> None:
        match heard.outcome:
            case None:
                self._call = self._new_id()  # whoever hung up calls again
                self._appointments.pop(heard.act.appointment, None)  # nobody knows where it is
            case "booked" | "moved":
                self._appointments[heard.appointment] = heard.act.start
            case "cancelled":
                del self._appointments[heard.appointment]

    def _arguments(self, act: Act) -> dict[str, str]:
        day, at = self._scene.day.isoformat(), clock(act.start)
        return {
            "check": {"date": day},
            "hold": {"appointmentDate": day, "appointmentTime": at},
            "book": {"appointmentDate": day, "appointmentTime": at, "patientName": self._name},
            "move": {"newDate": day, "newTime": at, "appointmentId": act.appointment},
            "cancel": {"appointmentId": act.appointment},
        }[act.kind]

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))
