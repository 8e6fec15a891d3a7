"""A migrated database for a service's tests."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url

from chassis.database.migrations import migrate
from chassis.database.roles import roles_sql

_OWNER_PASSWORD = "owner-of-a-test"  # noqa: S105  # of a database that lives for seconds
_APP_PASSWORD = "app-of-a-test"  # noqa: S105  # likewise


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """PostgreSQL URLs of one service's database, by role."""

    app_url: str
    owner_url: str
    superuser_url: str


@contextmanager
def provisioned(postgres_url: str, package: str) -> Iterator[ServiceDatabase]:
    """Roles, schema and migrations for one service in a new database."""
    name = f"test_{package}_{uuid4().hex[:8]}"
    database = _urls(postgres_url, package, name)
    roles = roles_sql(package, owner_password=_OWNER_PASSWORD, app_password=_APP_PASSWORD, database=name)
    _execute(postgres_url, f'CREATE DATABASE "{name}"')
    try:
        # Roles are the whole server's, and PostgreSQL refuses two who alter one at a time.
        _execute(database.superuser_url, roles, after=(postgres_url, "SELECT pg_advisory_lock(hashtext('roles'))"))
        migrate(package, package, database.owner_url)
        yield database
    finally:
        _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _urls(postgres_url: str, package: str, name: str) -> ServiceDatabase:
    url = make_url(postgres_url).set(drivername="postgresql", database=name)

    def as_role(role: str, password: str) -> str:
        return url.set(username=f"{package}_{role}", password=password).render_as_string(hide_password=False)

    return ServiceDatabase(
        app_url=as_role("app", _APP_PASSWORD),
        owner_url=as_role("owner", _OWNER_PASSWORD),
        superuser_url=url.render_as_string(hide_password=False),
    )


def _execute(url: str, sql: str, *, after: tuple[str, str] | None = None) -> None:
    """`after` is executed before, elsewhere, in a session that lasts until this is done."""

    async def run() -> None:
        async with AsyncExitStack() as sessions:
            for where, what in filter(None, (after, (url, sql))):
                connection = await asyncpg.connect(where)
                sessions.push_async_callback(connection.close)
                await connection.execute(what)

    asyncio.run(run())
