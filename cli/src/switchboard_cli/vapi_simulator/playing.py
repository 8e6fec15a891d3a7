"""Plays calls against a server URL: posts what Vapi would post, and hears of the answer what Vapi's model would.

Needs no simulated API: any process with an httpx client can play. A `Line` is what telephone company, Vapi and its
model are together; a `PlayedCall` is one conversation on it.
"""

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import httpx

from switchboard_cli.vapi_simulator import bodies
from switchboard_cli.vapi_simulator.bodies import CallType, Json, Shape, ToolUse

NO_RESULT = "No result returned."

# Vapi's own limit where the assistant's server names none.
DEFAULT_TIMEOUT_SECONDS = 20

# What Vapi sends to an assistant that does not list its serverMessages, as far as it is played here.
_SENT_BY_DEFAULT = frozenset({"tool-calls", "status-update", "end-of-call-report"})


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to one tool call. Where Vapi can make nothing of it, `result` and `error` are both None."""

    tool_call_id: str
    tool: str
    http_status: int | None
    result: str | None = None
    error: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    hangs_up: bool = False
    """Whether Vapi speaks it and ends the call."""

    @property
    def spoken(self) -> str:
        """What the model is told, and so what the caller hears."""
        return self.result or self.error or NO_RESULT


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it was posted, and the status it was answered with: None if no answer came in time."""

    type: str
    url: str
    body: Json
    http_status: int | None


class Line:
    """Where calls come from.

    Messages go to the tool's server, else the assistant's, else the telephone number's, else `server_url`, as Vapi
    chooses. `secret` is sent as X-Vapi-Secret and wins over the headers that the chosen server asks for, so that a
    forger can be played. `account` is a client of the account's API: it then lists the calls that are played.
    `control_url` is where their live calls are controlled: the account's API, or Vapi's own host, which is not asked.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        server_url: str | None = None,
        secret: str | None = None,
        org_id: str | None = None,
        account: httpx.AsyncClient | None = None,
        control_url: str = bodies.CONTROL_URL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.client = client
        self.account = account
        self.control_url = control_url
        self.server_url = server_url
        self.secret = secret
        self.org_id = org_id or str(uuid.uuid4())
        self.clock = clock

    async def start(
        self,
        *,
        called_number: str | None = None,
        caller_number: str | None = None,
        assistant: Mapping[str, Any] | None = None,
        phone_number: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] = (),
        call_type: CallType | None = None,
    ) -> "PlayedCall":
        """A call that has just been answered.

        `called_number` is the clinic's own line, in an outbound call too; without one it is a web call.
        `assistant`, `phone_number` and `tools` are such objects as Vapi's API returns.
        """
        line = dict(phone_number) if phone_number else None
        if line is None and called_number is not None:
            line = bodies.phone_number(called_number, org_id=self.org_id)
        played = PlayedCall(
            self,
            call_type=call_type or ("webCall" if line is None else "inboundPhoneCall"),
            phone_number=line,
            caller_number=caller_number,
            assistant=dict(assistant or {}),
            tools=tools,
        )
        await played.list_in_account()
        await played.post_status("in-progress")
        return played


class PlayedCall:
    """One call; `deliveries` holds everything that was posted, in order."""

    def __init__(
        self,
        line: Line,
        *,
        call_type: CallType,
        phone_number: Json | None,
        caller_number: str | None,
        assistant: Json,
        tools: Sequence[Mapping[str, Any]],
    ) -> None:
        self.id = str(uuid.uuid4())
        self.deliveries: list[Delivery] = []
        self.started_at = line.clock()
        self._line = line
        self._assistant = assistant
        self._phone_number = phone_number
        self._customer = {"number": caller_number} if caller_number else None
        inline_tools = assistant.get("model", {}).get("tools", ())
        self._tools = {tool["function"]["name"]: dict(tool) for tool in (*inline_tools, *tools) if "function" in tool}
        self._call = bodies.call(
            self.id,
            org_id=line.org_id,
            call_type=call_type,
            created_at=self.started_at,
            line=phone_number,
            caller_number=caller_number,
            assistant_id=assistant.get("id"),
            control_url=line.control_url,
        )
        self._history: list[Json] = []
        self._ended_reason = "customer-ended-call"
        if first_message := assistant.get("firstMessage"):
            self.assistant_says(first_message)

    def caller_says(self, words: str) -> None:
        self._remember(role="user", message=words)

    def assistant_says(self, words: str) -> None:
        self._remember(role="bot", message=words)

    async def use_tool(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        shape: Shape = "object",
        tool_call_id: str | None = None,
        url: str | None = None,
    ) -> Heard:
        """`url` overrides where Vapi would send it; a `tool_call_id` used before plays a message delivered twice."""
        use = ToolUse(tool_call_id or f"call_{secrets.token_urlsafe(18)}", name, arguments)
        [heard] = await self.use_tools([use], shape=shape, url=url)
        return heard

    async def use_tools(
        self, uses: Sequence[ToolUse], *, shape: Shape = "object", url: str | None = None
    ) -> tuple[Heard, ...]:
        """Several tool calls in one message, as a model makes them at once."""
        self._remember(role="tool_calls", message="", toolCalls=bodies.tool_calls(uses, "string", {})["toolCallList"])
        server = self._tools.get(uses[0].name, {}).get("server") or self._server
        answer = await self._post(bodies.tool_calls(uses, shape, self._tools), server=server, url=url)
        heard = tuple(_hear(use, answer) for use in uses)
        if any(one.hangs_up for one in heard):
            self._ended_reason = "assistant-ended-call"
        for one in heard:
            self._remember(role="tool_call_result", name=one.tool, toolCallId=one.tool_call_id, result=one.spoken)
        return heard

    async def post_status(self, status: str, **fields: Any) -> None:
        await self._send({"type": "status-update", "status": status, **fields})

    async def end(self, *, reason: str | None = None, summary: str = "", is_report_lost: bool = False) -> None:
        """Hangs up: the status first, then the report, which Vapi sends when it has looked at the whole call.

        The reason, unless another is given, is that the caller did, or the assistant where an answer let it.
        """
        ended_at, reason = self._line.clock(), reason or self._ended_reason
        report = bodies.end_of_call_report(
            self._history,
            started_at=self.started_at,
            ended_at=ended_at,
            ended_reason=reason,
            summary=summary,
        )
        await self.list_in_account(bodies.told_by_call(report))
        await self.post_status("ended", endedReason=reason)
        if not is_report_lost:
            await self._send(report)

    async def list_in_account(self, told: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Have the account's API show the call, with what is told of it by now."""
        if self._line.account is not None:
            shown = {**self._call, "status": "in-progress", **told}
            await self._line.account.put(f"/_simulator/calls/{self.id}", json=shown)

    @property
    def _server(self) -> Json:
        on_number = (self._phone_number or {}).get("server")
        return self._assistant.get("server") or on_number or {"url": self._line.server_url}

    async def _send(self, fields: Json) -> None:
        """Posts a message that wants no answer, if the assistant subscribed to it."""
        if fields["type"] in self._assistant.get("serverMessages", _SENT_BY_DEFAULT):
            await self._post(fields, server=self._server)

    async def _post(self, fields: Json, *, server: Json, url: str | None = None) -> httpx.Response | None:
        target = url or server.get("url")
        if not target:
            raise ValueError("neither the tool, the assistant, the number nor the line names a server URL")
        headers = httpx.Headers(server.get("headers"))
        if self._line.secret is not None:
            headers["X-Vapi-Secret"] = self._line.secret
        body = {"message": self._message(fields)}
        timeout = server.get("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS)
        try:
            answer = await self._line.client.post(target, json=body, headers=headers, timeout=timeout)
        except httpx.TransportError:
            answer = None
        status = answer.status_code if answer is not None else None
        self.deliveries.append(Delivery(fields["type"], target, body, status))
        return answer

    def _message(self, fields: Json) -> Json:
        message = {
            "timestamp": bodies.milliseconds(self._line.clock()),
            "artifact": bodies.artifact(self._history),
            "call": self._call,
            **fields,
        }
        if self._assistant:
            message["assistant"] = self._assistant
        if self._phone_number is not None:
            message["phoneNumber"] = self._phone_number
        if self._customer is not None:
            message["customer"] = self._customer
        return message

    def _remember(self, **turn: Any) -> None:
        now = self._line.clock()
        since_start = round((now - self.started_at).total_seconds(), 3)
        self._history.append({**turn, "time": bodies.milliseconds(now), "secondsFromStart": since_start})


def _hear(use: ToolUse, answer: httpx.Response | None) -> Heard:
    """Vapi looks only at an answer of 200 exactly, and in it only at single-line strings under the same id."""
    if answer is None or answer.status_code != httpx.codes.OK:
        return Heard(use.id, use.name, answer.status_code if answer is not None else None)
    entry = _entry(use.id, answer)
    result, error = (_single_line(entry.get(name)) for name in ("result", "error"))
    metadata = entry.get("metadata")
    return Heard(
        use.id,
        use.name,
        answer.status_code,
        result,
        None if result else error,
        metadata if isinstance(metadata, dict) else {},
        _hangs_up(entry.get("message")),
    )


def _hangs_up(message: object) -> bool:
    """Only words that are spoken end a call."""
    if not isinstance(message, dict) or message.get("type") != "request-complete":
        return False
    return message.get("endCallAfterSpokenEnabled") is True and _single_line(message.get("content")) is not None


def _entry(tool_call_id: str, answer: httpx.Response) -> Json:
    try:
        body = answer.json()
    except ValueError:
        return {}
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        return {}
    matching = (entry for entry in results if isinstance(entry, dict) and entry.get("toolCallId") == tool_call_id)
    return next(matching, {})


def _single_line(value: object) -> str | None:
    return value if isinstance(value, str) and value and len(value.splitlines()) == 1 else None
