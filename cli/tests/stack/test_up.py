"""`switchboard up` as a user runs it: the real processes, killed for real."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from chassis.testing.ports import held_port
from switchboard_cli.stack.ports import HOST
from switchboard_cli.stack.readiness import AnswersHttp, Readiness, ServesGrpc, until

SWITCHBOARD = [sys.executable, "-m", "switchboard_cli.main"]
PATIENCE_SECONDS = 180
PUBLIC_URL = "https://tunnel.example"


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "200"} | settings
    return subprocess.run(
        [*SWITCHBOARD, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE_SECONDS,
    )


class Up:
    """One `switchboard up` in the background."""

    def __init__(self, home: Path, port: int, *options: str, **settings: str) -> None:
        self.home = home
        self.file = home / "stack.json"
        self.port = port
        self.output = home.with_name(f"{home.name}.output")
        arguments = ["up", "--home", str(home), "--port", str(self.port), "--no-seed", *options]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*SWITCHBOARD, *arguments], stdout=output, stderr=output, env=os.environ | settings
            )
        ready = eventually(lambda: self.file.exists() or self.process.poll() is not None)
        if not ready or self.process.poll() is not None:
            self.process.kill()
            pytest.fail(f"switchboard up did not get ready:\n{self.output.read_text()}")
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def stack(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def nothing_is_left(self) -> bool:
        return eventually(lambda: not any(map(is_alive, self.children)))


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it has ended between the two
        return False


async def soon(readiness: Readiness) -> None:
    """Not at the first asking: a busy machine may take longer to answer than one asking lasts."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await until(readiness)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with held_port() as port:
        up = Up(tmp_path_factory.mktemp("up") / "home", port, "--processes", "booking=2", BACKEND_URL=PUBLIC_URL)
        yield up
        up.end(signal.SIGTERM)


@pytest.fixture
def port() -> Iterator[int]:
    with held_port() as port:
        yield port


async def test_the_stack_file_leads_to_a_running_set(up: Up) -> None:
    stack = up.stack()
    assert stack["gateway_url"] == f"http://{HOST}:{up.port}"
    await soon(AnswersHttp(f"{HOST}:{up.port}", "/ready"))
    for address in stack["grpc"].values():
        await soon(ServesGrpc(address))
    for schema, urls in stack["databases"].items():
        for role, url in urls.items():
            connection = await asyncpg.connect(url)
            assert await connection.fetchval("SELECT current_user") == f"{schema}_{role}"
            await connection.close()


def test_it_names_every_process(up: Up) -> None:
    pids = up.stack()["pids"]
    assert {name: len(of_one) for name, of_one in pids.items()} == {
        "postgres": 1,
        "gateway": 1,
        "tenancy": 1,
        "booking": 2,
        "assistant_sync": 1,
    }
    assert all(psutil.pid_exists(pid) for of_one in pids.values() for pid in of_one)


def test_status_tells_the_urls_that_the_stack_was_given_and_not_its_own_shells(up: Up) -> None:
    shown = run("status", "--home", str(up.home), BACKEND_URL="https://elsewhere.example").stdout.split()
    assert PUBLIC_URL in shown
    assert f"{PUBLIC_URL}/api/vapi/webhook" in shown


def test_a_second_one_in_the_same_home_is_refused(up: Up, port: int) -> None:
    done = run("up", "--home", str(up.home), "--port", str(port))
    assert done.returncode == 1
    assert "already running" in done.stdout
    assert up.file.exists()


def test_a_taken_port_is_named_with_the_option_that_helps(up: Up, tmp_path: Path) -> None:
    done = run("up", "--home", str(tmp_path / "other"), "--port", str(up.port))
    assert done.returncode == 1
    assert f"Port {up.port} is taken" in done.stdout
    assert "--port" in done.stdout


def test_status_shows_each_process(up: Up) -> None:
    done = run("status", "--home", str(up.home))
    assert done.returncode == 0, done.stdout
    shown = done.stdout.split()
    assert [shown.count(name) for name in up.stack()["pids"]] == [1, 1, 1, 2, 1]
    assert "vapi_simulator" in shown
    assert "none yet" in done.stdout


@pytest.mark.parametrize("port", ["0", "-1", "65536", "70000", "http"])
def test_what_is_no_port_is_named_before_anything_starts(tmp_path: Path, port: str) -> None:
    done = run("up", "--home", str(tmp_path / "home"), "--port", port)
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["booking", "gateway", "postgres"])
async def test_what_is_killed_comes_back_at_the_same_place(up: Up, name: str) -> None:
    before = up.stack()
    killed = before["pids"][name][0]
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: killed not in up.stack()["pids"].get(name, [killed]))
    after = up.stack()
    assert {**after, "pids": {}} == {**before, "pids": {}}
    assert f"{name} was ended by SIGKILL" in up.output.read_text()
    await soon(ServesGrpc(after["grpc"]["booking"]))
    await soon(AnswersHttp(f"{HOST}:{up.port}", "/ready"))
    connection = await asyncpg.connect(after["databases"]["booking"]["app"])
    await connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_nothing_is_left_however_it_ends_and_the_next_one_has_the_same_keys(tmp_path: Path, port: int) -> None:
    first = Up(tmp_path / "home", port)
    keys = {name: first.stack()[name] for name in ("admin_key", "webhook_secret", "service_token")}
    assert first.end(signal.SIGTERM) == 0
    assert first.nothing_is_left()
    assert not first.file.exists()
    second = Up(tmp_path / "home", port)
    assert second.stack().items() >= keys.items()
    second.end(signal.SIGKILL)
    assert second.nothing_is_left()
    assert run("status", "--home", str(second.home)).returncode == 1


def test_a_process_that_cannot_start_shows_why_and_stops_the_rest(tmp_path: Path, port: int) -> None:
    """The setting reaches the service from the caller's environment, and is the reason."""
    home = tmp_path / "home"
    done = run("up", "--home", str(home), "--port", str(port), VAPI_REQUESTS_PER_SECOND="many")
    assert done.returncode == 1
    assert "assistant_sync ended with code 1" in done.stdout
    assert "VAPI_REQUESTS_PER_SECOND" in done.stdout
    assert not (home / "stack.json").exists()
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_while_it_starts_stops_what_has_started(tmp_path: Path, port: int) -> None:
    home = tmp_path / "home"
    arguments = ["up", "--home", str(home), "--port", str(port)]
    with subprocess.Popen([*SWITCHBOARD, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("postgres" in line for line in process.stdout)
        up = psutil.Process(process.pid)
        children, theirs = up.children(), up.children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert "Everything has stopped." in process.stdout.read()
    assert process.returncode == 0
    assert not any(map(is_alive, children))
    assert eventually(lambda: not any(map(is_alive, theirs)))
