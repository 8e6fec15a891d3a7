"""Calendars outside that are kept in step with ours: our appointments are pushed there, their events are busy here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from booking.domain.schedule.local_time import Period
from chassis.tenant import TenantId

MOST_CONNECTIONS = 5
"""Of one calendar."""

LOOK_EVERY = timedelta(minutes=5)
LONGEST_CREDENTIAL = 1_000


class Trouble(StrEnum):
    """Why a connection could not be worked on."""

    UNREACHABLE = "unreachable"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    DENIED = "denied"
    FORBIDDEN = "forbidden"
    NO_CALENDAR = "no_calendar"
    BROKEN = "broken"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MANY_EVENTS = "too_many_events"
    NOT_UNDERSTOOD = "not_understood"
    EVENT_REFUSED = "event_refused"
    PASSWORD_LOST = "password_lost"  # noqa: S105  # it says that there is none


UNTIL_A_PASSWORD = frozenset({Trouble.DENIED, Trouble.PASSWORD_LOST})
"""Trying again helps nothing, and locks accounts."""

OF_EVENTS = frozenset({Trouble.TOO_LARGE, Trouble.TOO_MANY_EVENTS, Trouble.NOT_UNDERSTOOD})
"""Their events are the trouble; ours can be pushed all the same."""


class Troubled(Exception):
    """A connection cannot be worked on now. Says nothing of its address."""

    def __init__(self, trouble: Trouble, *, retry_after: timedelta | None = None) -> None:
        """`retry_after`: how long the calendar outside asks to be left in peace."""
        super().__init__(trouble.value)
        self.trouble = trouble
        self.retry_after = retry_after


class ChangedOutside(Exception):
    """The event there is not the one that we know; it was left as it is."""


class LeaseLost(Exception):
    """The connection is somebody else's to work on by now, or was ended. Nothing was written."""


class EventRefused(Exception):
    """The calendar outside does not take the event, and says that it never will."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A calendar outside, as staff see it."""

    id: UUID
    calendar_id: UUID
    url: str
    username: str
    with_names: bool
    created_at: datetime
    pushed_at: datetime | None = None
    looked_at: datetime | None = None
    trouble: Trouble | None = None
    ending: bool = False
    waiting: int = 0
    """Appointments whose changes are not there yet."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a calendar outside is, and how we are let in."""

    url: str
    username: str
    password: str = field(repr=False)


@dataclass(slots=True)
class WorkLease:
    """A connection that is ours to work on until then; `until` moves when it is renewed."""

    connection_id: UUID
    account: Account | None
    """None if the seal of its password cannot be opened."""
    timezone: str
    ending: bool
    failures: int
    look_at: datetime
    seen: str | None
    read_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An appointment whose change is not there yet."""

    appointment_id: UUID
    change: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class OurEvent:
    """An appointment as it shall be there."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    version: int
    updated_at: datetime


class DriftKind(StrEnum):
    """What was made of our event there."""

    MOVED = "moved"
    DELETED = "deleted"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of our event there."""

    etag: str | None
    version: int
    drift: DriftKind | None


@dataclass(frozen=True, slots=True)
class Mirrored:
    """An appointment, and its event there."""

    wanted: OurEvent | None
    """None: there shall be none."""
    known: Known | None
    """None: nothing was ever pushed."""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event of ours as it was found there."""

    etag: str | None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """Both None if it repeats, or cannot be understood."""
    title: str = ""
    as_we_write: bool = False
    """Whether it takes its time once, as all of ours do."""
    is_our_text: bool = False
    """Whether time and title are those that we once wrote into it."""

    def shows(self, wanted: OurEvent) -> bool:
        return self.as_we_write and self._time_of(wanted) and self.title == wanted.title

    def drift_from(self, wanted: OurEvent) -> DriftKind:
        return DriftKind.CHANGED if self._time_of(wanted) else DriftKind.MOVED

    def _time_of(self, wanted: OurEvent) -> bool:
        return (self.starts_at, self.ends_at) == (wanted.starts_at, wanted.ends_at)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new in a calendar outside since it was seen last."""

    etags: Mapping[str, str]
    """Of what is there, by name; if they are not all, of what was added or changed."""
    gone: Collection[str]
    complete: bool
    """Whether these are all there are."""
    seen: str | None
    """What it calls its state now."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of our event there, and was not our doing; no drift: it is as it shall be."""

    appointment_id: UUID
    etag: str | None
    drift: DriftKind | None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a calendar outside."""

    noticed: Sequence[Noticed]
    busy: Sequence[Period] | None
    """When its other events keep it busy; None: as before."""
    seen: str | None
    whole: bool
    """Whether all that is there was read."""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """An appointment to come that is not there as it is here."""

    connection_id: UUID
    appointment_id: UUID
    calendar_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: DriftKind
    outside_starts_at: datetime | None
    outside_ends_at: datetime | None
    noticed_at: datetime


def uid_of(tenant: TenantId, connection_id: UUID, appointment_id: UUID) -> str:
    """The same whoever asks, however often; another one in each calendar outside."""
    return f"{uuid5(connection_id, str(appointment_id))}{uid_ending(tenant)}"


def uid_ending(tenant: TenantId) -> str:
    """By which events of all calendars of an organization are known: none of them keeps another one busy."""
    return f"@{tenant}.switchboard"


def name_of(connection_id: UUID, appointment_id: UUID) -> str:
    """What the event of an appointment is called in its collection."""
    return f"{uuid5(connection_id, str(appointment_id))}.ics"
