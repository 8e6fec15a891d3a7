"""What takes over a minute: `make hammer`. Each has a short form among the other tests."""

import os

from tests.system.conftest import running

__all__ = ["running"]

collect_ignore_glob = [] if os.environ.get("SWITCHBOARD_HAMMER") else ["test_*.py"]
