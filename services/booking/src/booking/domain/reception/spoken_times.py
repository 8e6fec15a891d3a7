"""Days and times of day as callers say them and models write them.

What has one reading is understood; what has none or several is asked for again. Nothing is guessed, and nothing moved.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

_LONGEST = 80
"""Characters; who says more says more than a day and a time."""
_NOON = 12
_HOURS = 24
_HOUR = 60
"""Minutes."""
_LATEST_WITHOUT_A_YEAR = timedelta(days=300)
"""Ahead; `December 1st` may be the last or the next one if it is further from now."""
_YEARS_TO_A_LEAP_DAY = 8


@dataclass(frozen=True, slots=True)
class WrongWeekday:
    """A date was told with a weekday that it is not."""

    day: date
    weekday: int
    """ISO 8601: 1 is Monday."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says; either may be missing."""

    day: date | WrongWeekday | None = None
    time_of_day: time | None = None


def read_date(text: str, today: date | None = None) -> date | WrongWeekday | None:
    """The day of `2026-12-01`, `Tuesday, December 1st` or of a day and a time; None if it has to be asked for."""
    said = read(text, today)
    return None if said is None else said.day


def read_time(text: str) -> time | None:
    """The time of `18:00`, `6:30 p.m.`, `quarter to 5 in the afternoon` or of a day and a time; None likewise."""
    said = read(text)
    return None if said is None else said.time_of_day


def read(text: str, today: date | None = None) -> Said | None:
    """None if it says nothing, or could mean two things. `today` is the clinic's, for what says no year."""
    clean = _clean(text)
    if not clean or len(clean) > _LONGEST:
        return None
    readings = set(_readings(clean, today))
    return readings.pop() if len(readings) == 1 else None


def next_of_its_name(day: date, today: date) -> date | None:
    """The next December 1st for December 1st of whichever year; None for a leap day that is far away."""
    for year in range(today.year, today.year + _YEARS_TO_A_LEAP_DAY):
        next_one = _date(year, day.month, day.day)
        if next_one is not None and next_one >= today:
            return next_one
    return None


def _clean(text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").split())
    return re.sub(r"(?<![a-z])([ap])\.? ?m\b\.?", r"\1m", plain).strip(" .,")


def _readings(text: str, today: date | None) -> Iterator[Said]:
    for day in _days(text, today):
        yield Said(day=day)
    for time_of_day in _times(text):
        yield Said(time_of_day=time_of_day)
    for between in re.finditer(r"(?<=[0-9])t(?=[0-9])|,? at |,? ", text):
        day_text, time_text = text[: between.start()], text[between.end() :]
        # `December 1 2026` is no day with a time; a bare number is one only where that is said.
        if time_text.isdigit() and "at" not in between[0]:
            continue
        for day in _days(day_text, today):
            for time_of_day in _times(time_text):
                yield Said(day, time_of_day)


# Days.

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_WEEKDAY_BEFORE = re.compile(rf"(?:on )?{_WEEKDAY}\b\.?,? (?:the )?(?P<rest>.+)")
_WEEKDAY_AFTER = re.compile(rf"(?P<rest>.+?),? ?\(?\b{_WEEKDAY}\.?\)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR_AFTER = r"(?:,? ?(?P<year>(?<=[ ,])[0-9]{4}))?"
_NAMED_DAYS = (
    re.compile(rf"{_MONTH} (?:the )?{_DAY}{_YEAR_AFTER}"),
    re.compile(rf"(?:the )?{_DAY}(?: of)? {_MONTH}{_YEAR_AFTER}"),
    re.compile(rf"{_DAY}-{_MONTH}-(?P<year>[0-9]{{4}})"),
)
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<dash>[-/.]?)(?P<month>[0-9]{1,2})(?P=dash)(?P<day>[0-9]{1,2})")
_YEAR_LAST = re.compile(r"(?P<one>[0-9]{1,2})(?P<dash>[-/.])(?P<other>[0-9]{1,2})(?P=dash)(?P<year>[0-9]{4})")
_FROM_TODAY = {"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2}
_TENTHS = ("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth")
_UNITS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ORDINALS = {
    **{word: number for number, word in enumerate((*_UNITS, *_TENTHS, "eighteenth", "nineteenth", "twentieth"), 1)},
    **{f"twenty{dash}{word}": number for dash in "- " for number, word in enumerate(_UNITS, 21)},
    "thirtieth": 30,
    "thirty-first": 31,
    "thirty first": 31,
}
_ORDINAL = re.compile(rf"\b(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\b")


def _days(text: str, today: date | None) -> set[date | WrongWeekday]:
    """Every day that the text can mean."""
    rest, weekdays = text, []
    for weekday in (_WEEKDAY_BEFORE, _WEEKDAY_AFTER):
        if (match := weekday.fullmatch(rest)) is not None:
            rest = match["rest"]
            weekdays.append(_WEEKDAYS.index(match["weekday"][:3]) + 1)
    days = {_checked(day, weekdays) for day in _dates(rest.removeprefix("on "), today)}
    return {day for day in days if not isinstance(day, WrongWeekday)} or days


def _checked(day: date, weekdays: list[int]) -> date | WrongWeekday:
    return next((WrongWeekday(day, weekday) for weekday in weekdays if weekday != day.isoweekday()), day)


def _dates(text: str, today: date | None) -> set[date]:
    if text in _FROM_TODAY:
        return set() if today is None else {today + timedelta(days=_FROM_TODAY[text])}
    if match := _YEAR_FIRST.fullmatch(text):
        whole = match["dash"] or len(text) == len("20261201")
        return _real(_date(match["year"], match["month"], match["day"])) if whole else set()
    if match := _YEAR_LAST.fullmatch(text):
        # Which of the two is the month depends on the country; some days can be only one.
        year, one, other = match["year"], match["one"], match["other"]
        return _real(_date(year, one, other)) | _real(_date(year, other, one))
    plain = _ORDINAL.sub(lambda word: str(_ORDINALS[word[0]]), text)
    for named in _NAMED_DAYS:
        if match := named.fullmatch(plain):
            return _real(_named(match, today))
    return set()


def _named(match: re.Match[str], today: date | None) -> date | None:
    month, day = _MONTHS.index(match["month"][:3]) + 1, match["day"]
    if match["year"] is not None:
        return _date(match["year"], month, day)
    in_a_leap_year = _date(2000, month, day)
    if today is None or in_a_leap_year is None:
        return None
    meant = next_of_its_name(in_a_leap_year, today)
    return meant if meant is not None and meant - today <= _LATEST_WITHOUT_A_YEAR else None


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _real(day: date | None) -> set[date]:
    return set() if day is None else {day}


# Times of day.

_HOUR_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"
)  # fmt: skip
_MINUTE_WORDS = {"five": 5, "ten": 10, "fifteen": 15} | {
    f"{ten}{five}": minutes + more
    for ten, minutes in (("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50))
    for five, more in (("", 0), ("-five", 5), (" five", 5))
}
_SHARES = {"half": 30, "quarter": 15, "a quarter": 15}
_HOUR_WORD = rf"(?P<word>{'|'.join(_HOUR_WORDS)})"
_MINUTE_WORD = "|".join(sorted(_MINUTE_WORDS, key=len, reverse=True))
_PART = r"(?: ?(?P<part>am|pm)| (?P<part_word>in the morning|in the afternoon|in the evening|at night))?"
_HOUR_DIGITS = r"(?P<hour>[0-9]{1,2})"
# A model adds the Z of UTC to what is local. Seconds that are not zero and other offsets would be lost: asked again.
_CLOCK = re.compile(rf"t?{_HOUR_DIGITS}:(?P<minute>[0-9]{{2}})(?::00(?:\.0+)?)?(?: ?(?:z|[+-]00:?00))?{_PART}")
_TOGETHER = re.compile(rf"(?P<hour>[0-9]{{2}})(?P<minute>[0-9]{{2}})(?: ?(?:h|hrs|hours))?{_PART}")
_LOOSE = re.compile(rf"{_HOUR_DIGITS}(?:[. ](?P<minute>[0-9]{{2}})| ?h ?(?P<minute_h>[0-9]{{2}})?| o'clock)?{_PART}")
_IN_WORDS = re.compile(rf"{_HOUR_WORD}(?: (?P<minute_word>{_MINUTE_WORD}|[0-9]{{2}})| o'clock)?{_PART}")
_FROM_HOUR = re.compile(
    rf"(?P<minutes>{'|'.join(_SHARES)}|{_MINUTE_WORD}|[0-9]{{1,2}})(?: minutes?)? (?P<side>past|after|to|before) "
    rf"(?:{_HOUR_DIGITS}|{_HOUR_WORD}|(?P<noon>noon))(?: o'clock)?{_PART}"
)
_NOONS = frozenset({"noon", "12 noon", "twelve noon", "midday", "12 midday", "12:00 noon"})
_HOURS_OF_PART = {
    "am": {0: 0, _NOON: 0, **{hour: hour for hour in range(1, _NOON)}},
    "pm": {_NOON: _NOON, **{hour: hour + _NOON for hour in range(1, _NOON)}},
    "in the morning": {hour: hour for hour in range(1, _NOON)},
    "in the afternoon": {_NOON: _NOON, **{hour: hour + _NOON for hour in range(1, 7)}},
    "in the evening": {hour: hour + _NOON for hour in range(5, _NOON)},
    "at night": {hour: hour + _NOON for hour in range(6, _NOON)},
}
"""What an hour is on a clock of 24, by the part of the day that is said with it; what is not here is asked for."""


def _times(text: str) -> set[time]:
    """Every time of day that the text can mean."""
    told = text.removeprefix("at ")
    minutes = _minutes(told)
    return set() if minutes is None or not 0 <= minutes < _HOURS * _HOUR else {time(*divmod(minutes, _HOUR))}


def _minutes(text: str) -> int | None:
    """Of the day; None if it cannot be told, or is not a time."""
    if text in _NOONS:
        return _NOON * _HOUR
    if match := _CLOCK.fullmatch(text) or _TOGETHER.fullmatch(text):
        # Two digits for the minutes are said of a clock of 24 hours, unless a part of the day is said too.
        return _at(_hour(int(match["hour"]), _part(match), on_24=True), int(match["minute"]))
    if match := _LOOSE.fullmatch(text):
        return _at(_hour(int(match["hour"]), _part(match)), int(match["minute"] or match["minute_h"] or 0))
    if match := _IN_WORDS.fullmatch(text):
        return _at(_hour(_HOUR_WORDS.index(match["word"]) + 1, _part(match)), _of_words(match["minute_word"] or "0"))
    if match := _FROM_HOUR.fullmatch(text):
        return _from_hour(match)
    return None


def _from_hour(match: re.Match[str]) -> int | None:
    """`Quarter to five in the afternoon`."""
    if match["noon"]:
        hour = None if _part(match) else _NOON
    else:
        told = int(match["hour"]) if match["hour"] else _HOUR_WORDS.index(match["word"]) + 1
        hour = _hour(told, _part(match)) if told <= _NOON else None
    minutes = _of_words(match["minutes"])
    return _at(hour, 0, minutes if match["side"] in {"past", "after"} else -minutes)


def _part(match: re.Match[str]) -> str | None:
    return match["part"] or match["part_word"]


def _hour(told: int, part: str | None, *, on_24: bool = False) -> int | None:
    """On a clock of 24 hours; None if it could be two, or none."""
    if part is None:
        return told if told < _HOURS and (on_24 or told > _NOON) else None
    hours = _HOURS_OF_PART[part]
    # `18:00 pm` says the same twice.
    return told if told > _NOON and told in hours.values() else hours.get(told)


def _of_words(minutes: str) -> int:
    return int(minutes) if minutes.isdigit() else (_MINUTE_WORDS | _SHARES)[minutes]


def _at(hour: int | None, minute: int, more: int = 0) -> int | None:
    return None if hour is None or minute >= _HOUR or abs(more) >= _HOUR else hour * _HOUR + minute + more
