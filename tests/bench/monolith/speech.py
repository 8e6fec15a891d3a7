"""What the assistant says."""

from datetime import date, datetime

NOTHING_TO_BOOK = "This clinic cannot be booked by phone yet."
PAST = "That time cannot be booked any more."
TOO_FAR_AHEAD = "That is too far ahead. Which earlier day would you like?"

_NOON = 12
_OFFERED = 3
_TEENS = (11, 12, 13)


def free(day: date, starts: list[datetime]) -> str:
    offered = _offer(starts)
    verb = "is" if len(offered) == 1 else "are"
    return f"On {_day(day)}, {_times(offered)} {verb} free. Which would you like?"


def nothing_free(day: date, later: list[datetime]) -> str:
    if not later:
        return f"On {_day(day)} nothing is free. Which other day would suit you?"
    return f"On {_day(day)} nothing is free. On {_day(later[0].date())}, {_times(_offer(later))} are free."


def booked(service: str, start: datetime) -> str:
    return f"It is booked: {service} on {_day(start.date())} at {_time(start)}."


def taken(start: datetime, others: list[datetime]) -> str:
    instead = f"{_times(_offer(others))} are free." if others else "Which other day would suit you?"
    return f"{_day(start.date())} at {_time(start)} is already taken. {instead}"


def _offer(starts: list[datetime]) -> list[datetime]:
    """The first of the morning and of the afternoon, then the next in order."""
    morning = [start for start in starts if start.hour < _NOON]
    afternoon = [start for start in starts if start.hour >= _NOON]
    chosen = morning[:1] + afternoon[:1]
    chosen += [start for start in starts if start not in chosen][: _OFFERED - len(chosen)]
    return sorted(chosen)


def _times(starts: list[datetime]) -> str:
    times = [_time(start) for start in starts]
    return f"{', '.join(times[:-1])} and {times[-1]}" if len(times) > 1 else "".join(times)


def _day(day: date) -> str:
    suffix = "th" if day.day in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day:%A}, {day:%B} {day.day}{suffix}"


def _time(moment: datetime) -> str:
    minutes = f":{moment:%M}" if moment.minute else ""
    return f"{moment.hour % _NOON or _NOON}{minutes} {'AM' if moment.hour < _NOON else 'PM'}"
