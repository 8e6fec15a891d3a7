"""Calls, as Vapi tells of them: several times, in any order, each time a part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

_Value = TypeVar("_Value")
_Part = TypeVar("_Part", float, str)

ENDED = "ended"
_STANDINGS = ("scheduled", "queued", "ringing", "in-progress", "forwarding", ENDED)
"""Vapi's words for where a call stands, in the order of a call's life."""


class Direction(StrEnum):
    """How a call came about."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    WEB = "web"
    """From a web page: there are no numbers."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is known of a call, or what one message tells of it; None is unknown."""

    vapi_call_id: str
    caller_number: str | None = None
    """Whoever the clinic talked to, E.164."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    ended_reason: str | None = None
    cost: float | None = None
    """In US dollars."""
    summary: str | None = None
    status: str | None = None
    direction: Direction | None = None
    called_number: str | None = None
    """The clinic's own line, E.164."""
    assistant_id: str | None = None
    """Vapi's."""
    cost_parts: Mapping[str, float] = field(default_factory=dict, hash=False)
    """What each part cost, in US dollars, by Vapi's word for the part."""
    structured_data: str | None = None
    """What Vapi's analysis found: JSON, in one spelling."""
    success_evaluation: str | None = None
    """Vapi's judgement whether the call reached its aim."""
    transcript: str | None = None
    recording_urls: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where recordings are, by what is heard in them."""
    tools_used: frozenset[str] = frozenset()
    is_reported: bool = False
    """Whether the report is among what was told."""
    start_is_reported: bool = False
    """Whether `started_at` is the report's; else it is when a status update told of it."""
    end_is_reported: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took: what was told, else from beginning to end."""
        if self.duration_seconds is not None or self.started_at is None or self.ended_at is None:
            return self.duration_seconds
        return max(0.0, (self.ended_at - self.started_at).total_seconds())

    @property
    def has_ended(self) -> bool:
        return self.status == ENDED or self.ended_at is not None

    def of_nobody(self) -> "CallRecord":
        """Without what tells of a person."""
        return replace(
            self,
            caller_number=None,
            summary=None,
            structured_data=None,
            success_evaluation=None,
            transcript=None,
            recording_urls={},
        )


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
    contact_id: UUID | None = None
    """The one contact whose number it is; None if nobody has it, or several do."""
    has_recording: bool = False

    @property
    def latest_at(self) -> datetime:
        """What calls are listed by: when it began, or when it was first heard of."""
        return self.record.started_at or self.created_at


def richer(one: CallRecord, other: CallRecord) -> CallRecord:
    """Both together. Whatever is told, however often and in whichever order, ends in the same record."""
    starts = _most_reliable(
        (one.started_at, one.start_is_reported),
        (other.started_at, other.start_is_reported),
    )
    ends = _most_reliable((one.ended_at, one.end_is_reported), (other.ended_at, other.end_is_reported))
    return CallRecord(
        vapi_call_id=one.vapi_call_id,
        caller_number=_longest(one.caller_number, other.caller_number),
        started_at=min(starts.moments, default=None),
        ended_at=max(ends.moments, default=None),
        duration_seconds=max(_known(one.duration_seconds, other.duration_seconds), default=None),
        ended_reason=_longest(one.ended_reason, other.ended_reason),
        cost=max(_known(one.cost, other.cost), default=None),
        summary=_longest(one.summary, other.summary),
        status=max(_known(one.status, other.status), key=_standing, default=None),
        direction=max(_known(one.direction, other.direction), default=None),
        called_number=_longest(one.called_number, other.called_number),
        assistant_id=_longest(one.assistant_id, other.assistant_id),
        cost_parts=_all_parts(one.cost_parts, other.cost_parts),
        structured_data=_longest(one.structured_data, other.structured_data),
        success_evaluation=_longest(one.success_evaluation, other.success_evaluation),
        transcript=_longest(one.transcript, other.transcript),
        recording_urls=_all_parts(one.recording_urls, other.recording_urls),
        tools_used=one.tools_used | other.tools_used,
        is_reported=one.is_reported or other.is_reported,
        start_is_reported=starts.are_reported,
        end_is_reported=ends.are_reported,
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    moments: Sequence[datetime]
    are_reported: bool


def _most_reliable(*told: tuple[datetime | None, bool]) -> _Moments:
    """What reports tell, and only where they do not, what status updates tell."""
    reported = [moment for moment, is_reported in told if is_reported and moment is not None]
    return _Moments(reported or _known(*(moment for moment, _ in told)), bool(reported))


def _known(*told: _Value | None) -> list[_Value]:
    return [value for value in told if value is not None]


def _all_parts(one: Mapping[str, _Part], other: Mapping[str, _Part]) -> Mapping[str, _Part]:
    """Of a part that is told twice the greater value."""
    return {part: max(_known(one.get(part), other.get(part))) for part in one.keys() | other.keys()}


def _longest(*told: str | None) -> str | None:
    """Of two that are equally long always the same one."""
    return max(_known(*told), key=lambda text: (len(text), text), default=None)


def _standing(status: str) -> tuple[int, str]:
    """A word that is not known yet stands before all that are."""
    return (_STANDINGS.index(status) if status in _STANDINGS else -1, status)
