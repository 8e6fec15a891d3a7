"""Calls go on while the database is away, or processes are killed: callers hear a sentence, and no report is lost."""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import psutil

from tests.hammer.messages.clinic import Clinic
from tests.system.running import PATIENCE_SECONDS, Running

WITHIN = 3.0
"""Seconds in which a caller hears something."""

_SERVICES = ("gateway", "tenancy", "booking", "assistant_sync")
_PROCESSES = {"booking": 2}
_DAYS_AHEAD = 120

_SECONDS = 20.0
"""For which Vapi waits."""
_TRUSTED = httpx.create_ssl_context()

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


class Asked(StrEnum):
    """What an assistant asks in the middle of a call."""

    TOOL = "tool-calls"
    ASSISTANT = "assistant-request"
    TRANSFER = "transfer-destination-request"
    HANDOFF = "handoff-destination-request"
    KNOWLEDGE = "knowledge-base-request"


@dataclass(frozen=True, slots=True)
class BackoffPlan:
    """How Vapi delivers again what was not taken: exponentially."""

    retries: int
    base_seconds: float

    @classmethod
    async def of(cls, running: Running, *, pace: float = 1.0) -> "BackoffPlan":
        """That of the first seeded assistant, as Vapi has it; `pace` times as slow."""
        stack = running.stack
        async with httpx.AsyncClient(base_url=stack.vapi.base_url) as vapi:
            url = f"/assistant/{stack.organizations[0].assistant_id}"
            found = await vapi.get(url, headers={"Authorization": f"Bearer {stack.vapi.api_key}"})
        plan = found.json()["server"]["backoffPlan"]
        return cls(plan["maxRetries"], plan["baseDelaySeconds"] * pace)


@dataclass(slots=True)
class Withstood:
    """What came of it."""

    title: str
    calls: int = 0
    deliveries: "Counter[str]" = field(default_factory=Counter)
    """Of reports, by what they were answered."""
    seconds: dict[Asked, list[float]] = field(default_factory=dict)
    sentences: "Counter[str]" = field(default_factory=Counter)
    """Of tools: a result, or an apology."""
    kills: "Counter[str]" = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """Seconds of the tool call that took longest."""
        return max(self.seconds.get(Asked.TOOL, [0.0]))


@dataclass(slots=True)
class Calls:
    """Calls of a clinic, one after the other, each with everything that is asked in it and its report."""

    clinic: Clinic
    plan: BackoffPlan
    outcome: Withstood
    asks: bool = True
    """Whether assistants ask in them; else there are reports alone."""
    reported: dict[str, str] = field(default_factory=dict)
    """What was said in each call."""
    acknowledged: set[str] = field(default_factory=set)

    async def go_on(self, a_second: float, over: asyncio.Event, on_step: OnStep) -> None:
        """So many, until it is over; then until every report was delivered."""
        async with asyncio.TaskGroup() as group:
            while not over.is_set():
                group.create_task(self._play(on_step))
                await asyncio.sleep(1 / a_second)

    async def stored(self) -> None:
        """Complains of calls that are lost, there twice, or not as they were told."""
        calls = await self.clinic.calls()
        kept = Counter(call["vapi_call_id"] for call in calls)
        said = {call["vapi_call_id"]: call["transcript"] for call in calls}
        for call_id, transcript in self.reported.items():
            if call_id not in self.acknowledged:
                self.outcome.complaints.append(f"{call_id}: its report was given up")
            elif kept[call_id] != 1:
                self.outcome.complaints.append(f"{call_id}: acknowledged, and kept {kept[call_id]} times")
            elif said[call_id] != transcript:
                self.outcome.complaints.append(f"{call_id}: acknowledged, and its report is lost")

    async def _play(self, on_step: OnStep) -> None:
        call_id = str(uuid4())
        self.outcome.calls += 1
        # A client of its own: many connections make httpx itself so slow that it would be measured, not the answers.
        async with httpx.AsyncClient(timeout=_SECONDS, verify=_TRUSTED, trust_env=False) as http:
            await self._post(http, call_id, "status-update", status="in-progress")
            if self.asks:
                await asyncio.gather(*(self._ask(http, call_id, asked) for asked in Asked))
            self.reported[call_id] = f"User: I am {call_id}."
            await self._report(http, call_id)
        on_step()

    async def _ask(self, http: httpx.AsyncClient, call_id: str, asked: Asked) -> None:
        begun = time.monotonic()
        answer = await self._post(http, call_id, asked, **_fields_of(asked))
        self.outcome.seconds.setdefault(asked, []).append(time.monotonic() - begun)
        if answer is None or answer.status_code != httpx.codes.OK:
            self.outcome.complaints.append(f"{asked}: {answer.text if answer else 'no answer'}")
        elif asked is Asked.TOOL:
            self._hear(answer.json())

    def _hear(self, answer: dict[str, Any]) -> None:
        for entry in answer["results"]:
            (said,) = {"result", "error"} & set(entry)
            self.outcome.sentences[said] += 1
            if not entry[said].endswith((".", "?", "!")) or "\n" in entry[said]:
                self.outcome.complaints.append(f"no sentence: {entry}")

    async def _report(self, http: httpx.AsyncClient, call_id: str) -> None:
        """As Vapi does: again and again, by the plan."""
        for retry in range(self.plan.retries + 1):
            report = {"transcript": self.reported[call_id], "endedReason": "customer-ended-call"}
            answer = await self._post(http, call_id, "end-of-call-report", **report)
            self.outcome.deliveries[str(answer.status_code) if answer else "no answer"] += 1
            if answer is not None and answer.status_code == httpx.codes.OK:
                self.acknowledged.add(call_id)
                return
            if answer is not None and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                self.outcome.complaints.append(f"a report was refused: {answer.text}")
                return
            await asyncio.sleep(self.plan.base_seconds * 2**retry)

    async def _post(
        self, http: httpx.AsyncClient, call_id: str, message_type: str, **fields: Any
    ) -> httpx.Response | None:
        message = {
            "type": message_type,
            "call": {"id": call_id, "type": "inboundPhoneCall"},
            "phoneNumber": {"number": self.clinic.number},
            "customer": {"number": "+12065550177"},
        }
        try:
            return await self.clinic.post(http, json.dumps({"message": message | fields}).encode())
        except httpx.TransportError:
            return None


def _fields_of(asked: Asked) -> dict[str, Any]:
    match asked:
        case Asked.TOOL:
            arguments = {"date": (date.today() + timedelta(days=_DAYS_AHEAD)).isoformat()}
            return {"toolCallList": [{"id": "call_1", "name": "checkAvailability", "arguments": arguments}]}
        case Asked.HANDOFF:
            return {"parameters": {}}
        case Asked.KNOWLEDGE:
            return {"messages": [], "messagesOpenAIFormatted": [{"role": "user", "content": "Where do I park?"}]}
        case _:
            return {}


Outage = Callable[[Withstood], AbstractAsyncContextManager[None]]


async def withstood(title: str, calls: Calls, outage: Outage, a_second: float, on_step: OnStep = quietly) -> Withstood:
    """Calls before, during and after the outage."""
    over = asyncio.Event()
    playing = asyncio.create_task(calls.go_on(a_second, over, on_step))
    try:
        await asyncio.sleep(1)
        async with outage(calls.outcome):
            pass
    finally:
        over.set()
    await playing
    await calls.stored()
    return calls.outcome


def database_hangs(running: Running, seconds: float) -> Outage:
    """It takes connections, and answers nothing: as behind a network that swallows everything."""

    @asynccontextmanager
    async def outage(_: Withstood) -> AsyncIterator[None]:
        server = psutil.Process(running.stack.pids["postgres"][0])
        everything = [server, *server.children(recursive=True)]
        for process in everything:
            process.suspend()
        try:
            await asyncio.sleep(seconds)
            yield
        finally:
            for process in everything:
                process.resume()

    return outage


def database_dies(running: Running, seconds: float) -> Outage:
    """It is killed, and again as soon as it is back, for so long."""

    @asynccontextmanager
    async def outage(outcome: Withstood) -> AsyncIterator[None]:
        deadline, killed = time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            (pid,) = running.stack.pids.get("postgres", [0])
            if pid not in (0, killed):
                os.kill(pid, signal.SIGKILL)
                outcome.kills["postgres"] += 1
                killed = pid
            await asyncio.sleep(0.05)
        yield

    return outage


def services_die(running: Running, times: int, chance: Random) -> Outage:
    """One process is killed after the other, each as soon as the one before is back."""

    @asynccontextmanager
    async def outage(outcome: Withstood) -> AsyncIterator[None]:
        for _ in range(times):
            service = chance.choice(_SERVICES)
            pid = chance.choice(running.stack.pids[service])
            os.kill(pid, signal.SIGKILL)
            outcome.kills[service] += 1
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(set(running.stack.pids.get(service, ())) - {pid}) < _PROCESSES.get(service, 1):
                    await asyncio.sleep(0.05)
            await asyncio.sleep(chance.random())
        yield

    return outage
