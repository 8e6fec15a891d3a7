"""What a calendar is booked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from booking.domain.errors import MalformedService, MissingName

_MOST = {
    "duration_minutes": (5, 12 * 60),
    "step_minutes": (5, 12 * 60),
    "buffer_before_minutes": (0, 4 * 60),
    "buffer_after_minutes": (0, 4 * 60),
    "lead_time_minutes": (0, 365 * 24 * 60),
    "horizon_days": (1, 730),
}
"""The least and the most of each figure."""

_MOST_SYNONYMS = 50
_WORD = re.compile(r"[^\W_]+")
_FILLERS = frozenset({"a", "an", "the", "my", "for", "just", "please", "appointment", "visit", "service"})
"""What people say around the name of a service."""


@dataclass(frozen=True, slots=True)
class Service:
    """What an appointment is for: how long it takes and how it may be booked."""

    id: UUID
    name: str
    duration_minutes: int
    step_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    lead_time_minutes: int = 0
    horizon_days: int = 180
    default_service: bool = False
    synonyms: tuple[str, ...] = ()
    """What callers call it otherwise."""
    calendar_ids: tuple[UUID, ...] = ()
    """Which calendars offer it; empty: all of them."""

    def offered_in(self, calendar_id: UUID) -> bool:
        return not self.calendar_ids or calendar_id in self.calendar_ids

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.step_minutes)

    @property
    def buffer_before(self) -> timedelta:
        return timedelta(minutes=self.buffer_before_minutes)

    @property
    def buffer_after(self) -> timedelta:
        return timedelta(minutes=self.buffer_after_minutes)

    @property
    def lead_time(self) -> timedelta:
        return timedelta(minutes=self.lead_time_minutes)

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.horizon_days)


def check_service(service: Service) -> Service:
    """The service, if it can be one. Raises MissingName, MalformedService naming the field."""
    if not service.name:
        raise MissingName
    for field, (least, most) in _MOST.items():
        if not least <= getattr(service, field) <= most:
            raise MalformedService(field)
    if len(service.synonyms) > _MOST_SYNONYMS or not all(map(_spoken, service.synonyms)):
        raise MalformedService("synonyms")
    return service


def wanted_service(services: Sequence[Service], wish: str) -> Service | None:
    """The service a caller means; without a wish the default one, else the only one. None if that is unclear."""
    for spoken in (_spoken(wish), _spoken(wish, besides=_FILLERS)):
        if not spoken:
            default = next((service for service in services if service.default_service), None)
            return default or (services[0] if len(services) == 1 else None)
        by_name = [service for service in services if _spoken(service.name) == spoken]
        by_synonym = [service for service in services if spoken in map(_spoken, service.synonyms)]
        if found := by_name or by_synonym:
            return found[0] if len(found) == 1 else None
    return None


def _spoken(name: str, besides: frozenset[str] = frozenset()) -> str:
    """`Check-up`, `check up` and `checkup` sound the same."""
    return "".join(word for word in _WORD.findall(name.casefold()) if word not in besides)
