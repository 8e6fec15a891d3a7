"""What a tunnel leaves while it runs, so that the next one can put back what a killed one could not."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from switchboard_cli.stack.commands import DEFAULT_HOME
from switchboard_cli.stack.private_file import write_private
from switchboard_cli.tunnel.errors import TunnelInUse


class Mark:
    """The URL that a gateway's assistants were pointed at by a tunnel, kept in a stack's home."""

    def __init__(self, home: Path | None, gateway_url: str) -> None:
        folder = (home or DEFAULT_HOME).absolute()
        self._lock = folder / "tunnel.lock"
        self._file = folder / "tunnel.json"
        self._gateway_url = gateway_url

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raises TunnelInUse. The lock ends with this process, however it ends."""
        # As a home is made: others may pass, not look around.
        self._lock.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TunnelInUse("Another `switchboard tunnel` runs here.\nEnd it first: Ctrl-C there.") from None
            yield

    def is_held(self) -> bool:
        """Whether a tunnel runs."""
        if not self._lock.exists():
            return False
        try:
            with self.alone():
                return False
        except TunnelInUse:
            return True

    def left_behind(self) -> str | None:
        """The URL that a killed tunnel of this gateway did not take back."""
        try:
            known: dict[str, str] = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return known.get(self._gateway_url)

    def make(self, url: str) -> None:
        write_private(self._file, json.dumps({self._gateway_url: url}) + "\n")

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)
