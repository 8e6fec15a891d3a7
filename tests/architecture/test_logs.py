"""What a line of the log is given is on the list of what may be logged: anything else is dropped in silence."""

import ast
from collections.abc import Iterator
from pathlib import Path

from chassis.logs import ALLOWED_KEYS

REPOSITORY = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_every_key_that_is_logged_is_kept() -> None:
    logged = [(place, key) for source in sources() for place, key in keys_in(source)]

    assert logged, "no log line was found"
    assert [f"{place}: {key}" for place, key in logged if key not in ALLOWED_KEYS | {"exc_info"}] == []


def sources() -> Iterator[Path]:
    for room in ("libs", "services"):
        yield from REPOSITORY.glob(f"{room}/*/src/**/*.py")


def keys_in(source: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS:
            continue
        if ast.unparse(node.func.value) not in ("_log", "get_logger()"):
            continue
        for keyword in node.keywords:
            yield f"{source.relative_to(REPOSITORY)}:{node.lineno}", keyword.arg or "**"
