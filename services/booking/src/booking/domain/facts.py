"""What an outcome tells the program behind the assistant: JSON values, times as RFC 3339 in the clinic's zone."""

from collections.abc import Sequence
from datetime import date
from functools import singledispatch
from typing import Any

from booking.domain import outcomes
from booking.domain.appointments import Slot
from booking.domain.availability import offer
from booking.domain.local_time import WrongWeekday


@singledispatch
def facts(outcome: object) -> dict[str, Any]:
    raise TypeError(f"nothing is known of {type(outcome).__name__}")


@facts.register
def _(outcome: outcomes.Free) -> dict[str, Any]:
    return {"outcome": "free", "date": outcome.day.isoformat(), "slots": _starts(outcome.slots)}


@facts.register
def _(outcome: outcomes.FreeDays) -> dict[str, Any]:
    days = [{"date": slots[0].local_start.date().isoformat(), "slots": _starts(offer(slots))} for slots in outcome.days]
    return {"outcome": "free_days", **_between(outcome.first, outcome.last), "days": days}


@facts.register
def _(outcome: outcomes.NothingFreeBetween) -> dict[str, Any]:
    alternatives = _starts(outcome.alternatives)
    return {"outcome": "nothing_free", **_between(outcome.first, outcome.last), "alternatives": alternatives}


@facts.register
def _(outcome: outcomes.NothingFree) -> dict[str, Any]:
    state = "closed" if outcome.closed else "full"
    return {"outcome": state, "date": outcome.day.isoformat(), "alternatives": _starts(outcome.alternatives)}


@facts.register
def _(outcome: outcomes.Booked) -> dict[str, Any]:
    slot = outcome.slot
    return {
        "outcome": "booked",
        "appointmentId": str(outcome.appointment_id),
        "calendarId": str(slot.calendar.id),
        "serviceId": str(slot.service.id),
        "startsAt": slot.local_start.isoformat(),
        "endsAt": slot.end.astimezone(slot.zone).isoformat(),
    }


@facts.register
def _(outcome: outcomes.Taken) -> dict[str, Any]:
    return {"outcome": "taken", "alternatives": _starts(outcome.alternatives)}


@facts.register
def _(outcome: outcomes.NotAStart) -> dict[str, Any]:
    return {"outcome": "not_a_start", "alternatives": _starts(outcome.alternatives)}


@facts.register
def _(outcome: outcomes.Past) -> dict[str, Any]:
    return {"outcome": "past", "now": outcome.now.isoformat(), "alternatives": _starts(outcome.alternatives)}


@facts.register
def _(outcome: outcomes.PastYear) -> dict[str, Any]:
    return {"outcome": "past_year", "date": outcome.day.isoformat(), "meant": outcome.meant.isoformat()}


@facts.register
def _(outcome: WrongWeekday) -> dict[str, Any]:
    return {"outcome": "wrong_weekday", "date": outcome.day.isoformat()}


@facts.register
def _(outcome: outcomes.TooFarAhead) -> dict[str, Any]:
    return {"outcome": "too_far_ahead", "lastDay": outcome.last_day.isoformat()}


@facts.register
def _(outcome: outcomes.NoSuchTime) -> dict[str, Any]:
    return {"outcome": "no_such_time", "alternatives": _starts(outcome.alternatives)}


@facts.register
def _(_outcome: outcomes.TimeOccursTwice) -> dict[str, Any]:
    return {"outcome": "time_occurs_twice"}


@facts.register
def _(outcome: outcomes.UnknownService) -> dict[str, Any]:
    return {"outcome": "unknown_service", "services": [service.name for service in outcome.services]}


@facts.register
def _(outcome: outcomes.UnknownPractitioner) -> dict[str, Any]:
    return {"outcome": "unknown_practitioner", "practitioners": [calendar.name for calendar in outcome.calendars]}


@facts.register
def _(_outcome: outcomes.NothingToBook) -> dict[str, Any]:
    return {"outcome": "nothing_to_book"}


def _between(first: date, last: date) -> dict[str, str]:
    return {"date": first.isoformat(), "untilDate": last.isoformat()}


def _starts(slots: Sequence[Slot]) -> list[str]:
    return [slot.local_start.isoformat() for slot in slots]
