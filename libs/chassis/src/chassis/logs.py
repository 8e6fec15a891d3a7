"""Logs: JSON lines on standard error, with ids bound once and nothing that is not on the list.

What a clinic's callers say and who they are must never reach a log. So the processor denies by default: a key that is
not named here is dropped and its name is listed under `dropped`, where a developer will see it.
"""

import json
import logging
import sys
from collections.abc import Callable

import msgspec
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars
from structlog.typing import EventDict, WrappedLogger

from chassis.traces import trace_id

__all__ = ["ALLOWED_KEYS", "bind_contextvars", "bound_contextvars", "configure_logs", "get_logger"]

ALLOWED_KEYS = frozenset(
    {
        "event", "level", "timestamp", "logger", "service", "exc_type", "stack",
        "organization_id", "call_id", "assistant_id", "tool_call_id", "message_id", "caller", "actor", "subject",
        "message_type", "was_quarantined", "tool", "evidence", "outcome", "verified",
        "method", "path", "status", "code", "kind", "reason", "trace_id", "duration_ms",
        "address", "port", "pid", "process", "revision", "schema", "attempt", "count", "fields", "dropped",
    }
)  # fmt: skip
"""Ids, names of things and figures. Never text that a person said, wrote or is known by."""


def deny_by_default(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event.keys() <= ALLOWED_KEYS:
        return event
    kept = {key: value for key, value in event.items() if key in ALLOWED_KEYS}
    if dropped := sorted(set(event) - ALLOWED_KEYS):
        kept["dropped"] = dropped
    return kept


def name_the_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The line's trace, where one is made."""
    if (current := trace_id()) is not None:
        event.setdefault("trace_id", current)
    return event


def name_the_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and where it was raised: its text may hold patient data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exc_type"] = type(error).__qualname__
        event["stack"] = _stack(error)
    return event


def configure_logs(service: str, level: str) -> None:
    """Send structlog and the standard library's loggers through the same processors, as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_the_service(service),
        name_the_trace,
        name_the_exception,
        deny_by_default,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_in_bytes)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            # The template as it was written: to put the arguments in, even for a moment, can fail, and then logging
            # itself prints them.
            use_get_message=False,
            pass_foreign_args=True,
            processors=[_only_the_template, *shared, structlog.processors.JSONRenderer()],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def _in_bytes(event: EventDict, *, default: Callable[[object], object]) -> bytes:
    """By msgspec, since a line is written for every message; text that is cut within a character it does not encode."""
    try:
        return msgspec.json.encode(event, enc_hook=default)
    except UnicodeEncodeError:
        return json.dumps(event, default=default).encode()


def _stack(error: BaseException) -> list[str]:
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{code.co_name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return frames


def _name_the_service(service: str) -> structlog.typing.Processor:
    def processor(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return processor


def _only_the_template(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's log line keeps its template; its arguments may hold anything."""
    del event["_record"], event["_from_structlog"]
    if not event.pop("positional_args"):
        event["event"] = "a library logged text that is not kept"
    return event
