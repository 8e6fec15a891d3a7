"""Calls as Vapi tells of them, and their figures added up in plain Python from what was sent, to hold ours against."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from random import Random
from statistics import mean, median
from typing import Any
from uuid import uuid4

import httpx

from tests.hammer.messages.clinic import ZONE, Clinic, Json

DAYS = 14
"""Before today, on which the calls were."""

_AT_ONCE = 16
_TIMES_A_DAY = 18
_OFF_BY = {"minutes": 0.005, "seconds": 0.0005}
"""What rounding makes of figures whose names end so, at most."""
_OFF_BY_AT_MOST = 0.00005
"""Likewise, of all others."""

_REASONS = {
    "customer-ended-call": "information",
    "assistant-ended-call": "information",
    "silence-timed-out": "information",
    "exceeded-max-duration": "information",
    "assistant-forwarded-call": "transferred",
    "voicemail": "voicemail",
    "customer-did-not-answer": "no_answer",
    "customer-busy": "no_answer",
    "pipeline-error-openai-llm-failed": "failed",
    "call.in-progress.error-vapifault-worker-died": "failed",
}
"""What Vapi says of a call's end, and what an analyst makes of it if no appointment was made."""

_PARTS = ("transport", "transcriber", "model", "voice", "vapi", "analysis")
_TOOLS = ("checkAvailability", "bookClinicAppointment", "lookupCaller")
_ASKING = frozenset(_TOOLS[:2])

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


@dataclass(slots=True)
class RawCall:
    """What an analyst has of a call: the messages that Vapi sent, and what the tools answered."""

    id: str
    reason: str
    started_at: datetime
    milliseconds: int
    parts: dict[str, float]
    tools: Sequence[str]
    books_at: tuple[date, str] | None
    booked: bool = False

    @property
    def cost(self) -> float:
        return round(sum(self.parts.values()), 4)

    @property
    def outcome(self) -> str:
        return "booked" if self.booked else _REASONS[self.reason]

    @property
    def asked(self) -> bool:
        return not _ASKING.isdisjoint(self.tools)

    @property
    def day(self) -> str:
        return self.started_at.astimezone(ZONE).date().isoformat()


@dataclass(slots=True)
class Recounted:
    """What came of it."""

    calls: int = 0
    compared: int = 0
    """Figures."""
    complaints: list[str] = field(default_factory=list)


async def recounted(
    http: httpx.AsyncClient, clinic: Clinic, count: int, seed: int, on_step: OnStep = quietly
) -> Recounted:
    """So many calls, every message of them delivered twice and in any order; then each figure recounted."""
    chance = Random(seed)
    calls = list(_calls(chance, count))
    for call in calls:
        if call.books_at:
            call.booked = await _books(http, clinic, call)
            on_step()
    messages = list(chain.from_iterable(_messages_of(call) for call in calls)) * 2
    chance.shuffle(messages)
    await _deliver(http, clinic, messages, on_step)
    outcome = Recounted(calls=len(calls))
    _compare(outcome, "", _expected(calls), await _summary_when(clinic, calls))
    told = {call["vapi_call_id"]: call for call in await clinic.calls()}
    for call in calls:
        _compare(outcome, call.id, _expected_of(call), told.get(call.id, {}))
    return outcome


def _calls(chance: Random, count: int) -> Iterator[RawCall]:
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(count):
        ago = timedelta(days=chance.randint(1, DAYS) - 1, seconds=chance.randint(60, 86_000))
        tools = [tool for tool in _TOOLS if chance.random() < 0.4]
        day = date.today() + timedelta(days=3 + number // _TIMES_A_DAY)
        clock = f"{8 + number % _TIMES_A_DAY // 2:02}:{number % 2 * 30:02}"
        yield RawCall(
            id=str(uuid4()),
            reason=chance.choice(list(_REASONS)),
            started_at=(today - ago).astimezone(UTC),
            milliseconds=chance.randint(500, 900_000),
            parts={part: round(chance.random() / 10, 4) for part in _PARTS if chance.random() < 0.8},
            tools=tools,
            books_at=(day, clock) if "bookClinicAppointment" in tools and chance.random() < 0.7 else None,
        )


async def _books(http: httpx.AsyncClient, clinic: Clinic, call: RawCall) -> bool:
    """Whether the caller heard that it is booked."""
    assert call.books_at is not None
    day, clock = call.books_at
    wish = {"appointmentDate": day.isoformat(), "appointmentTime": clock, "patientName": "Ana Exempla"}
    one = {"id": "call_1", "name": "bookClinicAppointment", "arguments": wish}
    message = _message(call, "tool-calls", toolCallList=[one], customer={"number": _number(call)})
    (entry,) = (await clinic.post(http, _addressed(clinic, message))).json()["results"]
    return str(entry.get("result", "")).startswith("It is booked")


def _messages_of(call: RawCall) -> Iterator[Json]:
    ended_at = call.started_at + timedelta(milliseconds=call.milliseconds)
    yield _message(call, "status-update", status="in-progress")
    yield _message(call, "status-update", status="ended", endedReason=call.reason)
    yield _message(
        call,
        "end-of-call-report",
        endedReason=call.reason,
        startedAt=call.started_at.isoformat(),
        endedAt=ended_at.isoformat(),
        durationMs=call.milliseconds,
        cost=call.cost,
        costs=[{"type": part, "cost": cost} for part, cost in call.parts.items()],
        artifact={"messages": [{"role": "tool_calls", "toolCalls": [_use(tool) for tool in call.tools]}]},
    )


def _use(tool: str) -> Json:
    return {"id": tool, "type": "function", "function": {"name": tool, "arguments": "{}"}}


def _message(call: RawCall, message_type: str, **fields: Any) -> Json:
    of_it = {"id": call.id, "type": "inboundPhoneCall", "createdAt": call.started_at.isoformat()}
    return {"type": message_type, "call": of_it, "customer": {"number": _number(call)}} | fields


def _number(call: RawCall) -> str:
    return f"+1206555{int(call.id[:6], 16) % 10_000:04}"


def _addressed(clinic: Clinic, message: Json) -> bytes:
    return json.dumps({"message": message | {"phoneNumber": {"number": clinic.number}}}).encode()


async def _deliver(http: httpx.AsyncClient, clinic: Clinic, messages: Sequence[Json], on_step: OnStep) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def deliver(message: Json) -> None:
        async with turns:
            (await clinic.post(http, _addressed(clinic, message))).raise_for_status()
        on_step()

    await asyncio.gather(*map(deliver, messages))


async def _summary_when(clinic: Clinic, calls: Sequence[RawCall]) -> Json:
    today = datetime.now(ZONE).date()
    period = {"from": (today - timedelta(days=DAYS)).isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    summary: Json = await clinic.desk.told("GET", "/api/analytics/summary", key=clinic.key, **period)
    return summary


def _expected(calls: Sequence[RawCall]) -> Json:
    """The summary, as far as the messages tell it."""
    seconds = [call.milliseconds / 1000 for call in calls]
    asked = [call for call in calls if call.asked]
    booked = [call for call in calls if call.booked]
    parts: Counter[str] = Counter()
    for call in calls:
        parts.update(call.parts)
    cost = sum(call.cost for call in calls)
    return {
        "calls": {"total": len(calls), "inbound": len(calls), "web": 0, "incomplete": 0},
        "duration": {"minutes": sum(seconds) / 60, "mean_seconds": mean(seconds), "median_seconds": median(seconds)},
        "cost": {"total": cost, "parts": parts, "per_call": cost / len(calls), "per_appointment": cost / len(booked)},
        "outcomes": {"open": 0} | Counter(call.outcome for call in calls),
        "ended_reasons": Counter((call.outcome, call.reason) for call in calls),
        "conversion": {"asked": len(asked), "booked": len(booked), "rate": len(booked) / len(asked)},
        "days": {day: _day([call for call in calls if call.day == day]) for day in {call.day for call in calls}},
        "hours": Counter(_hour(call) for call in calls),
    }


def _day(calls: Sequence[RawCall]) -> Json:
    return {
        "calls": len(calls),
        "minutes": sum(call.milliseconds for call in calls) / 60_000,
        "cost": sum(call.cost for call in calls),
        "asked": sum(call.asked for call in calls),
        "booked": sum(call.booked for call in calls),
    }


def _hour(call: RawCall) -> tuple[int, int]:
    local = call.started_at.astimezone(ZONE)
    return local.weekday(), local.hour


def _expected_of(call: RawCall) -> Json:
    return {
        "status": "ended",
        "direction": "inbound",
        "ended_reason": call.reason,
        "duration_seconds": call.milliseconds / 1000,
        "cost": call.cost,
        "cost_parts": {part: cost for part, cost in call.parts.items() if cost},
        "tools_used": sorted(call.tools),
    }


def _compare(outcome: Recounted, where: str, expected: Any, told: Any) -> None:
    """Whatever is expected, wherever it stands in what is told."""
    if isinstance(expected, dict):
        found = _by_key(where, told)
        for key, value in expected.items():
            _compare(outcome, f"{where} {key}".strip(), value, found.get(key))
        return
    outcome.compared += 1
    if isinstance(expected, float) and isinstance(told, int | float):
        off_by = next((most for unit, most in _OFF_BY.items() if where.endswith(unit)), _OFF_BY_AT_MOST)
        if abs(expected - told) > off_by * 1.001:
            outcome.complaints.append(f"{where}: {told} is told, and it is {expected}")
    elif expected != told:
        outcome.complaints.append(f"{where}: {told} is told, and it is {expected}")


def _by_key(where: str, told: Any) -> Json:
    """What is told as a list, by what its items are of."""
    match where:
        case "ended_reasons":
            return {(one["outcome"], one["reason"]): one["calls"] for one in told}  # type: ignore[misc]  # by pairs
        case "days":
            return {one["day"]: one for one in told}
        case "hours":
            return {(day, hour): calls for day, row in enumerate(told) for hour, calls in enumerate(row)}  # type: ignore[misc]
        case _:
            return dict(told or {})
