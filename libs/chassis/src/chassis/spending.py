"""What the work in scope has waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_spent: ContextVar["Spent | None"] = ContextVar("spent", default=None)


@dataclass(slots=True)
class Spent:
    """In seconds."""

    on_database: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Count what the work within waits for."""
    spent = Spent()
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


def spend_on_database(seconds: float) -> None:
    """Nothing where nobody counts."""
    if (spent := _spent.get()) is not None:
        spent.on_database += seconds
