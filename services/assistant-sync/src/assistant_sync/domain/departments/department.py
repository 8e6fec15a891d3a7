"""A department: whom callers can be put through to, and what they call it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from assistant_sync.domain.errors import MalformedDepartment, MissingName

MOST = 100
"""Departments of an organization."""

_LONGEST = 60
"""Characters of a name, which is said to callers."""
_LONGEST_DESCRIPTION = 500
_MOST_SYNONYMS = 50
_LONGEST_URI = 255

_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[\s().-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SIP_URI = re.compile(r"sips?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@[A-Za-z0-9.-]+(:[0-9]{1,5})?(;[A-Za-z0-9=.-]+)*")

Changes = Mapping[str, Any]
"""Fields of a department by their names, as whoever changes it gives them."""


@dataclass(frozen=True, slots=True)
class Department:
    """It has a number or a SIP URI, and never both."""

    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    synonyms: tuple[str, ...] = ()
    """What callers call it otherwise."""
    description: str = ""
    number: str = ""
    """E.164."""
    sip_uri: str = ""
    is_default: bool = False
    """Taken where a caller names none."""
    is_announced: bool = False
    """Whoever picks up is told first what the caller wants."""

    @property
    def key(self) -> str:
        """Equal for names that sound the same."""
        return "".join(spoken_words(self.name))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.synonyms)


def changed(department: Department, changes: Changes) -> Department:
    """A number takes the place of a SIP URI, and the other way round. Raises MissingName, MalformedDepartment."""
    clean = dict(changes)
    if "number" in clean:
        clean["number"] = _SEPARATORS.sub("", clean["number"])
    if clean.get("number"):
        clean.setdefault("sip_uri", "")
    elif clean.get("sip_uri"):
        clean.setdefault("number", "")
    for text in clean.keys() & {"name", "description", "sip_uri"}:
        clean[text] = _single_line(clean[text])
    if "synonyms" in clean:
        clean["synonyms"] = _distinct(map(_single_line, clean["synonyms"]))
    return _checked(replace(department, **clean))


def spoken_words(text: str) -> list[str]:
    """`Front-Desk` and `front desk` are the same words."""
    return _WORD.findall(text.casefold())


def _checked(department: Department) -> Department:
    if not spoken_words(department.name):
        raise MissingName
    possible = {
        "name": len(department.name) <= _LONGEST and _is_text(department.name),
        "synonyms": len(department.synonyms) <= _MOST_SYNONYMS
        and all(len(one) <= _LONGEST and _is_text(one) and spoken_words(one) for one in department.synonyms),
        "description": len(department.description) <= _LONGEST_DESCRIPTION and _is_text(department.description),
        "number": bool(department.number) != bool(department.sip_uri)
        and (not department.number or _E164.fullmatch(department.number)),
        "sip_uri": not department.sip_uri
        or (len(department.sip_uri) <= _LONGEST_URI and _SIP_URI.fullmatch(department.sip_uri)),
    }
    for field, is_possible in possible.items():
        if not is_possible:
            raise MalformedDepartment(field)
    return department


def _single_line(text: str) -> str:
    return " ".join(text.split())


def _is_text(text: str) -> bool:
    return text.isprintable()


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple({"".join(spoken_words(text)): text for text in texts}.values())
