"""Taking out of what was said whoever it was said of, before it is kept."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from booking.domain.reception.spoken_times import read
from booking.domain.schedule.grounds import Grounds

MASK = "•••"

_NAMES = frozenset({"names", "patientName"})
"""Facts of an answer that are names of people."""
_OWN_NAMES = frozenset({"serviceName", "services", "practitioners", "department", "departments"})
"""Facts of an answer that are the clinic's names for what it offers."""
_MOST_DIGITS = 3
"""A figure with more may be a telephone number."""
_TOO_LARGE = 1_000
"""The least figure with more."""
_MOST_WORDS = 8
"""What is longer is no name."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_NUMBER = re.compile(
    r"\+\d[\d ().-]{5,}\d"  # with its country
    r"|(?<![\w-])\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?![\w-])"  # or without
)


@dataclass(frozen=True, slots=True)
class Personal:
    """What the arguments are that a tool declares so."""

    identifying: Collection[str] = ()
    """Names, numbers, addresses: their words are looked for in the answer too."""
    worded: Collection[str] = ()
    """In free words: masked whatever they say."""
    chosen: Collection[str] = ()
    """Hold one of the choices that were declared: kept."""


def redacted(told: Mapping[str, Any], personal: Personal, today: date) -> dict[str, Any]:
    """What a tool was asked and what it answered, with a mask for each name, number and address.

    `told` has `arguments`, `say`, `error`, `data` and `grounds`; what else there is stays as it is. Of the arguments
    only that is kept which can tell of nobody, since models write whatever they heard into any of them. Names are those
    that were told as such, by the model or by the answer: so they are found again in sentences.
    """
    arguments: Mapping[str, Any] = told.get("arguments") or {}
    people = _People([arguments.get(name) for name in personal.identifying], told.get("data"))
    masked = {*personal.identifying, *personal.worded}
    own_names = _own_names(told)

    def shown(name: str, value: Any) -> Any:
        if name in masked or not (name in personal.chosen or _tells_of_nobody(value, own_names, today)):
            return MASK
        return people.masked(value)

    said = {part: people.masked(told[part]) for part in ("say", "error", "data") if part in told}
    return {**told, **said, "arguments": {name: shown(name, value) for name, value in arguments.items()}}


def _tells_of_nobody(value: Any, own_names: Collection[frozenset[str]], today: date) -> bool:
    """A day, a time, an id, a small figure, or words for what the clinic itself calls so."""
    if isinstance(value, int | float):
        return abs(value) < _TOO_LARGE
    if not isinstance(value, str):
        return False
    if read(value, today) or _is_id(value) or (value.isdecimal() and len(value) <= _MOST_DIGITS):
        return True
    words = _words(value)
    return bool(words) and any(words <= name for name in own_names)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _own_names(told: Mapping[str, Any]) -> list[frozenset[str]]:
    """The words of each name that the answer has for what was meant."""
    names = _texts_under(_OWN_NAMES, told.get("data"))
    if grounds := Grounds.of(told.get("grounds")):
        names += [grounds.service.name, *(calendar.name for calendar in grounds.calendars)]
    return [_words(name) for name in names]


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


class _People:
    def __init__(self, arguments: list[Any], data: Any) -> None:
        names = (_WORD.findall(text) for text in (*_texts(arguments), *_texts_under(_NAMES, data)))
        words = {word for name in names if len(name) <= _MOST_WORDS for word in name}
        self._words = (
            re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b", re.IGNORECASE) if words else None
        )

    def masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: MASK if key in _NAMES else self.masked(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.masked(one) for one in value]
        if not isinstance(value, str):
            return value
        # At each letter a search for addresses reads on to the end of the word: only where there is one.
        masked = _ADDRESS.sub(MASK, value) if "@" in value else value
        masked = _NUMBER.sub(MASK, masked)
        return masked if self._words is None else self._words.sub(MASK, masked)


def _texts_under(keys: Collection[str], value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts_under(keys, one)]
    if not isinstance(value, dict):
        return []
    return [text for key, one in value.items() for text in (_texts(one) if key in keys else _texts_under(keys, one))]


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
