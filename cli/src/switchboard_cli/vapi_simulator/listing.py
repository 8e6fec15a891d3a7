"""The query of a listing: how many items at most, and which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {"Gt": gt, "Lt": lt, "Ge": ge, "Le": le}
_BOUNDS = {
    f"{field}{suffix}": (field, compare)
    for field in ("createdAt", "updatedAt")
    for suffix, compare in _COMPARISONS.items()
}
_EXACT = {"call": {"id", "assistantId", "phoneNumberId"}}


@dataclass(frozen=True, slots=True)
class Listing:
    limit: int
    keeps: Callable[[dict[str, Any]], bool]


def read_listing(resource: str, query: Mapping[str, str]) -> Listing | list[str]:
    """The listing that was asked for, or what is wrong with the query."""
    complaints: list[str] = []
    conditions: list[Callable[[dict[str, Any]], bool]] = []
    limit = DEFAULT_LIMIT
    for name, text in query.items():
        if name == "limit":
            if text.isascii() and text.isdigit() and int(text) <= MAX_LIMIT:
                limit = int(text)
            else:
                complaints.append(f"limit must be a number from 0 to {MAX_LIMIT}")
        elif name in _BOUNDS:
            try:
                conditions.append(_bound(name, _instant(text)))
            except ValueError:
                complaints.append(f"{name} must be a valid ISO 8601 date string")
        elif name in _EXACT.get(resource, ()):
            conditions.append(_equals(name, text))
        else:
            complaints.append(f"property {name} should not exist")
    return complaints or Listing(limit, lambda item: all(holds(item) for holds in conditions))


def _bound(name: str, instant: datetime) -> Callable[[dict[str, Any]], bool]:
    field, compare = _BOUNDS[name]
    return lambda item: compare(_instant(item[field]), instant)


def _equals(field: str, value: str) -> Callable[[dict[str, Any]], bool]:
    return lambda item: bool(item.get(field) == value)


def _instant(text: str) -> datetime:
    """Raises ValueError for anything but a date and time with its offset, which is all that Vapi documents."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant
