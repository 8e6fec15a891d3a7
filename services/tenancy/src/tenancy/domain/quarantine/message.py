"""Messages of which nobody knows whose they are: what is kept of them, how much, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tenancy.domain.routing.evidence import Outcome, Source, read

KEPT_FOR = timedelta(days=14)

MOST_CLAIMED = 100
"""Messages that are handed out at once."""

CLAIMED = 20
"""Messages that are handed out where nothing is asked for."""

MOST_BYTES_CLAIMED = 2 * 1024 * 1024
"""Of the messages handed out at once, unless the first alone is larger: they travel in one answer of at most 4 MiB."""

LONGEST_LEASE = timedelta(minutes=5)

_MIB = 1024 * 1024

Said = Mapping[Source, Sequence[str]]
"""What a message says about whose it is, as it says it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be kept of messages in one state. What was delivered has no body and takes no room."""

    of_line: Bounds
    of_all: Bounds


class State(StrEnum):
    WAITING = "waiting"
    """Will be recorded once its evidence names an organization."""
    DELIVERED = "delivered"
    """Was recorded; its body is forgotten."""
    EVIDENCE = "evidence"
    """Is kept to be looked at, and never executed."""


ROOM = Room(of_line=Bounds(1_000, 64 * _MIB), of_all=Bounds(10_000, 256 * _MIB))
"""For what waits, and as much again for evidence, so that neither takes the other's. A report has some 100 KB."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it arrives in quarantine."""

    body: bytes = field(repr=False)
    message_type: str
    outcome: Outcome
    """RESOLVED of a report that never arrived, and was fetched: it waits to be recorded as the others do."""
    said: Said
    call_id: str
    call_started_at: datetime
    received_at: datetime
    state: State

    @property
    def expires_at(self) -> datetime:
        return self.received_at + KEPT_FOR

    @property
    def line(self) -> str:
        """What it came in on: the number, else Vapi's id of it, else the assistant, else who is claimed; else ''."""
        return next((named[0] for source in Source if (named := self.named(source))), "")

    def named(self, source: Source) -> list[str]:
        """The well-formed evidence of a kind, in its one spelling."""
        read_values = (read(source, text).value for text in self.said.get(source, ()))
        return [value for value in read_values if value is not None]


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """A message in quarantine, without its body."""

    id: UUID
    position: int
    """Greater than that of any message kept before."""
    message_type: str
    outcome: Outcome
    said: Said
    call_id: str
    call_started_at: datetime
    """When it was received, if it does not say."""
    received_at: datetime
    expires_at: datetime
    state: State
    organization_id: UUID | None
    """Whom it was delivered to."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A message with its body as it was received; empty once it was delivered."""

    message: QuarantinedMessage
    body: bytes = field(repr=False)
