"""`python -m tests.hammer.changes`: how soon the gateway knows of a change that tenancy has committed.

An organization is suspended and resumed again and again while its callers go on asking. What counts is the time from
the administrator's answer until the first caller asks who hears of it; 0 if it was known by then.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import httpx
from rich.console import Console
from rich.table import Table

from switchboard_cli.stack.stack_file import SeededOrganization, StackFile
from tests.bench.arena import DidNotStart, stack_up

TIMES = 50
"""Suspended and resumed, each."""

KNOWN_WITHIN = 1.0
"""Seconds; docs/administration.md."""

_ASKED_EVERY = 0.005
_PATIENCE_SECONDS = 30.0


class NotKnown(Exception):
    """A change was not heard of at all."""


def changes(stack: StackFile, clinic: SeededOrganization) -> list[float]:
    """Seconds until each change was known. Raises NotKnown."""
    with httpx.Client(timeout=60, trust_env=False) as http:
        taken = []
        for number in range(2 * TIMES):
            suspended = number % 2 == 0
            _change(http, stack, clinic, "suspended" if suspended else "active")
            taken.append(_until_known(http, stack, clinic, suspended=suspended))
    return taken


def _change(http: httpx.Client, stack: StackFile, clinic: SeededOrganization, status: str) -> None:
    http.patch(
        f"{stack.gateway_url}/api/organizations/{clinic.id}",
        json={"status": status},
        headers={"Authorization": f"Bearer {stack.admin_key}"},
    ).raise_for_status()


def _until_known(http: httpx.Client, stack: StackFile, clinic: SeededOrganization, *, suspended: bool) -> float:
    began = time.perf_counter()
    while (seconds := time.perf_counter() - began) < _PATIENCE_SECONDS:
        if _hears_an_apology(http, stack, clinic) == suspended:
            return seconds
        time.sleep(_ASKED_EVERY)
    raise NotKnown


def _hears_an_apology(http: httpx.Client, stack: StackFile, clinic: SeededOrganization) -> bool:
    use = {"id": f"call_{uuid4().hex}", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
    line = {"phoneNumber": {"number": clinic.phone_number}, "call": {"id": str(uuid4())}}
    body = {"message": {"type": "tool-calls", "toolCallList": [use], **line}}
    url, secret = f"{stack.gateway_url}/api/vapi/webhook", stack.webhook_secret
    answer = http.post(url, json=body, headers={"X-Vapi-Secret": secret}).raise_for_status()
    return "error" in answer.json()["results"][0]


def main() -> int:
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with stack_up(Path(folder) / "home") as (stack, _):
                taken = changes(stack, stack.organizations[0])
        except DidNotStart as error:
            console.print(f"[red]{error}[/]")
            return 1
        except NotKnown:
            console.print("[red]a change was not heard of[/]")
            return 1
    table = Table("changes", "known after, ms: median", "longest", "may be")
    shown = (f"{seconds * 1000:.1f}" for seconds in (statistics.median(taken), max(taken), KNOWN_WITHIN))
    table.add_row(str(len(taken)), *shown)
    console.print(table)
    return 1 if max(taken) > KNOWN_WITHIN else 0


if __name__ == "__main__":
    sys.exit(main())
