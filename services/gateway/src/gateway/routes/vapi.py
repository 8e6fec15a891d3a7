"""What Vapi posts: every server message, on one URL or on a tool's own."""

import asyncio
import re
import time
from typing import Any

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from chassis import traces
from chassis.clock import Clock
from chassis.deadline import deadline_scope
from chassis.errors import DomainError
from chassis.logs import get_logger
from gateway.answer import replies
from gateway.answer.answers import Answers
from gateway.answer.arrival import Arrival, type_of
from gateway.answer.records.flight_recorder import FlightRecorder
from gateway.answer.records.notes import Times, message_note
from gateway.answer.records.quarantine import Quarantine, Stray
from gateway.answer.records.recording import RECORDED, Record, Recorder
from gateway.http.intake import Intake, require_json
from gateway.http.operations import Operation, Resource, Who, operation, resource
from gateway.http.problems import (
    NOT_A_MESSAGE,
    NOT_KEPT,
    NOT_RECORDED,
    OVERLOADED,
    SECRET_REFUSED,
    SENDER_NOT_CHECKED,
    NamedProblem,
    Refused,
)
from gateway.lifecycle import LastEvent, Lifecycle
from gateway.limits.load import Load, Overloaded
from gateway.limits.rate_limits import Limited, RateLimits
from gateway.message.conversation import conversation_of
from gateway.message.events import event_in
from gateway.message.messages import Message, NotAMessage, read
from gateway.metrics import Metrics
from gateway.sender.admission import Admission, Admitted, Unverifiable, Unverified
from gateway.sender.tenants import Outcome, Resolution
from gateway.sender.verification import Shown

SECONDS = 2.5
"""From a message's receipt to its answer; a caller is listening to the silence."""

REFUSED_EVERY = 0.25
"""Whoever is not verified is told so a multiple of this many seconds after the message's receipt: how long it took to
find out, less or more questions to tenancy, would tell which numbers are known."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_log = get_logger()


MessageAnswer = dict[str, Any]
"""What Vapi wants of the message's type; `{}` where it wants nothing."""

_PROBLEMS = {
    400: ("BODY_INCOMPLETE", "NOT_A_MESSAGE"),
    401: ("SECRET_REFUSED",),
    408: ("BODY_TOO_SLOW",),
    413: ("BODY_TOO_LARGE",),
    415: ("WRONG_MEDIA_TYPE",),
    503: ("OVERLOADED", "SENDER_NOT_CHECKED", "MESSAGE_NOT_KEPT", "MESSAGE_NOT_RECORDED"),
}


class VapiRoutes:
    def __init__(
        self,
        *,
        intake: Intake,
        admission: Admission,
        limits: RateLimits,
        load: Load,
        answers: Answers,
        quarantine: Quarantine,
        recorder: Recorder,
        flight: FlightRecorder,
        lifecycle: Lifecycle,
        metrics: Metrics,
        clock: Clock,
        public_url: str | None,
    ) -> None:
        """`public_url` is where Vapi posts to, without a path; None: as each request says."""
        self._intake = intake
        self._admission = admission
        self._limits = limits
        self._load = load
        self._answers = answers
        self._quarantine = quarantine
        self._recorder = recorder
        self._flight = flight
        self._lifecycle = lifecycle
        self._metrics = metrics
        self._clock = clock
        self._public_url = public_url

    def resources(self) -> list[Resource]:
        def received(summary: str) -> Operation:
            return operation(self.receive, summary, who=Who.VAPI, answers={200: MessageAnswer}, problems=_PROBLEMS)

        return [
            resource("/api/vapi/webhook", POST=received("Take a server message")),
            resource("/api/vapi/tools", POST=received("Take a server message on the tools' URL")),
            resource("/api/vapi/tools/{tool_name}", POST=received("Take a server message on a tool's own URL")),
        ]

    async def receive(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        received_at = time.perf_counter()
        try:
            with self._load.one_more(), deadline_scope(SECONDS):
                return await self._take(request, body, received_at)
        except Unverified:
            return await self._refuse(received_at)
        except Overloaded:
            return await self._turn_away(request, body)

    async def _take(self, request: Request, body: bytes, received_at: float) -> Response:
        """Raises Unverified, Refused."""
        try:
            admitted = await self._admission.admit(self._shown(request, body))
        except Unverifiable as unverifiable:
            return await self._apologize(_arrival(request, body, unverifiable.received.message, _UNAVAILABLE))
        except NotAMessage:
            require_json(request)
            raise Refused(NOT_A_MESSAGE) from None
        times = Times(received_at, time.perf_counter())
        require_json(request)
        arrival = _arrival(request, body, admitted.received.message, admitted.resolution, admitted.delivery)
        response = await self._answer(arrival, admitted, times)
        self._note(arrival, admitted, time.perf_counter() - received_at)
        return response

    async def _turn_away(self, request: Request, body: bytes) -> Response:
        """Whoever it was, since to check the sender would take what there is too little of: so in nobody's name."""
        refused = Refused(OVERLOADED, {"Retry-After": "1"})
        try:
            arrival = _arrival(request, body, read(body).message, _UNAVAILABLE)
        except NotAMessage:
            raise refused from None
        self._metrics.count_shed(arrival.type, event_in(arrival.message, arrival.type))
        if self._answers.is_heard(arrival.type):
            return await self._answers.answer(arrival)
        raise refused

    async def _answer(self, arrival: Arrival, admitted: Admitted, times: Times) -> Response:
        if self._is_left_undone(arrival):
            return replies.ACKNOWLEDGED
        try:
            await self._record_or_keep(arrival, admitted)
            response = await self._answers.answer(arrival)
        except Refused as refused:
            self._flight.note(message_note(arrival, admitted, times, sent_back=refused.problem.code))
            raise
        self._flight.note(message_note(arrival, admitted, times, answer=bytes(response.body)))
        return response

    def _is_left_undone(self, arrival: Arrival) -> bool:
        """Whether the message may be lost, and there is too much else to do, or its organization sends too many."""
        resolution = arrival.resolution
        event = event_in(arrival.message, arrival.type)
        if event is None:
            return False
        if self._load.sheds(event):
            self._metrics.count_shed(arrival.type, event)
            return True
        if resolution.organization is None:
            return False
        return not self._limits.take(Limited.EVENTS, resolution.organization, own=resolution.rate_limit)

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
        """Whoever it was: an assistant in a call has to hear something, all others can send their message again.

        `assistant-request` is not sent again: Vapi has the number's fallback destination, or words of its own.
        """
        self._metrics.count_unverifiable()
        if self._answers.wants_words(arrival.type):
            return await self._answers.answer(arrival)
        raise Refused(SENDER_NOT_CHECKED, {"Retry-After": "1"})

    async def _record_or_keep(self, arrival: Arrival, admitted: Admitted) -> None:
        """Record what is to be recorded; keep what is nobody's. Raises Refused for what must not get lost and would."""
        resolution = arrival.resolution
        if resolution.organization is not None:
            if arrival.type in RECORDED:
                await self._record(Record(resolution.organization, arrival.type, arrival.body))
            return
        call_id = arrival.conversation.vapi_call_id
        stray = Stray(arrival.body, arrival.type, call_id, admitted.evidence, resolution.outcome, self._clock())
        if not await self._quarantine.keep(stray) and arrival.type in RECORDED:
            raise self._sent_back(NOT_KEPT)

    async def _record(self, record: Record) -> None:
        """Raises Refused if it is not sure that it is recorded: then Vapi sends it again."""
        try:
            await self._recorder.record(record)
        except NotAMessage:
            # In a field that only records are read for; it would not be another message the next time.
            raise Refused(NOT_A_MESSAGE) from None
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

    def _note(self, arrival: Arrival, admitted: Admitted, seconds: float) -> None:
        """One line for each message; nothing that a person said or is known by."""
        resolution = arrival.resolution
        organization_id = str(resolution.organization) if resolution.organization else None
        self._metrics.count_message(arrival.type, resolution.outcome, seconds)
        traces.note(call_id=arrival.conversation.vapi_call_id, organization_id=organization_id)
        self._lifecycle.last_event = LastEvent(arrival.type, self._clock())
        _log.info(
            "message",
            organization_id=organization_id,
            outcome=resolution.outcome,
            evidence=resolution.decided_by,
            verified=True,
            call_id=arrival.conversation.vapi_call_id or None,
            assistant_id=next(filter(_UUID.fullmatch, admitted.evidence.assistant_ids), None),
            message_type=arrival.type,
            duration_ms=round(seconds * 1000, 2),
        )


_UNAVAILABLE = Resolution(Outcome.UNAVAILABLE)


def _arrival(request: Request, body: bytes, message: Message, resolution: Resolution, delivery: str = "") -> Arrival:
    return Arrival(
        body=body,
        message=message,
        type=type_of(message),
        tool_in_url=request.path_params.get("tool_name", ""),
        conversation=conversation_of(message, delivery),
        resolution=resolution,
    )
