"""The folder that holds one local stack: its data, keys, logs, and the lock that keeps a second one out."""

import base64
import fcntl
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from switchboard_cli.stack.errors import HomeInUse
from switchboard_cli.stack.private_file import write_private

# `is_locked` holds the lock for a moment; whoever wants it for good tries again after that.
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.02


def new_key() -> str:
    """A secret that can stand in a URL and in a header."""
    return secrets.token_urlsafe(24)


def new_encryption_key() -> str:
    """As SWITCHBOARD_ENCRYPTION_KEYS wants one: base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


class Home:
    """Paths in one home, and what is kept there from one run to the next."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.stack_file = self.path / "stack.json"
        self.database = self.path / "postgres"
        self.credentials_file = self.path / "service-credentials"
        self.simulator_state = self.path / "vapi-simulator.json"
        self.public_urls = self.path / "public-urls.json"
        self.demo_keys = self.path / "demo-keys.json"
        self._lock = self.path / "lock"
        self._secrets = self.path / "secrets.json"

    def log(self, process: str) -> Path:
        return self.path / "logs" / f"{process}.log"

    @property
    def operator_token(self) -> Path:
        """The token of the person at the terminal."""
        return self.token_file("operator")

    def token_file(self, caller: str) -> Path:
        return self.path / "tokens" / caller

    def make(self) -> None:
        """Create what is missing; folders that exist keep their permissions."""
        # Others may pass, not look around: run by root, the database's user has to reach its data.
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        for folder in ("logs", "tokens"):
            (self.path / folder).mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for one stack. Raises HomeInUse. The lock ends with this process, however it ends."""
        self.make()
        with self._lock.open("a") as file:
            for _ in range(_ATTEMPTS):
                if _take(file):
                    break
                time.sleep(_PAUSE_SECONDS)
            else:
                raise HomeInUse(self.path)
            yield

    def is_locked(self) -> bool:
        """Whether a stack holds this home."""
        if not self._lock.exists():
            return False
        with self._lock.open("a") as file:
            return not _take(file)

    def secrets(self, names: Iterable[str], make: Callable[[], str] = new_key) -> Mapping[str, str]:
        """All kept secrets, with one for each name: the one of the last run, or a new one that is kept."""
        known: dict[str, str] = json.loads(self._secrets.read_text()) if self._secrets.exists() else {}
        missing = [name for name in names if name not in known]
        if missing:
            known |= {name: make() for name in missing}
            write_private(self._secrets, json.dumps(known, indent=2))
        return known

    def write_service_credentials(self, tokens: Mapping[str, str]) -> None:
        """Each caller's token in a file of its own, and the digests of all of them in the servers' file."""
        for caller, token in tokens.items():
            write_private(self.token_file(caller), token + "\n")
        lines = [f"{caller} {sha256(token.encode()).hexdigest()}\n" for caller, token in tokens.items()]
        write_private(self.credentials_file, "".join(lines))


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
