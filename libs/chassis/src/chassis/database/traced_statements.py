"""A span for each statement: its text, which has placeholders where the values are, and never a value."""

from opentelemetry.trace import Status, StatusCode
from sqlalchemy import Connection, Engine, ExceptionContext, event

from chassis.traces import CLIENT, begun

_SPAN = "switchboard.span"


def trace_statements(engine: Engine) -> None:
    """Make spans of what the engine sends, where traces are made at all."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    verb = statement.split(None, 1)[0].upper()
    attributes = {"db.system.name": "postgresql", "db.query.text": statement}
    if (span := begun(verb, CLIENT, attributes)) is not None:
        connection.info[_SPAN] = span


def _end(connection: Connection, *_: object) -> None:
    if (span := connection.info.pop(_SPAN, None)) is not None:
        span.end()


def _fail(context: ExceptionContext) -> None:
    if context.connection is not None and (span := context.connection.info.pop(_SPAN, None)) is not None:
        span.set_status(Status(StatusCode.ERROR, type(context.original_exception).__qualname__))
        span.end()
