"""Calendars as others subscribe to them: by a secret link that shows one calendar."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

MOST_FEEDS = 20
"""Live links of one calendar."""

SHOWN_BACK = timedelta(days=30)
MOST_EVENTS = 5_000
"""Appointments that a link shows, the earliest first: the answer has to fit into one message. Where there are more, it
says so."""

_FORMAT = 2
"""Counts the ways in which we have written them: a reader's edition of another one is none."""
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Feed:
    """A link to a calendar."""

    id: UUID
    calendar_id: UUID
    with_names: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An appointment as a link shows it."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    version: int
    updated_at: datetime
    title: str
    """Empty if the link shows busy times alone."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a link shows."""

    calendar_name: str
    timezone: str
    events: Sequence[PublishedEvent]
    first_left_out: PublishedEvent | None = None
    """From which on there were too many to show."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def edition(self) -> str:
        """The same for the same, and for nothing else."""
        shown = (_FORMAT, self.calendar_name, self.timezone, list(self.events), self.first_left_out)
        return sha256(repr(shown).encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, as they stand in a URL."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> bytes:
    """What is kept of it. The secret is random: no salt would make it harder to guess."""
    return sha256(secret.encode()).digest()
