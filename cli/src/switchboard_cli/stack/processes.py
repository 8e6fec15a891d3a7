"""One process of the stack: started, watched, started again, stopped."""

import asyncio
import contextlib
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from switchboard_cli.stack.errors import ProcessFailed
from switchboard_cli.stack.private_file import open_private
from switchboard_cli.stack.readiness import Readiness, until

START_SECONDS = 60.0
"""A process that is not ready by then has failed."""

STOP_SECONDS = 3.0
"""A process that has not ended by then is killed."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.0
_LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `needs` names the programs that have to be ready before.

    Without a `readiness` it has nothing to stay for, and is ready when it has ended with code 0. `tier` orders the
    stopping, lowest first. `role` is what several processes of one kind have in common.
    """

    name: str
    role: str
    argv: list[str]
    env: Mapping[str, str] = field(repr=False)
    readiness: Readiness | None
    address: str = ""
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None
    cwd: Path | None = None
    tier: int = 1
    stop_signal: signal.Signals = signal.SIGTERM


class State(Enum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class Child:
    """One program's process; `changed` is called at each change of state."""

    def __init__(self, program: Program, log: Path, changed: Callable[["Child"], None]) -> None:
        self.program = program
        self.state = State.WAITING
        self.fault = ""
        self._log = log
        self._changed = changed
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Return once it is ready. Raises ProcessFailed, and then nothing of it is left."""
        self._enter(State.STARTING)
        with open_private(self._log, "wb"):
            pass  # each run of the stack begins its log anew, each restart goes on with it
        await self._begin()

    async def keep(self) -> None:
        """Start it again whenever it ends; for ever."""
        while True:
            await self._ended()
            self.fault = self._ending()
            self._enter(State.RESTARTING)
            await self._restart()

    async def stop(self) -> None:
        """Ask it to end, and see to it."""
        if self.pid is not None:
            self._signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(self._ended(), STOP_SECONDS)
            except TimeoutError:
                await self._kill()
        self._enter(State.STOPPED)

    async def _restart(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._begin()
            except ProcessFailed:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return

    async def _begin(self) -> None:
        await self._prepare()
        await self._spawn()
        try:
            await asyncio.wait_for(self._ready(), START_SECONDS)
        except TimeoutError:
            await self._kill()
            raise self._failed(f"was not ready within {START_SECONDS:g} s") from None
        except ProcessFailed:
            await self._kill()
            raise
        except Exception as error:
            await self._kill()
            raise self._failed(f"was not usable ({error})") from error
        self._enter(State.READY if self.program.readiness else State.DONE)

    async def _prepare(self) -> None:
        if self.program.prepare is None:
            return
        try:
            await asyncio.to_thread(self.program.prepare)
        except Exception as error:
            raise self._failed(f"could not be prepared: {error}") from error

    async def _ready(self) -> None:
        """Wait until it is ready; raises ProcessFailed if it ends before."""
        if self.program.readiness is None:
            if await self._ended() != 0:
                raise self._failed(self._ending())
            return
        ended = asyncio.create_task(self._ended())
        ready = asyncio.create_task(until(self.program.readiness))
        try:
            await asyncio.wait((ended, ready), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            ready.cancel()
            await asyncio.gather(ended, ready, return_exceptions=True)
        if self.pid is None:
            raise self._failed(self._ending())
        ready.result()

    async def _spawn(self) -> None:
        with open_private(self._log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.program.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.program.env),
                cwd=self.program.cwd,
                # A terminal's Ctrl-C reaches the stack alone, which then stops its processes in their order.
                start_new_session=True,
            )

    async def _ended(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.program.name} was never started")
        return await self._process.wait()

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        await self._ended()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _ending(self) -> str:
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def _failed(self, fault: str) -> ProcessFailed:
        lines = self._log.read_text(errors="replace").strip().splitlines()[-_LINES_SHOWN:]
        return ProcessFailed(self.program.name, fault, self._log, "\n".join(lines))

    def _enter(self, state: State) -> None:
        self.state = state
        self._changed(self)
