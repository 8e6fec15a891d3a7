"""What Vapi posts: every server message, on one URL or on a tool's own."""

import asyncio
import re
import time
from dataclasses import dataclass

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis import traces
from chassis.clock import Clock
from chassis.deadline import deadline_scope
from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.tenant import tenant_scope
from gateway.answer import replies
from gateway.answer.dispatch import Dispatcher
from gateway.answer.quarantine import Quarantine, Stray
from gateway.answer.recording import RECORDED, Record, Recorder
from gateway.answer.replies import Result, failed
from gateway.http.intake import Intake, require_json
from gateway.http.problems import (
    NOT_A_MESSAGE,
    NOT_KEPT,
    NOT_RECORDED,
    SECRET_REFUSED,
    SENDER_NOT_CHECKED,
    NamedProblem,
    Refused,
)
from gateway.lifecycle import LastEvent, Lifecycle
from gateway.message.conversation import Conversation, conversation_of
from gateway.message.messages import Message, NotAMessage
from gateway.message.wire import ToolUse, holds_tool_calls, legacy_use, tool_uses
from gateway.metrics import Metrics
from gateway.sender.admission import Admission, Admitted, Unverifiable, Unverified
from gateway.sender.tenants import CALLER_HEARS_WITHOUT_TENANT, SENTENCE_WITHOUT_TENANT, Outcome, Resolution
from gateway.sender.verification import Shown

SECONDS = 2.5
"""From a message's receipt to its answer; a caller is listening to the silence."""

REFUSED_EVERY = 0.25
"""Whoever is not verified is told so a multiple of this many seconds after the message's receipt: how long it took to
find out, less or more questions to tenancy, would tell which numbers are known."""

_TYPE = re.compile(r"[A-Za-z.-]{1,64}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message whose sender may be answered, with what was found out about it."""

    body: bytes
    message: Message
    tool_in_url: str
    conversation: Conversation
    resolution: Resolution


class VapiRoutes:
    def __init__(
        self,
        *,
        intake: Intake,
        admission: Admission,
        dispatcher: Dispatcher,
        quarantine: Quarantine,
        recorder: Recorder,
        lifecycle: Lifecycle,
        metrics: Metrics,
        clock: Clock,
        public_url: str | None,
    ) -> None:
        """`public_url` is where Vapi posts to, without a path; None: as each request says."""
        self._intake = intake
        self._admission = admission
        self._dispatcher = dispatcher
        self._quarantine = quarantine
        self._recorder = recorder
        self._lifecycle = lifecycle
        self._metrics = metrics
        self._clock = clock
        self._public_url = public_url

    def routes(self) -> list[Route]:
        return [
            Route("/api/vapi/webhook", self.receive, methods=["POST"]),
            Route("/api/vapi/tools", self.receive, methods=["POST"]),
            Route("/api/vapi/tools/{tool_name}", self.receive, methods=["POST"]),
        ]

    async def receive(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        received_at = time.perf_counter()
        with deadline_scope(SECONDS):
            try:
                admitted = await self._admission.admit(self._shown(request, body))
            except Unverified:
                return await self._refuse(received_at)
            except Unverifiable as unverifiable:
                return await self._apologize(_arrival(request, body, unverifiable.received.message, _UNAVAILABLE))
            except NotAMessage:
                require_json(request)
                raise Refused(NOT_A_MESSAGE) from None
            require_json(request)
            arrival = _arrival(request, body, admitted.received.message, admitted.resolution)
            await self._record_or_keep(arrival, admitted)
            response = await self._reply(arrival)
        self._note(arrival, admitted, time.perf_counter() - received_at)
        return response

    def _shown(self, request: Request, body: bytes) -> Shown:
        return Shown(request.headers, body, request.method, url=lambda: self._url_of(request))

    def _url_of(self, request: Request) -> str:
        url = request.url
        if self._public_url is None:
            return str(url)
        return str(URL(self._public_url.rstrip("/") + url.path).replace(query=url.query))

    async def _refuse(self, received_at: float) -> Response:
        self._metrics.count_unverified()
        await asyncio.sleep(REFUSED_EVERY - (time.perf_counter() - received_at) % REFUSED_EVERY)
        raise Refused(SECRET_REFUSED)

    async def _apologize(self, arrival: Arrival) -> Response:
        """Whoever it was: an assistant in a call has to hear something, all others can send their message again."""
        self._metrics.count_unverifiable()
        if holds_tool_calls(arrival.message) or arrival.message.type == "function-call":
            return await self._reply(arrival)
        raise Refused(SENDER_NOT_CHECKED, {"Retry-After": "1"})

    async def _record_or_keep(self, arrival: Arrival, admitted: Admitted) -> None:
        """Record what is to be recorded; keep what is nobody's. Raises Refused for what must not get lost and would."""
        message_type, call_id = _type_of(arrival.message), arrival.conversation.vapi_call_id
        resolution = arrival.resolution
        if resolution.organization is not None:
            if message_type in RECORDED:
                await self._record(Record(resolution.organization, message_type, arrival.body))
            return
        stray = Stray(arrival.body, message_type, call_id, admitted.evidence, resolution.outcome, self._clock())
        if not await self._quarantine.keep(stray) and message_type in RECORDED:
            raise self._sent_back(NOT_KEPT)

    async def _record(self, record: Record) -> None:
        """Raises Refused if it is not sure that it is recorded: then Vapi sends it again."""
        try:
            await self._recorder.record(record)
        except DomainError as error:
            _log.warning("a message was not recorded", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # whatever it is, the message must come again
            _log.exception("recording a message failed unexpectedly")
        else:
            return
        raise self._sent_back(NOT_RECORDED)

    def _sent_back(self, problem: NamedProblem) -> Refused:
        self._metrics.count_sent_back()
        return Refused(problem, {"Retry-After": "5"})

    async def _reply(self, arrival: Arrival) -> Response:
        message = arrival.message
        if holds_tool_calls(message):
            uses = tool_uses(message, body=arrival.body, named_in_url=arrival.tool_in_url)
            return replies.results(await self._carry_out(uses, arrival))
        if message.type == "function-call":
            use = legacy_use(message, body=arrival.body, named_in_url=arrival.tool_in_url)
            [entry] = await self._carry_out([use], arrival)
            return replies.legacy_result(entry)
        if message.type == "assistant-request" and arrival.resolution.outcome is not Outcome.RESOLVED:
            return replies.spoken_error(CALLER_HEARS_WITHOUT_TENANT[arrival.resolution.outcome])
        return replies.ACKNOWLEDGED

    async def _carry_out(self, uses: list[ToolUse], arrival: Arrival) -> list[Result]:
        resolution = arrival.resolution
        if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
            sentence = SENTENCE_WITHOUT_TENANT[resolution.outcome]
            return [failed(use, sentence) for use in uses]
        with tenant_scope(resolution.organization):
            return await self._dispatcher.answer_all(uses, arrival.conversation)

    def _note(self, arrival: Arrival, admitted: Admitted, seconds: float) -> None:
        """One line for each message; nothing that a person said or is known by."""
        resolution = arrival.resolution
        organization_id = str(resolution.organization) if resolution.organization else None
        message_type = _type_of(arrival.message)
        self._metrics.count_message(message_type, resolution.outcome, seconds)
        traces.note(call_id=arrival.conversation.vapi_call_id, organization_id=organization_id)
        self._lifecycle.last_event = LastEvent(message_type, self._clock())
        _log.info(
            "message",
            organization_id=organization_id,
            outcome=resolution.outcome,
            evidence=resolution.decided_by,
            verified=True,
            call_id=arrival.conversation.vapi_call_id or None,
            assistant_id=next(filter(_UUID.fullmatch, admitted.evidence.assistant_ids), None),
            message_type=message_type,
            duration_ms=round(seconds * 1000, 2),
        )


_UNAVAILABLE = Resolution(Outcome.UNAVAILABLE)


def _arrival(request: Request, body: bytes, message: Message, resolution: Resolution) -> Arrival:
    return Arrival(
        body=body,
        message=message,
        tool_in_url=request.path_params.get("tool_name", ""),
        conversation=conversation_of(message),
        resolution=resolution,
    )


def _type_of(message: Message) -> str:
    """A message's type as far as it may be logged and shown: a name, without its filter, or `other`."""
    if holds_tool_calls(message):
        return "tool-calls"
    name = message.type.partition("[")[0] if isinstance(message.type, str) else ""
    return name if _TYPE.fullmatch(name) else "other"
