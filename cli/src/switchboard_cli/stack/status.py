"""`switchboard status`: what runs, how it is, and what was heard last."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from rich.console import Console
from rich.table import Table

from switchboard_cli.stack.errors import NothingRuns, StackError, StillStarting
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.public_urls import PublicUrls
from switchboard_cli.stack.readiness import AnswersHttp, Readiness, ServesGrpc, TakesSessions
from switchboard_cli.stack.stack_file import StackFile

_HEALTH = {True: "[green]well[/green]", False: "[red]does not answer[/red]", None: "[dim]not asked[/dim]"}


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    name: str
    pid: int | None
    address: str
    is_well: bool | None
    """None: not ours to ask."""


def status(home: Path) -> int:
    """Print the state of the stack in `home`; the exit code is 1 if none runs or a part of it is not well."""
    console = Console()
    try:
        file = read_running(Home(home))
    except StackError as error:
        console.print(f"[red]✗[/red] {error}", highlight=False, soft_wrap=True)
        return 1
    processes, ready = asyncio.run(_ask(file))
    console.print(_process_table(processes))
    console.print(_facts(PublicUrls.read(Home(home).public_urls), ready))
    return 1 if any(process.is_well is False for process in processes) else 0


def read_running(home: Home) -> StackFile:
    """The stack that runs in this home. Raises NothingRuns or StillStarting; a killed stack's file does not count."""
    if not home.is_locked():
        raise NothingRuns(home.path)
    try:
        return StackFile.read(home.stack_file)
    except FileNotFoundError:
        raise StillStarting(home.path) from None


async def _ask(file: StackFile) -> tuple[list[ProcessStatus], dict[str, Any]]:
    asked = [_ask_process(name, pid, file) for name, pids in file.pids.items() for pid in pids]
    processes = await asyncio.gather(*asked, _ask_vapi(file))
    body = await AnswersHttp(_netloc(file.gateway_url), "/ready").body()
    return processes, json.loads(body) if body else {}


async def _ask_process(name: str, pid: int, file: StackFile) -> ProcessStatus:
    address = _listens_on(pid) or file.grpc.get(name, "")
    return ProcessStatus(name, pid, address, await _check(name, address, file).holds())


async def _ask_vapi(file: StackFile) -> ProcessStatus:
    address = _netloc(file.vapi.base_url)
    simulator = _sibling_on(address, file)
    if simulator is None:
        return ProcessStatus("vapi", None, file.vapi.base_url, is_well=None)
    is_well = await AnswersHttp(address, "/assistant", file.vapi.api_key).holds()
    return ProcessStatus("vapi_simulator", simulator, address, is_well)


def _check(name: str, address: str, file: StackFile) -> Readiness:
    match name:
        case "postgres":
            return TakesSessions(file.databases["tenancy"].app)
        case "gateway":
            return AnswersHttp(_netloc(file.gateway_url), "/ready")
        case _:
            return ServesGrpc(address)


def _sibling_on(address: str, file: StackFile) -> int | None:
    """The process of this stack that listens there, if one does."""
    try:
        parent = psutil.Process(file.pids["gateway"][0]).parent()
    except (psutil.Error, LookupError):
        return None
    siblings = parent.children() if parent else []
    return next((process.pid for process in siblings if _listens_on(process.pid) == address), None)


def _listens_on(pid: int) -> str:
    """Where the process takes connections; empty if it is gone or the system does not tell."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return ""
    listening = [connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN]
    if not listening:
        return ""
    # gRPC listens on IPv4 through an IPv6 socket.
    return f"{listening[0].ip.removeprefix('::ffff:')}:{listening[0].port}"


def _process_table(processes: list[ProcessStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("process", "pid", "address", "health"):
        table.add_column(heading)
    for process in processes:
        table.add_row(process.name, str(process.pid or ""), process.address, _HEALTH[process.is_well])
    return table


def _facts(urls: PublicUrls, ready: dict[str, Any]) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_row("\npublic URL", f"\n{urls.backend_url}")
    facts.add_row("webhook", urls.webhook_url)
    facts.add_row("last event", _last_event(ready))
    return facts


def _last_event(ready: dict[str, Any]) -> str:
    event = ready.get("last_event")
    if not event:
        return "none yet"
    at = datetime.fromisoformat(event["at"])
    return f"{event['type']} at {at:%Y-%m-%d %H:%M:%S} UTC"


def _netloc(url: str) -> str:
    return urlsplit(url).netloc
