"""What every service's `__main__` calls: `python -m NAME` serves, `python -m NAME migrate` migrates."""

import sys
from pkgutil import resolve_name

from chassis.lifetime import settle
from chassis.logs import configure_logs, get_logger
from chassis.traces import send_traces


def main(package: str, *, settings: str, serve: str) -> None:
    """Run a service that keeps tables.

    `package` is its importable name and its schema's; `settings` and `serve` are `module:name`, imported only when the
    service serves, so that a migration does not wait for what it does not need.
    """
    match sys.argv[1:]:
        case []:
            _serve(package, settings, serve)
        case ["migrate"]:
            _migrate(package)
        case unknown:
            sys.exit(f"python -m {package}: serves; with `migrate`: brings the schema up to date. Not: {unknown}")


def _serve(package: str, settings: str, serve: str) -> None:
    import uvloop

    loaded = resolve_name(settings).load()
    configure_logs(package, loaded.log_level)
    send_traces(package, loaded.otel_exporter_otlp_endpoint)
    serving = resolve_name(serve)
    settle()
    uvloop.run(serving(loaded))


def _migrate(package: str) -> None:
    from chassis.database.migrations import migrate
    from chassis.settings import MigrationSettings

    settings = MigrationSettings.load()
    configure_logs(package, settings.log_level)
    migrate(package, package, settings.migration_database_url)
    get_logger().info("migrated", schema=package)
