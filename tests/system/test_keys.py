"""Who may read the keys of a running set."""

import json
import stat
from pathlib import Path

from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile


def keys_of(home: Home, stack: StackFile) -> set[str]:
    """All of them: what was made up at the first start, and what tenancy issued."""
    (secrets_file,) = home.path.glob("secrets.json")
    made_up: dict[str, str] = json.loads(secrets_file.read_text())
    issued = {organization.api_key for organization in stack.organizations}
    return {*made_up.values(), *issued, stack.admin_key, stack.webhook_secret, stack.service_token, stack.vapi.api_key}


def is_private(path: Path) -> bool:
    return not stat.S_IMODE(path.stat().st_mode) & 0o077


def test_nobody_else_can_read_a_key(home: Home, stack: StackFile) -> None:
    keys = keys_of(home, stack)
    assert len(keys) > len(stack.organizations) + 10

    files = [path for path in home.path.rglob("*") if path.is_file() and not path.is_relative_to(home.database)]
    holders = [path for path in files if any(key.encode() in path.read_bytes() for key in keys)]

    assert home.stack_file in holders
    assert [path.name for path in holders if not is_private(path)] == []
    assert is_private(home.database)


def test_no_log_tells_a_key(home: Home, stack: StackFile) -> None:
    keys = keys_of(home, stack)
    logs = list(home.log("*").parent.iterdir())

    assert logs
    assert [path.name for path in logs if any(key.encode() in path.read_bytes() for key in keys)] == []
