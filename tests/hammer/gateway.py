"""Questions put to a running gateway as Vapi puts them, and asked again until there is an answer; what was heard."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.booking.tests.history.callers import Ask, Facts, Question
from tests.hammer.clinics import Clinic

PATIENCE_SECONDS = 60.0
"""How long a question is asked again that was answered with an apology."""

_PAUSE_SECONDS = 0.1
_OK = 200


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Kept:
    """A question as it was posted, and the bytes of its answer."""

    body: dict[str, Any]
    answer: bytes


@dataclass(slots=True)
class Tally:
    """Everything that was heard."""

    outcomes: "Counter[str]" = field(default_factory=Counter)
    statuses: "Counter[int]" = field(default_factory=Counter)
    apologies: int = 0
    """Answers that were an error: asked again."""
    broken: int = 0
    """Connections that ended without an answer: asked again, as Vapi does."""
    seconds: list[float] = field(default_factory=list)
    """What each post took."""
    kept: list[Kept] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return sum(self.outcomes.values())

    @property
    def server_errors(self) -> int:
        return sum(times for status, times in self.statuses.items() if status != _OK)


@dataclass(slots=True)
class Gateway:
    http: httpx.AsyncClient
    url: str
    secret: str
    tally: Tally = field(default_factory=Tally)
    keeps: bool = False
    """Whether answers are kept, to be compared with what is answered later."""

    def asking(self, clinic: Clinic, hangs_up: Callable[[], bool] = never) -> Ask:
        """Questions on the clinic's line. After an apology the caller hangs up, or is asked again under the same id."""

        async def ask(question: Question) -> Facts | None:
            body = _body(clinic, question)
            deadline = time.monotonic() + (0 if hangs_up() else PATIENCE_SECONDS)
            while "result" not in (entry := await self._ask(body)):
                self.tally.apologies += "error" in entry
                if time.monotonic() > deadline:
                    self.tally.outcomes["no answer"] += 1
                    return None
                await asyncio.sleep(_PAUSE_SECONDS)
            facts: Facts = entry.get("metadata", {})
            self.tally.outcomes[str(facts.get("outcome"))] += 1
            return facts

        return ask

    async def differing(self, kept: Kept) -> bytes | None:
        """The answer to the same question now, if it is not the same to the byte."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "result" not in _entry(content := await self._post(kept.body)) and time.monotonic() < deadline:
            await asyncio.sleep(_PAUSE_SECONDS)
        return None if content == kept.answer else content

    async def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        content = await self._post(body)
        entry = _entry(content)
        if self.keeps and "result" in entry and entry["name"] != "checkAvailability":
            self.tally.kept.append(Kept(body, content))
        return entry

    async def _post(self, body: dict[str, Any]) -> bytes:
        """What was answered with 200; nothing if it was not."""
        headers = {"X-Vapi-Secret": self.secret}
        begun = time.monotonic()
        try:
            answer = await self.http.post(f"{self.url}/api/vapi/webhook", json=body, headers=headers)
        except httpx.TransportError:
            self.tally.broken += 1
            return b""
        self.tally.seconds.append(time.monotonic() - begun)
        self.tally.statuses[answer.status_code] += 1
        return answer.content if answer.status_code == _OK else b""


def _entry(content: bytes) -> dict[str, Any]:
    """The entry of the one question that was posted; empty if it was not answered."""
    if not content:
        return {}
    entry: dict[str, Any]
    (entry,) = json.loads(content)["results"]
    return entry


def _body(clinic: Clinic, question: Question) -> dict[str, Any]:
    function = {"name": question.tool, "arguments": dict(question.arguments)}
    return {
        "message": {
            "type": "tool-calls",
            "call": {"id": question.call, "type": "inboundPhoneCall"},
            "phoneNumber": {"number": clinic.number},
            "customer": {"number": question.caller_number},
            "toolCallList": [{"id": question.tool_call, "type": "function", "function": function}],
        }
    }
