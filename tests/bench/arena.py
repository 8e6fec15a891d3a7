"""Everything that runs during a benchmark: one `switchboard up`, and on its database the other contestants."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil
from sqlalchemy.engine import make_url

from chassis.leash import leashed
from chassis.ports import free_port
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile

BESIDE = ("bare", "floor", "raw", "monolith")
"""The contestants that are one process each, beside the split."""

SERVICES = ("gateway", "tenancy", "booking", "assistant_sync")

_ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.01
_MEGABYTE = 1_000_000


class DidNotStart(Exception):
    """A process that is to be measured did not get ready; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Arena:
    """What is up and running."""

    stack: StackFile
    home: Home
    superuser_url: str
    ports: Mapping[str, int]
    """By contestant."""
    processes: Mapping[str, Sequence[int]]
    """Process ids of the services and of the contestants."""

    async def count_appointments(self, ids: Sequence[str]) -> int:
        """How many of these appointments exist and stand."""
        connection = await asyncpg.connect(self.superuser_url)
        try:
            query = "SELECT count(*) FROM booking.appointments WHERE status = 'booked' AND id = ANY($1::uuid[])"
            count: int = await connection.fetchval(query, [UUID(one) for one in ids])
        finally:
            await connection.close()
        return count

    async def is_durable(self) -> bool:
        connection = await asyncpg.connect(self.superuser_url)
        try:
            on: bool = await connection.fetchval(
                "SELECT bool_and(setting = 'on') FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')"
            )
        finally:
            await connection.close()
        return on

    def memory(self) -> dict[str, tuple[float, float]]:
        """Resident and, where the system tells it, proportional set size in MB, by process."""
        return {name: memory_of(pids) for name, pids in self.processes.items()}


UNLIMITED = "100000000"
"""A rate limit that no load reaches."""


@contextlib.contextmanager
def stack_up(home: Path, *options: str, rate_limit: str = UNLIMITED) -> Iterator[tuple[StackFile, float]]:
    """`switchboard up` on a home, and the seconds from its start until stack.json was there. Raises DidNotStart."""
    port = free_port()
    home.parent.mkdir(parents=True, exist_ok=True)
    output = home.with_name(f"{home.name}.output")
    argv = [sys.executable, "-m", "switchboard_cli.main", "up", "--home", str(home), "--port", str(port), *options]
    begun = time.perf_counter()
    with background_process(argv, output, {"RATE_LIMIT_PER_MINUTE": rate_limit}, cwd=home.parent) as process:
        wait_until((home / "stack.json").exists, process, output)
        yield StackFile.read(home / "stack.json"), time.perf_counter() - begun


@contextlib.contextmanager
def arena(home: Path) -> Iterator[tuple[Arena, float]]:
    """All contestants, and the seconds that the stack took to start."""
    with contextlib.ExitStack() as processes:
        stack, seconds = processes.enter_context(stack_up(home))
        superuser_url = _superuser_url(stack, home)
        monolith_url = _monolith_url(superuser_url)
        environment = {
            "BENCH_TENANCY_URL": stack.databases["tenancy"].app,
            "BENCH_BOOKING_URL": stack.databases["booking"].app,
            "BENCH_MONOLITH_URL": monolith_url,
            "BENCH_SECRET": stack.webhook_secret,
        }
        pids = {name: stack.pids[name] for name in SERVICES}
        ports = {name: free_port() for name in BESIDE}
        started = {}
        for name in BESIDE:
            argv = [sys.executable, "-m", "tests.bench.serve", name, str(ports[name])]
            output = home.with_name(f"{name}.output")
            started[name] = processes.enter_context(background_process(argv, output, environment, cwd=_ROOT))
        for name, process in started.items():
            wait_until(partial(listens, ports[name]), process, home.with_name(f"{name}.output"))
            pids[name] = [process.pid]
        ports["split"] = make_url(stack.gateway_url).port or 0
        yield Arena(stack, Home(home), superuser_url, ports, pids), seconds


def _superuser_url(stack: StackFile, home: Path) -> str:
    password = Home(home).secrets(())["postgres"]
    url = make_url(stack.databases["booking"].owner).set(username="postgres", password=password)
    return url.render_as_string(hide_password=False)


def _monolith_url(superuser_url: str) -> str:
    """A role that may do what the two services may, under their row security, so in their very tables.

    And one thing more: a monolith keeps others from a calendar by locking its row, which takes the right to change it.
    """
    password = secrets.token_urlsafe(24)
    script = (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monolith') THEN"
        " CREATE ROLE monolith IN ROLE tenancy_app, booking_app; END IF; END $$;"
        " GRANT UPDATE ON booking.calendars TO monolith;"
        f" ALTER ROLE monolith LOGIN PASSWORD '{password}'"
    )
    _execute(superuser_url, script)
    return make_url(superuser_url).set(username="monolith", password=password).render_as_string(hide_password=False)


def _execute(url: str, script: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    # In a thread of its own, since the caller's may be running a loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


@contextlib.contextmanager
def background_process(
    argv: list[str], output: Path, environment: Mapping[str, str], *, cwd: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with a clean environment, its output in a file, ended with the block and with us."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with output.open("wb") as file:
        process = subprocess.Popen(
            leashed(argv), stdout=file, stderr=subprocess.STDOUT, env={**kept, **environment}, cwd=cwd
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]", output: Path) -> None:
    """Raises DidNotStart if the process ends first, or takes too long."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(output.read_text())
        time.sleep(_PAUSE_SECONDS)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def memory_of(pids: Sequence[int]) -> tuple[float, float]:
    """Resident and, where the system tells it, proportional set size in MB."""
    resident = proportional = 0.0
    for pid in pids:
        used = psutil.Process(pid).memory_full_info()
        resident += used.rss / _MEGABYTE
        proportional += getattr(used, "pss", used.uss) / _MEGABYTE
    return resident, proportional
