"""What Vapi posts: every server message, on one URL or on a tool's own."""

import re
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import Clock
from chassis.deadline import deadline_scope
from chassis.logs import get_logger
from chassis.tenant import tenant_scope
from gateway import replies
from gateway.conversation import Conversation, conversation_of, identifier
from gateway.dispatch import Dispatcher
from gateway.evidence import evidence_in
from gateway.intake import Intake, require_json
from gateway.lifecycle import LastEvent, Lifecycle
from gateway.messages import Message, NotAMessage, Received, read
from gateway.problems import NOT_A_MESSAGE, SECRET_REFUSED, Refused
from gateway.replies import Result, failed
from gateway.tenants import CALLER_HEARS_WITHOUT_TENANT, SENTENCE_WITHOUT_TENANT, Outcome, Resolution, Tenants
from gateway.verification import SharedSecret
from gateway.wire import ToolUse, holds_tool_calls, legacy_use, tool_uses

SECONDS = 2.5
"""From a message's receipt to its answer; a caller is listening to the silence."""

_TYPE = re.compile(r"[A-Za-z.-]{1,64}")

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified message with what was found out about it."""

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
        secret: SharedSecret,
        tenants: Tenants,
        dispatcher: Dispatcher,
        lifecycle: Lifecycle,
        clock: Clock,
    ) -> None:
        self._intake = intake
        self._secret = secret
        self._tenants = tenants
        self._dispatcher = dispatcher
        self._lifecycle = lifecycle
        self._clock = clock
        self._refusals = 0

    def routes(self) -> list[Route]:
        return [
            Route("/api/vapi/webhook", self.receive, methods=["POST"]),
            Route("/api/vapi/tools", self.receive, methods=["POST"]),
            Route("/api/vapi/tools/{tool_name}", self.receive, methods=["POST"]),
        ]

    async def receive(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        received_at = time.perf_counter()
        self._verify(request)
        require_json(request)
        received = _read(body)
        with deadline_scope(SECONDS):
            evidence = evidence_in(received)
            arrival = Arrival(
                body=body,
                message=received.message,
                tool_in_url=request.path_params.get("tool_name", ""),
                conversation=conversation_of(received.message),
                resolution=await self._tenants.resolve(evidence),
            )
            response = await self._reply(arrival)
        self._note(arrival, evidence.assistant_ids, time.perf_counter() - received_at)
        return response

    def _verify(self, request: Request) -> None:
        if not self._secret.matches(request.headers.get("x-vapi-secret")):
            self._refusals += 1
            _log.info("a message without the secret", count=self._refusals)
            raise Refused(SECRET_REFUSED)

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

    def _note(self, arrival: Arrival, assistant_ids: tuple[str, ...], seconds: float) -> None:
        """One line for each message; nothing that a person said or is known by."""
        resolution = arrival.resolution
        organization_id = str(resolution.organization) if resolution.organization else None
        message_type = _type_of(arrival.message)
        self._lifecycle.last_event = LastEvent(message_type, self._clock())
        _log.info(
            "message",
            organization_id=organization_id,
            outcome=resolution.outcome,
            evidence=resolution.decided_by,
            verified=True,
            call_id=arrival.conversation.vapi_call_id or None,
            assistant_id=identifier(next(iter(assistant_ids), None)) or None,
            message_type=message_type,
            duration_ms=round(seconds * 1000, 2),
        )


def _read(body: bytes) -> Received:
    try:
        return read(body)
    except NotAMessage:
        raise Refused(NOT_A_MESSAGE) from None


def _type_of(message: Message) -> str:
    """A message's type as far as it may be logged and shown: a name, without its filter, or `other`."""
    if holds_tool_calls(message):
        return "tool-calls"
    name = message.type.partition("[")[0] if isinstance(message.type, str) else ""
    return name if _TYPE.fullmatch(name) else "other"
