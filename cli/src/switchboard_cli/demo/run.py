"""One run of the demo: a stack of its own in a folder that is thrown away, the calls, the verdict."""

import shutil
import tempfile
from pathlib import Path

import httpx
from rich.console import Console

from switchboard_cli.demo.calls import Player
from switchboard_cli.demo.display import show_calendars, show_call, show_facts
from switchboard_cli.demo.facts import Judge
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.ports import Claims
from switchboard_cli.stack.stack_file import StackFile
from switchboard_cli.stack.topology import GATEWAY_PORT
from switchboard_cli.stack.up import up


def run() -> int:
    """The exit code: 0 if everything shown is so."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="switchboard-demo-"))
    with Claims() as claims:
        port = claims.choose([("gateway", GATEWAY_PORT)])["gateway"]
    try:
        return up(home, port=port, console=console, play=lambda stack, home: play_and_judge(stack, home, console))
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def play_and_judge(stack: StackFile, home: Home, console: Console) -> int:
    """Show the calls and what the databases say of them; 0 if everything shown is so."""
    console.rule("Two clinics, one URL")
    async with httpx.AsyncClient() as client:
        story = await Player(stack, home, client, lambda call: show_call(console, call)).play()
        judge = Judge(stack, client)
        facts = await judge.judge(story)
        show_calendars(console, {clinic.id: await judge.bookings(clinic) for clinic in stack.organizations}, stack)
    show_facts(console, facts)
    return 0 if all(fact.holds for fact in facts) else 1
