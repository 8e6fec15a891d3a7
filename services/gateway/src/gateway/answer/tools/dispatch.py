"""Tool calls become RPCs, by the catalogue alone."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient, RpcMethod
from chassis.rpc.timing import ServerTiming
from chassis.tenant import current_tenant
from chassis.tools import Catalogue, Tool
from gateway.answer.records.flight_recorder import FlightRecorder
from gateway.answer.records.notes import ToolCallNote
from gateway.answer.replies import Result, failed, said
from gateway.answer.tools.effects import Effects
from gateway.message.conversation import Conversation, identifier
from gateway.message.wire import ArgumentsUnreadable, ToolUse
from gateway.metrics import Metrics
from gateway.speech import CUT_OFF, SENTENCES, TOO_MANY_CALLS, ask_for, sentence_for, unknown_tool
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

AT_ONCE = 16
"""Calls of one message that run concurrently."""

MOST = 64
"""Calls of one message that are carried out at all."""

_log = get_logger()


class ArgumentsWrong(Exception):
    """Arguments are missing or do not fit; the text is what to say."""


@dataclass(frozen=True, slots=True)
class _Route:
    tool: Tool
    call: RpcMethod


class Dispatcher:
    """Carries out tool calls for the tenant in scope, within the deadline in scope."""

    def __init__(
        self,
        catalogue: Catalogue,
        services: Mapping[str, RpcClient],
        effects: Effects,
        flight: FlightRecorder,
        metrics: Metrics,
    ) -> None:
        """`services` by proto package. Raises KeyError if a tool's package is not among them."""
        self._flight = flight
        self._effects = effects
        self._metrics = metrics
        self._routes = {
            name: _Route(
                tool,
                services[tool.package].method(tool.method, tool.request_class.SerializeToString, ToolReply.FromString),
            )
            for name, tool in catalogue.items()
        }

    async def answer_all(self, uses: Sequence[ToolUse], conversation: Conversation) -> list[Result]:
        """An entry for each call, in the order asked. No call's failure touches another."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(use: ToolUse) -> Result:
            async with turns:
                return await self.answer(use, conversation)

        if len(uses) == 1:
            return [await self.answer(uses[0], conversation)]
        answered = await asyncio.gather(*(in_turn(use) for use in uses[:MOST]))
        return [*answered, *(failed(use, TOO_MANY_CALLS) for use in uses[MOST:])]

    async def answer(self, use: ToolUse, conversation: Conversation) -> Result:
        route = self._routes.get(use.name)
        if route is None:
            self._metrics.count_tool_call("unknown", "UNKNOWN_TOOL")
            return failed(use, unknown_tool(use.name))
        asking = _Asking(route, conversation.vapi_call_id)
        started = time.perf_counter()
        result, ended = await self._carry_out(asking, use, conversation)
        self._metrics.count_tool_call(use.name, ended)
        self._flight.note(
            ToolCallNote(
                current_tenant(),
                conversation.vapi_call_id,
                conversation.at,
                route.tool,
                use,
                ended,
                result,
                time.perf_counter() - started,
                asking.reply,
                asking.effects,
                asking.seconds,
                asking.timing,
            )
        )
        return result

    async def _carry_out(self, asking: "_Asking", use: ToolUse, conversation: Conversation) -> tuple[Result, str]:
        """The entry, and how the call ended: `said`, `replayed`, or the reason of its failure."""
        tool = asking.route.tool
        try:
            reply = await self._ask(asking, _request(tool, use, conversation), conversation.control_url)
            return said(use, reply), "replayed" if reply.replayed else "said"
        except ArgumentsUnreadable:
            return failed(use, CUT_OFF), "ARGUMENTS_UNREADABLE"
        except ArgumentsWrong as wrong:
            return failed(use, str(wrong)), "ARGUMENTS_WRONG"
        except DomainError as error:
            _log.warning("a tool call failed", tool=use.name, kind=error.kind, reason=error.reason)
            return failed(use, sentence_for(error, tool)), error.reason
        except Exception:  # noqa: BLE001  # a call in progress needs an answer, whatever went wrong
            _log.exception("a tool call failed unexpectedly", tool=use.name)
            return failed(use, SENTENCES[Kind.INTERNAL]), Kind.INTERNAL.name

    async def _ask(self, asking: "_Asking", request: Any, control_url: str) -> ToolReply:
        async def tell(tried: "CallContext.Tried.ValueType") -> ToolReply:
            request.context.tried = tried
            return await asking.ask(request)

        return await self._effects.carry_out(await asking.ask(request), control_url, tell)


@dataclass(slots=True)
class _Asking:
    """Asks a tool's service, and notes what came of it."""

    route: _Route
    call_id: str
    reply: ToolReply | None = None
    effects: tuple[str, ...] = ()
    seconds: float = 0.0
    timing: ServerTiming | None = None

    async def ask(self, request: Message) -> ToolReply:
        started = time.perf_counter()
        reply: ToolReply
        try:
            reply, self.timing = await self.route.call.timed(request, call_id=self.call_id)
        finally:
            self.seconds += time.perf_counter() - started
        self.reply = reply
        self.effects += tuple(str(effect.WhichOneof("effect")) for effect in reply.effects)
        return reply


def _request(tool: Tool, use: ToolUse, conversation: Conversation) -> Message:
    """The RPC's request. Raises ArgumentsUnreadable, ArgumentsWrong."""
    arguments = _usable(tool, use.arguments())
    try:
        request: Any = tool.request(arguments)
    except ValueError:
        raise ArgumentsWrong(SENTENCES[Kind.INVALID]) from None
    request.context.CopyFrom(
        CallContext(
            vapi_call_id=conversation.vapi_call_id,
            vapi_chat_id=conversation.vapi_chat_id,
            tool_call_id=identifier(use.id),
            caller_number=conversation.caller_number,
            called_number=conversation.called_number,
            delivery_id=conversation.delivery_id,
        )
    )
    message: Message = request
    return message


def _usable(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """The annotated arguments that fit. Raises ArgumentsWrong.

    One that does not fit, is not needed and cannot be asked for is left out: it must not stand in a caller's way.
    """
    known = tool.known(arguments)
    problems = tool.problems(known)
    needless = {problem.name for problem in problems if not problem.missing and not _can_be_asked(tool, problem.name)}
    if blocking := [problem for problem in problems if problem.name not in needless]:
        raise ArgumentsWrong(ask_for(blocking))
    usable = {name: value for name, value in known.items() if name not in needless}
    if left_out := len(arguments) - len(usable):
        _log.info("arguments left out", tool=tool.name, count=left_out)
    return usable


def _can_be_asked(tool: Tool, name: str) -> bool:
    return tool.arguments[name].required or bool(tool.arguments[name].ask)
