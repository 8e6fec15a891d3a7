"""Who has something done: told to whoever keeps an account of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

UNPROVEN = "unproven"
"""The caller where none has to prove itself: on loopback, in development."""


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    """`administrator`, `platform-key:<id>`, `api-key:<id>`; or the caller's own name, if it says of nobody else."""
    caller: str
    """The service that called, proved by its credential."""


_current: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def actor_scope(actor: Actor) -> Iterator[None]:
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def actor_in_scope() -> Actor | None:
    return _current.get()


def current_actor() -> Actor:
    """The actor in scope; outside of any RPC, the process itself."""
    return _current.get() or Actor(name=UNPROVEN, caller=UNPROVEN)
