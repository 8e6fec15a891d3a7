"""Objects of which we keep a part and others the rest."""

from collections.abc import Mapping
from typing import Any


def overlay(under: Any, over: Any) -> Any:
    """Objects are laid over each other key by key, at every depth; anything else replaces."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: overlay(under.get(key), value) for key, value in over.items()}}
    return over


def covers(observed: Any, wanted: Any) -> bool:
    """Whether what is there has all that is wanted; what Vapi added by itself is no difference."""
    if isinstance(wanted, Mapping):
        return isinstance(observed, Mapping) and all(covers(observed.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(observed, list) and len(observed) == len(wanted) and all(map(covers, observed, wanted))
    return bool(observed == wanted)
