"""A violated constraint, as the state it means."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from chassis.errors import DomainError

FOREIGN_KEY = "23503"
EXCLUSION = "23P01"


@contextmanager
def meaning(states: Mapping[str, type[DomainError]]) -> Iterator[None]:
    """Raise the state of a violation's SQLSTATE. The database's own text names values and stays here."""
    try:
        yield
    except IntegrityError as error:
        state = states.get(getattr(error.orig, "sqlstate", ""))
        if state is None:
            raise
        raise state from None
