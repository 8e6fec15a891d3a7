import asyncio
import os
import signal
from pathlib import Path

import pytest

from switchboard_cli.stack.errors import ProcessFailed
from switchboard_cli.stack.processes import Child, Program, State
from switchboard_cli.stack.stack import Stack


@pytest.fixture
def history() -> list[tuple[str, State]]:
    return []


@pytest.fixture
def stack_of(tmp_path: Path, history):
    def make(*programs: Program) -> Stack:
        def note(child: Child) -> None:
            history.append((child.program.name, child.state))

        return Stack(programs, lambda name: tmp_path / f"{name}.log", note)

    return make


async def test_a_program_starts_when_what_it_needs_is_ready(program, server, stack_of, history) -> None:
    stack = stack_of(
        server("service", needs=("migration",)),
        program("migration", "pass", needs=("database",)),
        server("database"),
    )
    await stack.start()
    await stack.stop()
    order = [entry for entry in history if entry[1] is not State.STOPPED]
    assert order == [
        ("database", State.STARTING),
        ("database", State.READY),
        ("migration", State.STARTING),
        ("migration", State.DONE),
        ("service", State.STARTING),
        ("service", State.READY),
    ]


async def test_stopping_goes_by_tiers(program, server, stack_of, history) -> None:
    stack = stack_of(server("database", tier=3), server("gateway"), server("service", tier=2))
    await stack.start()
    await stack.stop()
    assert [name for name, state in history if state is State.STOPPED] == ["gateway", "service", "database"]


async def test_one_that_fails_to_start_leaves_nothing_running(program, server, stack_of) -> None:
    stack = stack_of(server("database"), program("task", "raise SystemExit(3)", needs=("database",)))
    with pytest.raises(ProcessFailed, match="task ended with code 3"):
        await stack.start()
    await stack.stop()
    assert stack.pids() == {}


async def test_processes_of_one_role_are_told_in_the_order_given(program, server, stack_of) -> None:
    first, second = server("booking"), server("booking-2")
    stack = stack_of(
        first, Program(**{field: getattr(second, field) for field in second.__slots__} | {"role": "booking"})
    )
    await stack.start()
    pids = [child.pid for child in stack.children]
    assert stack.pids() == {"booking": pids}
    await stack.stop()


async def test_a_kept_stack_replaces_what_is_killed(program, server, stack_of) -> None:
    stack = stack_of(server("service"), program("migration", "pass"))
    await stack.start()
    (killed,) = stack.pids()["service"]
    keeping = asyncio.create_task(stack.keep())
    os.kill(killed, signal.SIGKILL)
    while stack.pids().get("service") in (None, [killed]):
        await asyncio.sleep(0.01)
    keeping.cancel()
    await stack.stop()
