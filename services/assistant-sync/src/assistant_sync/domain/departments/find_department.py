"""Whom a caller means: by its name or by what they call it otherwise, however they put it."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant_sync.domain.departments.department import Department, spoken_words

_NOTHING: frozenset[str] = frozenset()
_AROUND = frozenset(
    {"a", "an", "the", "my", "your", "our", "to", "in", "at", "of", "from", "with", "for", "please", "just", "i", "me"}
    | {"can", "could", "want", "need", "like", "would", "speak", "talk", "put", "through", "transfer", "connect"}
)
"""What people say around a name."""
_KINDS = frozenset({"department", "dept", "team", "office", "desk", "line"})
"""What they put behind it, whether or not it belongs to the name."""
_ANYBODY = frozenset(
    {"anybody", "anyone", "somebody", "someone", "person", "human", "people", "staff", "operator", "agent"}
    | {"representative", "real", "live", "else", "member", "any", "general", "main", "default", "none", "unknown"}
)
"""What they say when it is all the same to them."""


@dataclass(frozen=True, slots=True)
class Found:
    department: Department


@dataclass(frozen=True, slots=True)
class Unclear:
    """It is not known who is meant: these could be."""

    departments: tuple[Department, ...]


@dataclass(frozen=True, slots=True)
class NoSuchDepartment:
    """Nobody is called so: these are there, perhaps none."""

    departments: tuple[Department, ...]


Finding = Found | Unclear | NoSuchDepartment


def find_department(departments: Sequence[Department], wish: str) -> Finding:
    """Whom the wish means; without one the default department, else the only one."""
    words = spoken_words(wish)
    for besides in (_NOTHING, _AROUND, _AROUND | _KINDS):
        if named := _named(departments, [word for word in words if word not in besides]):
            return _one_of(named)
    if mentioned := _mentioned(departments, words):
        return _one_of(mentioned)
    if all(word in _AROUND | _KINDS | _ANYBODY for word in words):
        return _usual(departments)
    return NoSuchDepartment(tuple(departments))


def mentioned_department(departments: Sequence[Department], wish: str) -> Finding:
    """Whom a sentence about something else mentions, if it is one; else the default department, else the only one."""
    mentioned = _mentioned(departments, spoken_words(wish))
    return Found(mentioned[0]) if len(mentioned) == 1 else _usual(departments)


def _named(departments: Sequence[Department], words: Sequence[str]) -> list[Department]:
    """Those that are called just so; a name counts for more than a synonym."""
    spoken = "".join(words)
    by_name = [one for one in departments if one.key == spoken]
    return by_name or [one for one in departments if spoken in map(_key, one.synonyms)]


def _mentioned(departments: Sequence[Department], words: Sequence[str]) -> list[Department]:
    """Those of which all that matters in a name was said."""
    said = frozenset(words)
    return [one for one in departments if any(_matters(name) and _matters(name) <= said for name in one.names)]


def _usual(departments: Sequence[Department]) -> Finding:
    default = [one for one in departments if one.is_default] or list(departments)
    return _one_of(default) if default else NoSuchDepartment(())


def _one_of(departments: Sequence[Department]) -> Finding:
    return Found(departments[0]) if len(departments) == 1 else Unclear(tuple(departments))


def _matters(name: str) -> frozenset[str]:
    return frozenset(spoken_words(name)) - _AROUND - _KINDS


def _key(name: str) -> str:
    return "".join(spoken_words(name))
