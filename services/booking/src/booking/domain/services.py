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
    return service


def wanted_service(services: Sequence[Service], wish: str) -> Service | None:
    """The service a caller means; without a wish the default one, else the only one. None if that is unclear."""
    if spoken := _spoken(wish):
        return next((service for service in services if _spoken(service.name) == spoken), None)
    default = next((service for service in services if service.default_service), None)
    return default or (services[0] if len(services) == 1 else None)


def _spoken(name: str) -> str:
    """`Check-up`, `check up` and `checkup` sound the same."""
    return re.sub(r"[\W_]+", "", name).casefold()
