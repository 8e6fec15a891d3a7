"""What the assistant says: one line, in the clinic's own time, and never a refusal without what is possible."""

from calendar import day_name
from collections.abc import Sequence
from datetime import date, datetime
from functools import singledispatch

from booking.domain.reception import outcomes
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.schedule.appointments import PatientsAppointment, Slot
from booking.domain.schedule.availability import offer, offer_of_days

_NOON = 12
_TEENS = range(11, 14)
_TOLD = 3


@singledispatch
def say(outcome: object) -> str:
    raise TypeError(f"nothing is said of {type(outcome).__name__}")


@say.register
def _(outcome: outcomes.Free) -> str:
    offered = offer(outcome.slots)
    verb = "is" if len(offered) == 1 else "are"
    return f"On {spoken_day(outcome.day)}, {_times(offered)} {verb} free. Which would you like?"


@say.register
def _(outcome: outcomes.FreeDays) -> str:
    offered = offer_of_days(outcome.days)
    days = [f"on {spoken_day(slots[0].local_start.date())}, {_times(slots)}" for slots in offered]
    verb = "is" if sum(map(len, offered)) == 1 else "are"
    said = "; ".join(days)
    looked = f" I have looked no further than {spoken_day(outcome.last)}." if outcome.shortened else ""
    return f"{said[0].upper()}{said[1:]} {verb} free.{looked} Which would you like?"


@say.register
def _(outcome: outcomes.NothingFreeBetween) -> str:
    between = f"Between {spoken_day(outcome.first)} and {spoken_day(outcome.last)}"
    return f"{between} nothing is free. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.NothingFree) -> str:
    trouble = "we are closed" if outcome.closed else "nothing is free"
    return f"On {spoken_day(outcome.day)} {trouble}. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.Booked) -> str:
    booked = f"{outcome.slot.service.name} on {spoken_moment(outcome.slot.local_start)}"
    if outcome.elsewhere:
        return f"It is booked already, for {outcome.slot.calendar.name}: {booked}. Shall it stay so?"
    return f"It is booked: {booked}."


@say.register
def _(outcome: outcomes.AlreadyBooked) -> str:
    where = f", for {outcome.elsewhere.name}" if outcome.elsewhere is not None else ""
    return f"You already have that appointment{where}: {_spoken(outcome.appointment)}. Is there another one you want?"


@say.register
def _(outcome: outcomes.Held) -> str:
    kept = f"{spoken_moment(outcome.slot.local_start)} is kept for you for a minute and a half"
    return f"{kept}. May I have the patient's full name?"


@say.register
def _(outcome: outcomes.FreeButNotHeld) -> str:
    free = f"{spoken_moment(outcome.slot.local_start)} is free"
    return f"{free}. It is yours as soon as it is booked: may I have the patient's full name?"


@say.register
def _(outcome: outcomes.Moved) -> str:
    return f"It is moved: {_spoken(outcome.appointment)}. It is no longer on {spoken_moment(outcome.was.local_start)}."


@say.register
def _(outcome: outcomes.AlreadyThen) -> str:
    return f"The appointment is there already: {_spoken(outcome.appointment)}. Is there another time you would like?"


@say.register
def _(outcome: outcomes.NotMovable) -> str:
    kept = f"It stays where it is: {_spoken(outcome.appointment)}"
    return f"{kept}. To move this one, somebody from the clinic will have to call you back."


@say.register
def _(outcome: outcomes.Cancelled) -> str:
    return f"It is cancelled: {_spoken(outcome.appointment)}. Would you like another time instead?"


@say.register
def _(outcome: outcomes.AlreadyCancelled) -> str:
    return f"That one is cancelled already: {_spoken(outcome.appointment)}. Would you like to book a new one?"


@say.register
def _(outcome: outcomes.WhichAppointment) -> str:
    return f"Which one do you mean: {_list_of(outcome.choices, 'or')}?"


@say.register
def _(_outcome: outcomes.NoAppointment) -> str:
    return "I find no such appointment to come. What is the patient's full name, and which day is the appointment?"


@say.register
def _(_outcome: outcomes.StaffWillHelp) -> str:
    return "I cannot find it with these details. The clinic's staff will help you: shall I put you through to them?"


@say.register
def _(outcome: outcomes.Appointments) -> str:
    count = len(outcome.appointments)
    told = _list_of(outcome.appointments, "and", names_told=outcome.names_told)
    return f"There {'is one appointment' if count == 1 else f'are {count} appointments'} to come: {told}."


@say.register
def _(outcome: outcomes.CallerKnown) -> str:
    if len(outcome.names) == 1:
        return f"Yes, {outcome.names[0]} is known here. What can I do for you?"
    return f"This number is known here for {_list(outcome.names, 'and')}. Who is it for?"


@say.register
def _(_outcome: outcomes.CallerUnknown) -> str:
    return (
        "I do not know you by the number you are calling from. We can book a new appointment; for an existing one, "
        "what is the patient's full name, and which day is it?"
    )


@say.register
def _(outcome: outcomes.Taken) -> str:
    return f"{spoken_moment(outcome.wanted.local_start)} is already taken. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.NotAStart) -> str:
    return f"No appointment starts on {spoken_moment(outcome.wanted)}. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.Past) -> str:
    now = f"Here it is now {spoken_time(outcome.now)} on {spoken_day(outcome.now.date())}, {outcome.now.year}"
    return f"That time cannot be booked any more. {now}. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.PastYear) -> str:
    over = f"{spoken_day(outcome.day)}, {outcome.day.year} is over"
    return f"{over}. Do you mean {spoken_day(outcome.meant)}, {outcome.meant.year}?"


@say.register
def _(outcome: WrongWeekday) -> str:
    day, named = f"{outcome.day:%B} {_ordinal(outcome.day.day)}, {outcome.day.year}", day_name[outcome.weekday - 1]
    return f"{day} is a {outcome.day:%A}, not a {named}. Which day would you like?"


@say.register
def _(outcome: outcomes.TooFarAhead) -> str:
    last = f"{spoken_day(outcome.last_day)}, {outcome.last_day.year}"
    return f"That is too far ahead. The last day we can book is {last}. Which day before that would you like?"


@say.register
def _(outcome: outcomes.NoSuchTime) -> str:
    skipped = f"{spoken_time(outcome.wanted)} does not exist on {spoken_day(outcome.wanted.date())}"
    return f"{skipped}, because the clocks go forward. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.TimeOccursTwice) -> str:
    doubled = f"{spoken_time(outcome.wanted)} comes twice on {spoken_day(outcome.wanted.date())}"
    return f"{doubled}, because the clocks go back. {_instead(outcome.alternatives)}"


@say.register
def _(outcome: outcomes.UnknownService) -> str:
    names = [service.name for service in outcome.services]
    return f"I can book {_list(names, 'or')}. Which one is it for?"


@say.register
def _(outcome: outcomes.UnknownPractitioner) -> str:
    names = _list([calendar.name for calendar in outcome.calendars], "or")
    return f"For {outcome.service.name} there is {names}. Who would you like to see?"


@say.register
def _(_outcome: outcomes.NothingToBook) -> str:
    return "This clinic cannot be booked by phone yet. Somebody from the clinic will have to call you back."


def spoken_moment(moment: datetime) -> str:
    """`Tuesday, December 1st at 6 PM`."""
    return f"{spoken_day(moment.date())} at {spoken_time(moment)}"


def spoken_day(day: date) -> str:
    """`Tuesday, December 1st`."""
    return f"{day:%A}, {day:%B} {_ordinal(day.day)}"


def spoken_time(moment: datetime) -> str:
    """`6 PM`, `6:30 PM`."""
    minutes = f":{moment:%M}" if moment.minute else ""
    return f"{moment.hour % _NOON or _NOON}{minutes} {'AM' if moment.hour < _NOON else 'PM'}"


def _spoken(appointment: PatientsAppointment) -> str:
    return f"{appointment.service_name} on {spoken_moment(appointment.local_start)}"


def _list_of(appointments: Sequence[PatientsAppointment], conjunction: str, *, names_told: bool = False) -> str:
    """The first ones; more than a few nobody can keep in mind."""
    told = [f"{one.patient_name}, {_spoken(one)}" if names_told else _spoken(one) for one in appointments[:_TOLD]]
    more = len(appointments) - _TOLD
    return _list([*told, f"{more} more"] if more > 0 else told, conjunction, "; " if names_told else ", ")


def _instead(alternatives: Sequence[Slot]) -> str:
    if not alternatives:
        return "Which other day would suit you?"
    verb = "is" if len(alternatives) == 1 else "are"
    return f"On {spoken_day(alternatives[0].local_start.date())}, {_times(alternatives)} {verb} free."


def _times(slots: Sequence[Slot]) -> str:
    return _list([spoken_time(slot.local_start) for slot in slots], "and")


def _list(words: Sequence[str], conjunction: str, separator: str = ", ") -> str:
    if len(words) <= 1:
        return "".join(words)
    return f"{separator.join(words[:-1])} {conjunction} {words[-1]}"


def _ordinal(number: int) -> str:
    suffix = "th" if number in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
