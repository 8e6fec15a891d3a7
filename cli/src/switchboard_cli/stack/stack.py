"""The programs of a stack together: started as soon as what they need is ready, kept running, stopped in order."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from switchboard_cli.stack.errors import StackError
from switchboard_cli.stack.processes import Child, Program


class Stack:
    def __init__(
        self, programs: Sequence[Program], log_of: Callable[[str], Path], changed: Callable[[Child], None]
    ) -> None:
        self.children = [Child(program, log_of(program.name), changed) for program in programs]
        self._ready = {program.name: asyncio.Event() for program in programs}

    async def start(self) -> None:
        """Return once all are ready. Raises the StackError of the first that fails; `stop` is due then too."""
        try:
            async with asyncio.TaskGroup() as group:
                for child in self.children:
                    group.create_task(self._start(child))
        except BaseExceptionGroup as failures:
            # Not `except*`: older 3.11s wrap what is raised there in a group again.
            raise _first(failures) from None

    async def keep(self) -> None:
        """Restart whatever ends; never returns."""
        async with asyncio.TaskGroup() as group:
            for child in self.children:
                if child.program.readiness is not None:
                    group.create_task(child.keep())

    async def stop(self) -> None:
        """End all processes, tier by tier."""
        in_order = sorted(self.children, key=_tier)
        for _, tier in groupby(in_order, key=_tier):
            await asyncio.gather(*(child.stop() for child in tier))

    def pids(self) -> dict[str, list[int]]:
        """The live processes by role, in the order in which their programs were given."""
        pids: dict[str, list[int]] = {}
        for child in self.children:
            if child.pid is not None:
                pids.setdefault(child.program.role, []).append(child.pid)
        return pids

    async def _start(self, child: Child) -> None:
        for need in child.program.needs:
            await self._ready[need].wait()
        await child.start()
        self._ready[child.program.name].set()


def _tier(child: Child) -> int:
    return child.program.tier


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The StackError, if there is one among them; else whatever came first."""
    known = failures.subgroup(StackError)
    first = (known or failures).exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
