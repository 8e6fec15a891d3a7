"""Taking out of what was said whoever it was said of, before it is kept."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

MASK = "•••"

_NAMES = frozenset({"names", "patientName"})
"""Facts of an answer that are names of people."""
_MOST_WORDS = 8
"""What is longer is no name."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_REACHABLE = re.compile(
    r"[^\s@]+@[^\s@]+"  # an address
    r"|\+\d[\d ().-]{5,}\d"  # a number with its country
    r"|(?<![\w-])\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?![\w-])"  # or without
)


@dataclass(frozen=True, slots=True)
class Personal:
    """Which arguments tell of a person."""

    identifying: Collection[str] = ()
    """Names, numbers, addresses: their words are looked for in the answer too."""
    worded: Collection[str] = ()
    """In free words."""


def redacted(told: Mapping[str, Any], personal: Personal) -> dict[str, Any]:
    """What a tool was asked and what it answered, with a mask for each name, number and address.

    `told` has `arguments`, `say`, `error` and `data`; what else there is stays as it is. Names are those that were told
    as such, by the model or by the answer: so they are found again in sentences.
    """
    arguments: Mapping[str, Any] = told.get("arguments") or {}
    people = _People([arguments.get(name) for name in personal.identifying], told.get("data"))
    masked = {*personal.identifying, *personal.worded}
    shown = {name: MASK if name in masked else people.masked(value) for name, value in arguments.items()}
    said = {part: people.masked(told[part]) for part in ("say", "error", "data") if part in told}
    return {**told, **said, "arguments": shown}


class _People:
    def __init__(self, arguments: list[Any], data: Any) -> None:
        names = (_WORD.findall(text) for text in (*_texts(arguments), *_named_in(data)))
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
        masked = _REACHABLE.sub(MASK, value)
        return masked if self._words is None else self._words.sub(MASK, masked)


def _named_in(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _named_in(one)]
    if not isinstance(value, dict):
        return []
    return [text for key, one in value.items() for text in (_texts(one) if key in _NAMES else _named_in(one))]


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
