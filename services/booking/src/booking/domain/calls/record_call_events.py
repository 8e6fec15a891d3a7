"""Events of calls: kept as the gateway saw them, without whoever they were of."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from booking.domain.calls.events import CallEvent
from booking.domain.calls.redaction import Personal, redacted
from booking.domain.ports import Unit


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as it is told, and what the arguments in its details are declared to be."""

    event: CallEvent
    personal: Personal = field(default_factory=Personal)

    def kept(self) -> CallEvent:
        """What of it may be kept."""
        event = self.event
        if event.details is None:
            return event
        return replace(event, details=redacted(event.details, self.personal, event.at.date()))


async def record_call_events(unit: Unit, told: Sequence[ToldEvent]) -> None:
    """Of whoever was erased nothing is learnt any more but that there was something."""
    if not told:
        return
    events = [one.kept() for one in told]
    erased = await unit.erased_among(events)
    await unit.add_call_events([replace(one, details=None) if erased.holds(one) else one for one in events])
