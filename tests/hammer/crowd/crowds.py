"""The crowds, each to be run in a process of its own."""

import asyncio

from switchboard_cli.stack.stack_file import StackFile
from tests.hammer.crowd.callers import Caller, Heard, connections
from tests.hammer.crowd.slow import Cut, trickling


def slow_clients_at(host: str, port: int, count: int) -> list[Cut]:
    return asyncio.run(trickling(host, port, count))


def noise_of(stack: StackFile, a_second: float, seconds: float) -> Heard:
    """The first clinic's: so many tool calls, and as many events."""
    return asyncio.run(_noise_of(stack, a_second, seconds))


async def _noise_of(stack: StackFile, a_second: float, seconds: float) -> Heard:
    heard = Heard()
    async with connections() as http:
        noisy = Caller(http, stack, stack.organizations[0])
        await asyncio.gather(
            noisy.tool_calls(heard, a_second=a_second, seconds=seconds),
            noisy.events(heard, a_second=a_second, seconds=seconds),
        )
    return heard
