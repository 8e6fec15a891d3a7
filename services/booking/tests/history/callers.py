"""Callers who look, hold, book, move and cancel on one day of a clinic, all at once; what they heard is a history.

Only an `Ask` knows how a question reaches booking: over gRPC, or through the gateway.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from services.booking.tests.history.checker import Operation
from services.booking.tests.model.clinic import Asker, ModelClinic

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


_NAMES_A_ROOM = 0.3
"""How many callers want one room and no other, where there are several."""

Facts = Mapping[str, Any]
Ask = Callable[[Question], Awaitable[Facts | None]]
"""The facts of an answer; None if the caller hung up before hearing one."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a caller wants: in minutes of the day, and for an appointment by its id."""

    kind: str
    asker: Asker
    start: int = 0
    appointment: str = ""
    room: int | None = None
    """None if any will do."""


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

    def operations(self, rooms: Sequence[str]) -> Iterator[Operation[ModelClinic]]:
        """What it says of a clinic with these rooms (calendars' ids). A refusal says something of each, for itself."""
        act, told = self.act, Told(self, rooms)
        match act.kind, self.outcome:
            case "check", _:
                yield self._operation(told.what_is_free)
            case "cancel", _:
                yield self._operation(told.cancelled)
            case _, "taken" | "already_booked" as refused:
                yield self._operation(told.had_nothing if refused == "taken" else told.had_it)
                if refused == "taken" or act.kind == "hold":
                    yield from (self._operation(partial(told.not_free, room)) for room in told.meant)
            case _:
                yield self._operation(told.taken)

    def _operation(self, after: Callable[[ModelClinic], Sequence[ModelClinic]]) -> Operation[ModelClinic]:
        what = f"{self.act.asker.call} {self.act.kind} {clock(self.act.start)} {self.act.room} {self.act.appointment}"
        title = f"{what} -> {self.outcome} {(self.facts or {}).get('appointmentId', '')}"
        return Operation(self.asked, self.answered, after, title)


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of a clinic: the clinics that may be after it, none if it cannot be given."""

    heard: Heard
    rooms: Sequence[str]

    @property
    def meant(self) -> Sequence[int]:
        return range(len(self.rooms)) if self.heard.act.room is None else [self.heard.act.room]

    def what_is_free(self, clinic: ModelClinic) -> Sequence[ModelClinic]:
        facts = self.heard.facts
        return [clinic] if facts is None or clinic.free(self.heard.act.asker, 0) == free_starts(facts) else []

    def cancelled(self, clinic: ModelClinic) -> Sequence[ModelClinic]:
        after, outcome = clinic.cancel(self.heard.act.appointment)
        return [after] if self.heard.outcome in (None, outcome) else []

    def taken(self, clinic: ModelClinic) -> Sequence[ModelClinic]:
        """In the room that was told; in any that is meant, if nobody heard of it."""
        facts = self.heard.facts
        rooms = self.meant if facts is None else [self.rooms.index(facts["calendarId"])]
        outcome = self.heard.outcome or _DONE[self.heard.act.kind]
        done = [(room, *self._done(clinic, room)) for room in rooms]
        return [after for room, after, came in done if came == outcome and self._is_in(room, after)]

    def _is_in(self, room: int, clinic: ModelClinic) -> bool:
        name = self.heard.appointment
        return self.heard.act.kind == "hold" or any((one.appointment, one.room) == (name, room) for one in clinic.kept)

    def had_nothing(self, clinic: ModelClinic) -> Sequence[ModelClinic]:
        act = self.heard.act
        return [clinic] if act.kind == "move" or not clinic.had(act.asker, act.start) else []

    def had_it(self, clinic: ModelClinic) -> Sequence[ModelClinic]:
        return [clinic] if clinic.had(self.heard.act.asker, self.heard.act.start) else []

    def not_free(self, room: int, clinic: ModelClinic) -> Sequence[ModelClinic]:
        act = self.heard.act
        if act.kind == "move":
            return [clinic] if self._done(clinic, room)[1] == "taken" else []
        return [] if clinic.is_free(act.asker, room, act.start, 0) else [clinic]

    def _done(self, clinic: ModelClinic, room: int) -> tuple[ModelClinic, str]:
        act = self.heard.act
        match act.kind:
            case "hold":
                return clinic.hold(act.asker, act.start, 0, [room])
            case "book":
                # Who wants it in one room may have it in another: that is the room they are told.
                wanted, chosen = (room, False) if act.room is None else (act.room, True)
                return clinic.book(act.asker, act.start, 0, [wanted], self.heard.appointment, room_chosen=chosen)
            case _:
                return clinic.move(act.asker, act.appointment, act.start, 0, [room])


_DONE = {"hold": "held", "book": "booked", "move": "moved"}


def room_name(room: int) -> str:
    return f"Room {room}"


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def free_starts(facts: Facts) -> frozenset[int]:
    """Minutes of the day of everything that an answer says is free."""
    moments = [datetime.fromisoformat(text) for text in facts.get("slots", ())]
    return frozenset(moment.hour * 60 + moment.minute for moment in moments)


@dataclass(slots=True)
class Scene:
    """One day of a clinic, who plays there, and what they heard."""

    day: date
    ask: Ask
    kinds: Mapping[str, int]
    """What callers do, and how often in comparison."""
    starts: Sequence[int]
    """What they want: few enough that they get into each other's way."""
    seed: int
    rooms: Sequence[str] = ("",)
    """Calendars' ids in the order in which they are locked; they are called `Room 0` and so on."""
    seconds: float = 75
    """Afterwards nothing more is asked: a hold would end meanwhile, and this model's holds do not."""
    heard: list[Heard] = field(default_factory=list)

    async def play(self, callers: int, questions: int) -> None:
        """Each caller asks so many questions, one after another."""
        until = time.monotonic() + self.seconds
        async with asyncio.TaskGroup() as playing:
            for place in range(callers):
                playing.create_task(_Caller(self, place).talk(questions, until))

    def history(self) -> list[Operation[ModelClinic]]:
        return [operation for one in self.heard for operation in one.operations(self.rooms)]

    def promised(self) -> dict[str, tuple[str, int] | None]:
        """Where and when each appointment is as far as anybody was told, by its id; None if it is cancelled."""
        promised: dict[str, tuple[str, int] | None] = {}
        for one in self.heard:
            match one.outcome:
                case "booked" | "moved":
                    promised[one.appointment] = (str((one.facts or {})["calendarId"]), one.act.start)
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
        start = self._start(self._appointments.get(appointment))
        return Act(kind, Asker(self._call, self._number), start, appointment, self._room(kind))

    def _can(self, kind: str) -> bool:
        return bool(self._appointments) or kind not in ("move", "cancel")

    def _room(self, kind: str) -> int | None:
        rooms = range(len(self._scene.rooms))
        named = len(rooms) > 1 and kind in ("book", "hold") and self._random.random() < _NAMES_A_ROOM
        return self._random.choice(rooms) if named else None

    def _start(self, but: int | None) -> int:
        return self._random.choice([start for start in self._scene.starts if start != but])

    async def _do(self, act: Act) -> Heard:
        question = Question(TOOLS[act.kind], self._arguments(act), act.asker.call, self._new_id(), self._number)
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
        room = {} if act.room is None else {"practitioner": room_name(act.room)}
        return {
            "check": {"date": day},
            "hold": {"appointmentDate": day, "appointmentTime": at, **room},
            "book": {"appointmentDate": day, "appointmentTime": at, "patientName": self._name, **room},
            "move": {"newDate": day, "newTime": at, "appointmentId": act.appointment},
            "cancel": {"appointmentId": act.appointment},
        }[act.kind]

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))
