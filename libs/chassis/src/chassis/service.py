"""What every service's `__main__` calls: `python -m NAME` serves, `python -m NAME migrate` migrates."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

from chassis.logs import configure_logs, get_logger
from chassis.settings import MigrationSettings, ServerSettings

AnySettings = TypeVar("AnySettings", bound=ServerSettings)


def main(package: str, settings_class: type[AnySettings], serve: Callable[[AnySettings], Awaitable[None]]) -> None:
    """Run a service that keeps tables. `package` is its importable name and its schema's."""
    match sys.argv[1:]:
        case []:
            settings = settings_class.load()
            configure_logs(package, settings.log_level)
            uvloop.run(_as_coroutine(serve, settings))
        case ["migrate"]:
            _migrate(package)
        case unknown:
            sys.exit(f"python -m {package}: serves; with `migrate`: brings the schema up to date. Not: {unknown}")


def _migrate(package: str) -> None:
    from chassis.database.migrations import migrate

    settings = MigrationSettings.load()
    configure_logs(package, settings.log_level)
    migrate(package, package, settings.migration_database_url)
    get_logger().info("migrated", schema=package)


async def _as_coroutine(serve: Callable[[AnySettings], Awaitable[None]], settings: AnySettings) -> None:
    await serve(settings)
