"""What happened in a call, in order of time; and why a start was not offered in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from booking.domain.calls.call import Call
from booking.domain.calls.events import CallEvent, in_order
from booking.domain.errors import CallNotFound, MalformedTime
from booking.domain.ports import Unit
from booking.domain.schedule.explain_start import Explanation, explain_start
from booking.domain.schedule.grounds import Grounds

MOST_ENTRIES = 2_000
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Explained:
    """An event, and why the start that was asked about was offered in its answer, or was not."""

    event: CallEvent
    explains: bool
    """Whether it can be told of a start at all."""
    explanations: Sequence[Explanation]


@dataclass(frozen=True, slots=True)
class Timeline:
    call: Call | None
    """None while neither a status update nor a report has told of it."""
    vapi_call_id: str
    entries: Sequence[Explained]
    has_more: bool


async def get_call_timeline(unit: Unit, call_id: str, why: str = "") -> Timeline:
    """Of the call with that id, ours or Vapi's; `why` is a start to be explained: `10:00`, or `2026-12-01T10:00`.

    Raises CallNotFound, MalformedTime.
    """
    wanted = _start(why) if why else None
    call = await _call(unit, call_id)
    vapi_call_id = call_id if call is None else call.record.vapi_call_id
    events = await unit.call_events(vapi_call_id, MOST_ENTRIES + 1)
    if call is None and not events:
        raise CallNotFound
    shown = in_order(events[:MOST_ENTRIES])
    return Timeline(call, vapi_call_id, [_explained(one, wanted) for one in shown], len(events) > len(shown))


async def _call(unit: Unit, call_id: str) -> Call | None:
    """Both ids may be UUIDs; ours is meant first."""
    try:
        found = await unit.call(UUID(call_id))
    except ValueError:
        found = None
    return found or await unit.call_of_vapi(call_id)


def _explained(event: CallEvent, wanted: tuple[time, date | None] | None) -> Explained:
    grounds = Grounds.of((event.details or {}).get("grounds"))
    if grounds is None:
        return Explained(event, explains=False, explanations=())
    explanations = () if wanted is None else explain_start(grounds, *wanted)
    return Explained(event, explains=True, explanations=explanations)


def _start(text: str) -> tuple[time, date | None]:
    """Raises MalformedTime."""
    day, separator, clock = text.rpartition("T")
    if not _CLOCK.fullmatch(clock):
        raise MalformedTime("why")
    try:
        return time.fromisoformat(clock), date.fromisoformat(day) if separator else None
    except ValueError:
        raise MalformedTime("why") from None
