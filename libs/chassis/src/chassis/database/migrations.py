"""Running a service's Alembic migrations.

A service's migrations live in `store/migrations/` with an `env.py` that calls `run_environment`. Old pods still serve
while a migration runs, so every migration suits the code before it, and none waits long for a lock.
"""

import asyncio
from importlib.resources import as_file, files

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database.engine import async_url

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


def migrate(package: str, schema: str, url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`, as the owner role. `package` is the service's importable name."""
    with as_file(files(package) / "store" / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        config.attributes |= {"url": url, "schema": schema}
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def run_environment(metadata: MetaData) -> None:
    """What a service's `migrations/env.py` calls."""
    asyncio.run(_run(metadata))


async def _run(metadata: MetaData) -> None:
    engine = create_async_engine(async_url(context.config.attributes["url"]), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade, metadata)
        await connection.commit()
    await engine.dispose()


def _upgrade(connection: Connection, metadata: MetaData) -> None:
    schema = context.config.attributes["schema"]
    connection.execute(text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
    # Two migration jobs at once take turns; the second finds nothing to do. It waits as long as a statement may take:
    # the short lock timeout is for tables that callers are using.
    connection.execute(text("select pg_advisory_lock(hashtext(:schema))"), {"schema": f"migrate {schema}"})
    connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, version_table_schema=schema)
    with context.begin_transaction():
        context.run_migrations()
