"""The pytest plugin: one PostgreSQL for the whole run, a database of its own for each room that asks."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from chassis.logs import deny_by_default, name_the_exception
from chassis.testing.databases import ServiceDatabase, provisioned

_PATIENCE = 30.0
"""Seconds for which the database may keep a test waiting."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--forbid-skips",
        action="store_true",
        help="Fail if a test was skipped, except for the want of Docker: for machines that have all the rest.",
    )


def pytest_configure() -> None:
    """Before anything is imported that looks at it."""
    # A forked child begins another program at once. What gRPC does for it closes what the parent's own channels poll.
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "false"
    # Logs as services write them: structlog's own renderer takes seconds to draw an exception.
    structlog.configure(processors=[name_the_exception, deny_by_default, structlog.processors.JSONRenderer()])
    # A busy machine is slow, and no test is about that.
    slow = [HealthCheck.too_slow]
    settings.register_profile("any-machine", settings.default, deadline=None, suppress_health_check=slow)
    settings.load_profile("any-machine")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run that was to skip nothing and did is a failed run; `-ra` has listed what and why."""
    if exitstatus == pytest.ExitCode.OK and session.config.getoption("--forbid-skips") and _skipped(session):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(session: pytest.Session) -> list[str]:
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return [report.nodeid for report in reports if "Docker" not in str(report.longrepr)]


@pytest.fixture(scope="session", autouse=True)
def _the_database_may_be_busy() -> Iterator[None]:
    """What waits for it has its turn, if late: a test about giving up shortens the time itself."""
    from chassis.database import engine

    with pytest.MonkeyPatch.context() as patch:
        for limit in ("STATEMENT_TIMEOUT", "LOCK_TIMEOUT", "CONNECT_TIMEOUT", "POOL_TIMEOUT"):
            patch.setattr(engine, limit, _PATIENCE)
        yield


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A superuser's URL: TEST_DATABASE_URL, else a container where a Docker engine answers, else embedded."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    server = _container() if _docker_answers() else _embedded(tmp_path_factory.mktemp("postgres"))
    with server as url:
        yield url


ProvideDatabase = Callable[[str], AbstractContextManager[ServiceDatabase]]


@pytest.fixture(scope="session")
def provide_database(postgres_url: str) -> ProvideDatabase:
    """Make a migrated database for a service, by its importable name; gone when the block ends."""

    def provide(package: str) -> AbstractContextManager[ServiceDatabase]:
        return provisioned(postgres_url, package)

    return provide


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    import subprocess

    done = subprocess.run(["docker", "info"], check=False, capture_output=True, timeout=20)  # noqa: S607
    return done.returncode == 0


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer("postgres:18-alpine", driver=None) as container:
        yield container.get_connection_url()


@contextmanager
def _embedded(directory: Path) -> Iterator[str]:
    from chassis.database.embedded import running

    with running(directory / "data") as server:
        yield server.superuser_url
