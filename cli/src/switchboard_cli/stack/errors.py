"""What can keep the local stack from running; each error's text is a sentence for the person at the terminal."""

from pathlib import Path


class StackError(Exception):
    """The stack cannot run, or not as asked."""


class HomeInUse(StackError):
    def __init__(self, home: Path) -> None:
        super().__init__(
            f"A stack is already running in {home}. Stop it first (Ctrl-C in its terminal), "
            "or start another beside it with --home DIR and --port N."
        )


class PortTaken(StackError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program. Choose another one: --port {port + 100}")


class NothingRuns(StackError):
    def __init__(self, home: Path) -> None:
        super().__init__(f"No stack is running in {home}. Start one with: make up, or .venv/bin/switchboard up")


class StillStarting(StackError):
    def __init__(self, home: Path) -> None:
        super().__init__(f"The stack in {home} is starting or stopping. Ask again in a moment.")


class ProcessFailed(StackError):
    """A process ended, or did not become ready, when it should have."""

    def __init__(self, name: str, fault: str, log: Path, last_lines: str) -> None:
        super().__init__(f"{name} {fault}" + (f"\nThe end of {log}:\n{last_lines}" if last_lines else ""))
