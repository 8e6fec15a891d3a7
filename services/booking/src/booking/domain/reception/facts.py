"""What an outcome tells the program behind the assistant: JSON values, times as RFC 3339 in the clinic's zone."""

from collections.abc import Sequence
from datetime import date
from functools import singledispatch
from typing import Any

from booking.domain.reception import outcomes
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.schedule.appointments import PatientsAppointment, Slot
from booking.domain.schedule.availability import offer


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
    return {"outcome": "booked", "appointmentId": str(outcome.appointment_id), **_place(outcome.slot)}


@facts.register
def _(outcome: outcomes.AlreadyBooked) -> dict[str, Any]:
    return {"outcome": "already_booked", **_appointment(outcome.appointment)}


@facts.register
def _(outcome: outcomes.Held) -> dict[str, Any]:
    until = outcome.until.astimezone(outcome.slot.zone).isoformat()
    return {"outcome": "held", **_place(outcome.slot), "heldUntil": until}


@facts.register
def _(outcome: outcomes.FreeButNotHeld) -> dict[str, Any]:
    return {"outcome": "free_but_not_held", **_place(outcome.slot)}


@facts.register
def _(outcome: outcomes.Moved) -> dict[str, Any]:
    before = outcome.was.local_start.isoformat()
    return {"outcome": "moved", **_appointment(outcome.appointment), "startedAtBefore": before}


@facts.register
def _(outcome: outcomes.AlreadyThen) -> dict[str, Any]:
    return {"outcome": "already_then", **_appointment(outcome.appointment)}


@facts.register
def _(outcome: outcomes.NotMovable) -> dict[str, Any]:
    return {"outcome": "not_movable", **_appointment(outcome.appointment)}


@facts.register
def _(outcome: outcomes.Cancelled) -> dict[str, Any]:
    return {"outcome": "cancelled", **_appointment(outcome.appointment)}


@facts.register
def _(outcome: outcomes.AlreadyCancelled) -> dict[str, Any]:
    return {"outcome": "already_cancelled", **_appointment(outcome.appointment)}


@facts.register
def _(outcome: outcomes.WhichAppointment) -> dict[str, Any]:
    return {"outcome": "which_appointment", "appointments": [_appointment(one) for one in outcome.choices]}


@facts.register
def _(_outcome: outcomes.NoAppointment) -> dict[str, Any]:
    return {"outcome": "no_appointment"}


@facts.register
def _(_outcome: outcomes.StaffWillHelp) -> dict[str, Any]:
    return {"outcome": "staff_will_help"}


@facts.register
def _(outcome: outcomes.Appointments) -> dict[str, Any]:
    told = [
        _appointment(one) | ({"patientName": one.patient_name} if outcome.names_told else {})
        for one in outcome.appointments
    ]
    return {"outcome": "appointments", "appointments": told}


@facts.register
def _(outcome: outcomes.CallerKnown) -> dict[str, Any]:
    ids = [str(contact_id) for contact_id in outcome.contact_ids]
    return {"outcome": "caller_known", "contactIds": ids, "names": list(outcome.names)}


@facts.register
def _(_outcome: outcomes.CallerUnknown) -> dict[str, Any]:
    return {"outcome": "caller_unknown"}


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
def _(outcome: outcomes.TimeOccursTwice) -> dict[str, Any]:
    return {"outcome": "time_occurs_twice", "alternatives": _starts(outcome.alternatives)}


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


def _place(slot: Slot) -> dict[str, Any]:
    return {
        "calendarId": str(slot.calendar.id),
        "serviceId": str(slot.service.id),
        "startsAt": slot.local_start.isoformat(),
        "endsAt": slot.end.astimezone(slot.zone).isoformat(),
    }


def _appointment(told: PatientsAppointment) -> dict[str, Any]:
    return {
        "appointmentId": str(told.id),
        "calendarId": str(told.calendar_id),
        "serviceId": str(told.service_id),
        "serviceName": told.service_name,
        "startsAt": told.local_start.isoformat(),
        "endsAt": told.local_end.isoformat(),
    }


def _starts(slots: Sequence[Slot]) -> list[str]:
    return [slot.local_start.isoformat() for slot in slots]
