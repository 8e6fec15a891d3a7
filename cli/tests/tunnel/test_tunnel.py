"""`switchboard tunnel` as a process: it is told to stop, killed, and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.tests.tunnel.conftest import OLD, World
from switchboard_cli.main import app

PATIENCE_SECONDS = 60
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PROGRAM = """
# Run with nohup, the tests would have it ignore what it is told.
import signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from switchboard_cli.administration import following
from switchboard_cli.tunnel import run
following._PAUSE_SECONDS = run._LOOK_SECONDS = 0.02
from switchboard_cli.main import app
app()
"""
"""The command, with less patience."""


@dataclass
class Tunnel:
    process: subprocess.Popen[str]

    def says(self, *words: str) -> str:
        """The next line with these words in it."""
        assert self.process.stdout
        told = ""
        for line in self.process.stdout:
            told += line
            if all(word in line for word in words):
                return line
        raise AssertionError(told)

    def ends(self) -> tuple[int, str]:
        told, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, told

    def is_told(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


Start = Callable[..., Tunnel]


@pytest.fixture
def start(world: World, tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> Tunnel:
        command = [sys.executable, "-c", PROGRAM, "tunnel", "--ngrok-agent", world.ngrok.agent, *options]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **world.environment, **environment},
        )
        running.append(process)
        return Tunnel(process)

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", ENDED_BY)
def test_everything_points_at_ngroks_tunnel_until_it_is_told_to_stop(world, start, number):
    tunnel = start()
    tunnel.says("Vapi posts to", world.public)
    assert world.vapi.url == world.public

    tunnel.is_told(number)
    code, told = tunnel.ends()

    assert (code, world.vapi.url) == (0, OLD)
    assert f"Vapi posts to {OLD} again" in told


def test_any_other_tunnel_is_named(world, start):
    world.ngrok.urls = ["https://another.example"]
    tunnel = start("--url", f"{world.public}/")
    tunnel.says("Vapi posts to", world.public)

    tunnel.is_told(signal.SIGTERM)

    assert tunnel.ends()[0] == 0
    assert world.vapi.url == OLD


def test_the_environment_names_one_too(world, start):
    world.ngrok.urls = []
    start(NGROK_URL=world.public).says("Vapi posts to", world.public)


def test_a_tunnel_that_is_gone_is_taken_back(world, start):
    tunnel = start()
    tunnel.says("Vapi posts to", world.public)
    world.ngrok.urls = []

    code, told = tunnel.ends()

    assert (code, world.vapi.url) == (1, OLD)
    assert f"{world.public} is gone" in told


def test_a_gateway_that_is_away_is_not_the_tunnels_end(world, start):
    tunnel = start("--url", world.public)
    tunnel.says("Vapi posts to", world.public)
    world.vapi.alive = False
    asked = world.vapi.asked.count("GET /health")
    while world.vapi.asked.count("GET /health") < asked + 20:
        assert tunnel.process.poll() is None
        time.sleep(0.005)  # or the thread of who is asked hardly has its turn
    world.vapi.alive = True

    tunnel.is_told(signal.SIGINT)

    assert tunnel.ends()[0] == 0


def test_a_killed_one_is_taken_back_by_the_next(world, start, tmp_path):
    killed = start()
    killed.says("Vapi posts to", world.public)
    killed.is_told(signal.SIGKILL)
    killed.ends()
    assert world.vapi.url == world.public

    again = start()
    again.says("The last tunnel was killed", world.public)
    again.says("Vapi posts to", OLD, "again")
    again.says("Ctrl-C puts back", OLD)
    again.is_told(signal.SIGINT)

    assert again.ends()[0] == 0
    assert world.vapi.url == OLD
    assert not (tmp_path / ".switchboard" / "tunnel.json").exists()


def test_a_rollout_that_was_made_since_is_left_alone(world, start):
    tunnel = start()
    tunnel.says("Vapi posts to", world.public)
    world.vapi.rollouts.append(world.vapi.rollouts[-1] | {"id": "r-9", "backend_url": "https://elsewhere.example"})

    tunnel.is_told(signal.SIGINT)

    assert tunnel.ends()[0] == 0
    assert world.vapi.rollouts[-1]["state"] == "completed"


def test_where_the_platform_pointed_everything_since_it_stays(world, start, tmp_path):
    tunnel = start()
    tunnel.says("Vapi posts to", world.public)
    world.vapi.is_over = True

    tunnel.is_told(signal.SIGINT)

    assert tunnel.ends()[0] == 0
    assert not (tmp_path / ".switchboard" / "tunnel.json").exists()


def test_a_rollout_that_halts_is_taken_back(world, start):
    world.vapi.halts = True

    code, told = start().ends()

    assert (code, world.vapi.rollouts[-1]["state"]) == (1, "rolled_back")
    assert "Not everything could be pointed" in told


def test_a_long_rollout_is_taken_back_in_its_middle(world, start):
    world.vapi.never_ends = True
    tunnel = start()
    world.vapi.changed.wait(PATIENCE_SECONDS)

    tunnel.is_told(signal.SIGINT)

    assert tunnel.ends()[0] == 0
    assert world.vapi.rollouts[-1]["state"] == "rolled_back"


def test_what_was_not_put_back_is_told_and_put_back_next_time(world, start):
    tunnel = start()
    tunnel.says("Vapi posts to", world.public)
    world.vapi.refuses = True
    tunnel.is_told(signal.SIGINT)
    code, told = tunnel.ends()
    assert code == 1
    assert "The old URL was not put back" in told

    world.vapi.refuses = False
    start().says("Vapi posts to", OLD, "again")


def test_two_at_once_do_not_take_each_other_back(world, start):
    start().says("Vapi posts to", world.public)

    code, told = start().ends()

    assert code == 1
    assert "Another `switchboard tunnel` runs" in told
    assert world.vapi.url == world.public


@pytest.fixture
def refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What it says where it does not even begin."""
    monkeypatch.chdir(tmp_path)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)

    def run(agent: str = world.ngrok.agent) -> str:
        result = CliRunner().invoke(app, ["tunnel", "--ngrok-agent", agent], catch_exceptions=False)
        assert result.exit_code == 1
        assert world.vapi.rollouts == []
        return result.stderr

    return run


@pytest.mark.parametrize(
    ("urls", "told"),
    [([], "has no https tunnel"), (["https://a.example", "https://b.example"], "several tunnels")],
)
def test_which_tunnel_has_to_be_clear(world, refused, urls, told):
    world.ngrok.urls = urls

    assert told in refused()


def test_without_an_agent_it_says_how_to_have_a_tunnel(refused):
    told = refused("http://127.0.0.1:1")

    assert "ngrok http 8000" in told
    assert "--url" in told


def test_a_url_that_leads_elsewhere_is_rolled_out_nowhere(world, refused):
    world.vapi.alive = False

    assert "does not reach a gateway" in refused()
