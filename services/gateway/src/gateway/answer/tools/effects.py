"""What tools want done to the live call.

Hanging up is said in the answer itself (`replies.py`). Putting a caller through is asked of the live call, once; what
became of it is told to the tool, which then says what is to be answered, and says the same to whoever asks again.
"""

from collections.abc import Awaitable, Callable

from chassis.errors import DomainError
from chassis.logs import get_logger
from gateway.answer.destinations import destination
from gateway.metrics import Metrics
from gateway.outside.live_calls import LiveCalls
from switchboard.tools.v1.tools_pb2 import CallContext, Effect, ToolReply

Tell = Callable[["CallContext.Tried.ValueType"], Awaitable[ToolReply]]
"""Calls the tool again, with what became of what it wanted. Raises DomainError."""

_log = get_logger()


class Effects:
    def __init__(self, live_calls: LiveCalls, metrics: Metrics) -> None:
        self._live_calls = live_calls
        self._metrics = metrics

    async def carry_out(self, reply: ToolReply, control_url: str, tell: Tell) -> ToolReply:
        """The reply, once everything that it wants is done or is known to have failed."""
        transfer = next((effect.transfer for effect in reply.effects if effect.HasField("transfer")), None)
        if transfer is None or reply.replayed:
            return reply
        is_done = await self._transfer(transfer, control_url)
        self._metrics.count_transfer(is_done=is_done)
        try:
            return await tell(CallContext.DONE if is_done else CallContext.FAILED)
        except DomainError as error:
            _log.warning("what became of a transfer was not told", kind=error.kind, reason=error.reason)
            return reply if is_done else ToolReply(say=transfer.otherwise_say)

    async def _transfer(self, transfer: Effect.Transfer, control_url: str) -> bool:
        where = destination(transfer.number, transfer.sip_uri, transfer.summary)
        return await self._live_calls.transfer(control_url, where, transfer.message)
