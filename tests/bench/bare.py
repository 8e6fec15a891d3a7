"""What HTTP itself costs here, and the load generator: the body is parsed, the answer is a constant."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.answer.replies import ACKNOWLEDGED, Result, results
from gateway.message.messages import read
from gateway.message.wire import holds_tool_calls
from tests.bench.bodies import WEBHOOK

_ENVELOPE = results(
    [
        Result(
            tool_call_id="call_0",
            name="checkAvailability",
            result="On Tuesday, December 1st, 8 AM, 8:15 AM and 12 PM are free. Which would you like?",
            metadata={"outcome": "free", "date": "2026-12-01", "slots": ["2026-12-01T08:00:00-05:00"] * 20},
        )
    ]
)


def build() -> Starlette:
    return Starlette(routes=[Route(WEBHOOK, _receive, methods=["POST"])])


async def _receive(request: Request) -> Response:
    received = read(await request.body())
    return _ENVELOPE if holds_tool_calls(received.message) else ACKNOWLEDGED
