from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from chassis.database.roles import roles_sql

PASSWORDS = {"owner_password": "it's $an \\owner\"", "app_password": "'; DROP ROLE x; --"}


@pytest.fixture
async def new_database(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database, whose roles go with it."""
    name = f'quoted"{uuid4().hex[:8]}'
    quoted = '"' + name.replace('"', '""') + '"'
    administrator = await asyncpg.connect(postgres_url)
    await administrator.execute(f"CREATE DATABASE {quoted}")
    yield make_url(postgres_url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    await administrator.execute(f"DROP DATABASE {quoted} WITH (FORCE)")
    for role in ("owner", "app", "directory"):
        await administrator.execute(f"DROP ROLE roletest_{role}")
    await administrator.close()


async def test_the_roles_can_be_made_twice_and_log_in_with_any_password(new_database: str) -> None:
    url = make_url(new_database)
    superuser = await asyncpg.connect(new_database)
    try:
        for _ in range(2):
            await superuser.execute(roles_sql("roletest", database=str(url.database), **PASSWORDS))
    finally:
        await superuser.close()

    for role, password in (("owner", PASSWORDS["owner_password"]), ("app", PASSWORDS["app_password"])):
        login = url.set(username=f"roletest_{role}", password=password)
        connection = await asyncpg.connect(login.render_as_string(hide_password=False))
        try:
            assert await connection.fetchval("SHOW search_path") == "roletest, public"
            owns = await connection.fetchval("SELECT has_schema_privilege('roletest', 'CREATE')")
            assert owns is (role == "owner")
        finally:
            await connection.close()
