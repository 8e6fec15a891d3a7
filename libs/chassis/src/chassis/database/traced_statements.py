"""A span for each statement: its text, which has placeholders where the values are, and never a value."""

from opentelemetry.trace import Status, StatusCode
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import ExecutionContext

from chassis.traces import CLIENT, begun

_SPAN = "switchboard_span"
"""On the statement's own context: a connection that was lost in the middle tells nothing of itself any more."""


def trace_statements(engine: Engine) -> None:
    """Make spans of what the engine sends, where traces are made at all."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(
    _connection: Connection,
    _cursor: object,
    statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: object,
) -> None:
    if context is None:
        return
    verb = statement.split(None, 1)[0].upper()
    attributes = {"db.system.name": "postgresql", "db.query.text": statement}
    if (span := begun(verb, CLIENT, attributes)) is not None:
        setattr(context, _SPAN, span)


def _end(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: object,
) -> None:
    if (span := getattr(context, _SPAN, None)) is not None:
        span.end()


def _fail(failed: ExceptionContext) -> None:
    if (span := getattr(failed.execution_context, _SPAN, None)) is not None:
        span.set_status(Status(StatusCode.ERROR, type(failed.original_exception).__qualname__))
        span.end()
