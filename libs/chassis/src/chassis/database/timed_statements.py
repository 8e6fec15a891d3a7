"""How long each statement is waited for, counted for the work in scope."""

import time

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExecutionContext

from chassis.spending import spend_on_database

_BEGAN = "switchboard_began"
"""On the statement's own context, as its span is."""


def time_statements(engine: Engine) -> None:
    """Count what the engine sends. One that fails ends the work, whose time nobody is told."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)


def _begin(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: object,
) -> None:
    if context is not None:
        setattr(context, _BEGAN, time.perf_counter())


def _end(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: object,
) -> None:
    if (began := getattr(context, _BEGAN, None)) is not None:
        spend_on_database(time.perf_counter() - began)
