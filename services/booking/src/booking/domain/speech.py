"""What the assistant says: one line, in the clinic's own time, and never a refusal without what is possible."""

from calendar import day_name
from collections.abc import Sequence
from datetime import date, datetime
from functools import singledispatch

from booking.domain import outcomes
from booking.domain.appointments import Slot
from booking.domain.availability import offer, offer_of_days
from booking.domain.local_time import WrongWeekday

_NOON = 12
_TEENS = range(11, 14)


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
    return f"{said[0].upper()}{said[1:]} {verb} free. Which would you like?"


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
    return f"It is booked: {outcome.slot.service.name} on {spoken_moment(outcome.slot.local_start)}."


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
    return f"{doubled}, because the clocks go back. Which other time would suit you?"


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


def _instead(alternatives: Sequence[Slot]) -> str:
    if not alternatives:
        return "Which other day would suit you?"
    verb = "is" if len(alternatives) == 1 else "are"
    return f"On {spoken_day(alternatives[0].local_start.date())}, {_times(alternatives)} {verb} free."


def _times(slots: Sequence[Slot]) -> str:
    return _list([spoken_time(slot.local_start) for slot in slots], "and")


def _list(words: Sequence[str], conjunction: str) -> str:
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _ordinal(number: int) -> str:
    suffix = "th" if number in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
