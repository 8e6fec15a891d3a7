"""Small real programs for a stack to run."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.leash import leashed
from switchboard_cli.stack.processes import Program

SAYS_SO_AND_STAYS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"


@dataclass(frozen=True, slots=True)
class FileExists:
    path: Path

    async def holds(self) -> bool:
        return self.path.exists()


@pytest.fixture
def program() -> Callable[..., Program]:
    """Makes a program of Python code and its arguments; `ready` is the file that tells its readiness."""

    def make(name: str, code: str, *arguments: object, ready: Path | None = None, **rest) -> Program:
        argv = leashed([sys.executable, "-c", code, *map(str, arguments)])
        readiness = FileExists(ready) if ready else None
        return Program(**{"name": name, "role": name, "argv": argv, "env": {}, "readiness": readiness} | rest)

    return make


@pytest.fixture
def server(tmp_path: Path, program) -> Callable[..., Program]:
    """Makes a program that writes the file of its name when it is ready, and stays."""

    def make(name: str, **rest) -> Program:
        return program(name, SAYS_SO_AND_STAYS, tmp_path / name, ready=tmp_path / name, **rest)

    return make
