import asyncio
import os
import signal
from pathlib import Path

import pytest

from switchboard_cli.stack import processes
from switchboard_cli.stack.errors import ProcessFailed
from switchboard_cli.stack.processes import Child, Program, State


@pytest.fixture
def states() -> list[State]:
    return []


@pytest.fixture
def child_of(tmp_path: Path, states: list[State]):
    def make(program: Program) -> Child:
        return Child(program, tmp_path / "log", lambda child: states.append(child.state))

    return make


async def until_restarted(states: list[State]) -> None:
    while states[-2:] != [State.RESTARTING, State.READY]:
        await asyncio.sleep(0.01)


async def test_a_server_is_ready_when_it_says_so_and_gone_when_stopped(server, child_of, states) -> None:
    child = child_of(server("door"))
    await child.start()
    pid = child.pid
    await child.stop()
    assert states == [State.STARTING, State.READY, State.STOPPED]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_task_is_done_when_it_has_ended_well(program, child_of) -> None:
    child = child_of(program("task", "pass"))
    await child.start()
    assert (child.state, child.pid) == (State.DONE, None)


@pytest.mark.parametrize("ready", [None, Path("/nowhere")])
async def test_a_program_that_fails_tells_the_end_of_its_log(program, child_of, ready) -> None:
    child = child_of(program("task", "import sys; print('one'); sys.exit('no such database')", ready=ready))
    with pytest.raises(ProcessFailed, match=r"(?s)task ended with code 1.*no such database"):
        await child.start()


async def test_a_program_that_cannot_be_prepared_fails_with_the_reason(program, child_of) -> None:
    def refuse() -> None:
        raise ValueError("the data are no data")

    with pytest.raises(ProcessFailed, match="door could not be prepared: the data are no data"):
        await child_of(program("door", "pass", prepare=refuse)).start()


async def test_a_server_that_never_gets_ready_fails_and_is_gone(
    program, child_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "START_SECONDS", 0.2)
    child = child_of(program("door", "import time; time.sleep(60)", ready=Path("/nowhere")))
    with pytest.raises(ProcessFailed, match="was not ready"):
        await child.start()
    assert child.pid is None


async def test_a_killed_server_is_started_again_and_says_what_ended_it(server, child_of, states) -> None:
    child = child_of(server("door"))
    await child.start()
    first = child.pid
    keeping = asyncio.create_task(child.keep())
    os.kill(first, signal.SIGKILL)
    await until_restarted(states)
    keeping.cancel()
    assert child.fault == "was ended by SIGKILL"
    assert child.pid not in (first, None)
    await child.stop()


async def test_a_restart_that_fails_is_tried_again(program, tmp_path: Path, child_of, states) -> None:
    """The first restart finds the file `broken` and ends; the next one does not."""
    broken, ready = tmp_path / "broken", tmp_path / "ready"
    code = (
        "import pathlib, sys, time; broken, ready = map(pathlib.Path, sys.argv[1:])\n"
        "if broken.exists(): broken.unlink(); sys.exit(1)\n"
        "ready.touch(); time.sleep(60)"
    )
    child = child_of(program("door", code, broken, ready, ready=ready))
    await child.start()
    broken.touch()
    ready.unlink()
    keeping = asyncio.create_task(child.keep())
    os.kill(child.pid, signal.SIGKILL)
    await until_restarted(states)
    keeping.cancel()
    assert not broken.exists()
    await child.stop()


async def test_a_server_that_ignores_the_request_to_end_is_killed(
    program, tmp_path: Path, child_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    ready = tmp_path / "ready"
    code = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    child = child_of(program("door", code, ready, ready=ready))
    await child.start()
    await child.stop()
    assert child.pid is None


async def test_the_log_is_its_owners_alone(program, tmp_path: Path, child_of) -> None:
    await child_of(program("task", "print('patient')")).start()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
