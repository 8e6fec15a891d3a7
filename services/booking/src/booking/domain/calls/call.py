"""Calls, as Vapi tells of them: several times, in any order, each time a part."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

_Value = TypeVar("_Value")

_ENDED = "ended"
_STANDINGS = ("scheduled", "queued", "ringing", "in-progress", "forwarding", _ENDED)
"""Vapi's words for where a call stands, in the order of a call's life."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is known of a call, or what one message tells of it; None is unknown."""

    vapi_call_id: str
    caller_number: str | None = None
    """E.164."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    ended_reason: str | None = None
    cost: float | None = None
    """In US dollars."""
    summary: str | None = None
    status: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.status == _ENDED or self.ended_at is not None

    def of_nobody(self) -> "CallRecord":
        """Without what tells of a person."""
        return replace(self, caller_number=None, summary=None)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the clinic's staff see it."""

    id: UUID
    record: CallRecord
    created_at: datetime
    erased: bool = False
    """Whoever called was erased; nothing of them is known or learnt any more."""
    appointment_ids: tuple[UUID, ...] = ()
    """The appointments made in it."""

    @property
    def latest_at(self) -> datetime:
        """What calls are listed by: when it began, or when it was first heard of."""
        return self.record.started_at or self.created_at


def richer(one: CallRecord, other: CallRecord) -> CallRecord:
    """Both together. Whatever is told, however often and in whichever order, ends in the same record."""
    return CallRecord(
        vapi_call_id=one.vapi_call_id,
        caller_number=_longest(one.caller_number, other.caller_number),
        started_at=min(_known(one.started_at, other.started_at), default=None),
        ended_at=max(_known(one.ended_at, other.ended_at), default=None),
        duration_seconds=max(_known(one.duration_seconds, other.duration_seconds), default=None),
        ended_reason=_longest(one.ended_reason, other.ended_reason),
        cost=max(_known(one.cost, other.cost), default=None),
        summary=_longest(one.summary, other.summary),
        status=max(_known(one.status, other.status), key=_standing, default=None),
    )


def _known(*told: _Value | None) -> list[_Value]:
    return [value for value in told if value is not None]


def _longest(*told: str | None) -> str | None:
    """Of two that are equally long always the same one."""
    return max(_known(*told), key=lambda text: (len(text), text), default=None)


def _standing(status: str) -> tuple[int, str]:
    """A word that is not known yet stands before all that are."""
    return (_STANDINGS.index(status) if status in _STANDINGS else -1, status)
