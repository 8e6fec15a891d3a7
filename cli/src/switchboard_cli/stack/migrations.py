"""Brings every service's schema up to date in one interpreter: `python -m switchboard_cli.stack.migrations`.

The same migrations as `python -m SERVICE migrate` in a deployment; but there each service loads the libraries for
itself, which here would be half of the time until the stack is ready.
"""

import os

from chassis.database.migrations import migrate
from switchboard_cli.services import BACKENDS
from switchboard_cli.stack.topology import migration_url_variable


def main() -> None:
    for backend in BACKENDS:
        migrate(backend, backend, os.environ[migration_url_variable(backend)])


if __name__ == "__main__":
    main()
