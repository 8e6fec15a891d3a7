"""Clinics' messages at a steady pace, and how long each answer took."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from switchboard_cli.stack.stack_file import SeededOrganization, StackFile


@dataclass(slots=True)
class Heard:
    seconds: list[float] = field(default_factory=list)
    ended: "Counter[str]" = field(default_factory=Counter)
    """Answers by what they were: `result`, `error`, an event's `acknowledged`, or the status that was no 200."""

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def connections() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return httpx.AsyncClient(timeout=60, limits=limits, trust_env=False)


@dataclass(frozen=True, slots=True)
class Caller:
    http: httpx.AsyncClient
    stack: StackFile
    clinic: SeededOrganization

    async def tool_calls(self, heard: Heard, *, a_second: float, seconds: float) -> None:
        await self._at_a_pace(heard, a_second, seconds, self._tool_call)

    async def events(self, heard: Heard, *, a_second: float, seconds: float) -> None:
        await self._at_a_pace(heard, a_second, seconds, self._event)

    async def _at_a_pace(self, heard: Heard, a_second: float, seconds: float, body: Any) -> None:
        """Whether or not the one before was answered: callers do not wait for each other."""
        began = time.perf_counter()
        posted = []
        for number in range(int(a_second * seconds)):
            await asyncio.sleep(max(0.0, began + number / a_second - time.perf_counter()))
            posted.append(asyncio.create_task(self._post(heard, body())))
        await asyncio.gather(*posted)

    async def _post(self, heard: Heard, message: dict[str, Any]) -> None:
        body = {"message": {**message, "phoneNumber": {"number": self.clinic.phone_number}, "call": {"id": "crowd"}}}
        url, secret = f"{self.stack.gateway_url}/api/vapi/webhook", self.stack.webhook_secret
        began = time.perf_counter()
        answer = await self.http.post(url, json=body, headers={"X-Vapi-Secret": secret})
        heard.seconds.append(time.perf_counter() - began)
        heard.ended[_told(answer)] += 1

    def _tool_call(self) -> dict[str, Any]:
        function = {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}
        return {"type": "tool-calls", "toolCallList": [{"id": f"call_{uuid4().hex}", "function": function}]}

    def _event(self) -> dict[str, Any]:
        return {"type": "speech-update", "status": "started", "role": "user"}


def _told(answer: httpx.Response) -> str:
    if answer.status_code != httpx.codes.OK:
        return str(answer.status_code)
    results = answer.json().get("results")
    return ("result" if "result" in results[0] else "error") if results else "acknowledged"
