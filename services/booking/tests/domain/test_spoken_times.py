"""Days and times as models really send them: understood in the one way there is, or asked for again."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.reception.spoken_times import Said, WrongWeekday, next_of_its_name, read, read_date, read_time
from booking.domain.reception.wanted_time import SpokenTime

MONDAY = date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (text, TUESDAY)
            for text in (
                "2026-12-01",
                " 2026-12-01 ",
                "2026-12-01T10:00:00Z",
                "2026-12-01T18:00:00.000Z",
                "2026-12-01T18:00Z",
                "2026-12-01T00:00:00+00:00",
                "2026-12-01 10:00",
                "2026-12-01 6pm",
                "2026-12-01 at 18",
                "2026-12-1",
                "2026/12/01",
                "2026.12.01",
                "20261201",
                "Tuesday, 2026-12-01",
                "on tue 2026-12-01",
                "2026-12-01 (Tues.)",
                "Tuesday 2026-12-01T18:00:00Z",
                "December 1, 2026",
                "December 1 2026",
                "Dec. 1st, 2026",
                "1 December 2026",
                "1st of December 2026",
                "the 1st of December, 2026",
                "01-Dec-2026",
                "Tuesday, December 1st, 2026",
                "Tuesday 12/01/2026",
                "Tue, 01.12.2026",
                "December 1st",
                "dec 1",
                "1 December",
                "December first",
                "the first of December",
                "Tuesday, December 1st",
                "Tuesday the 1st of December",
                "Tuesday, December 1st at 6 PM",
                "tomorrow",
                "Tomorrow, Tuesday",
                "tomorrow at 6 pm",
            )
        ),
        ("2028-02-29", date(2028, 2, 29)),
        ("12/25/2026", date(2026, 12, 25)),
        ("25/12/2026", date(2026, 12, 25)),
        ("12-12-2026", date(2026, 12, 12)),
        ("today", MONDAY),
        ("the day after tomorrow", date(2026, 12, 2)),
        ("the twenty-first of December", date(2026, 12, 21)),
        ("march thirty-first", date(2027, 3, 31)),
        ("May 5", date(2027, 5, 5)),
        *(
            (text, None)
            for text in (
                "12/01/2026",
                "01.12.2026",
                "12-01-2026",
                "12/1/26",
                "12/1",
                "13/13/2026",
                "2026-02-29",
                "2026-13-01",
                "0000-01-01",
                "202612",
                "2026-121",
                "2026-12-01x",
                "2026-12-01T25:00",
                "2026-12-01T18:00-08:00",
                "2026-12-01T18:00+05:45",
                "2026-12-01T18:00:30Z",
                "2026-12-01 tomorrow",
                "2026-12-01 or 2026-12-02",
                "2026-12-01/2026-12-02",
                "February 30",
                "December 1stth",
                "November 29",
                "Tuesday",
                "next Tuesday",
                "this Tuesday",
                "Tuesday week",
                "next week",
                "in two weeks",
                "yesterday",
                "December",
                "the 1st",
                "tomorrow or Wednesday",
                "18:00",
                "\u0662\u0660\u0662\u0666-12-01",
                "x" * 1000,
                "",
            )
        ),
    ],
)
def test_a_day_is_understood_or_asked_for(text: str, expected: date | None) -> None:
    assert read_date(text, MONDAY) == expected


@pytest.mark.parametrize("text", ["tomorrow", "today", "December 1st", "Tuesday, December 1st"])
def test_what_is_counted_from_today_is_asked_for_where_nobody_knows_which_day_it_is(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        ("Monday 2026-12-01", 1),
        ("2026-12-01, Wed", 3),
        ("sunday, 2026-12-01T10:00Z", 7),
        ("Tue 2026-12-01 (Fri)", 5),
        ("Monday, December 1st", 1),
        ("tomorrow, Friday", 5),
    ],
)
def test_a_weekday_that_the_date_is_not_is_told(text: str, weekday: int) -> None:
    assert read_date(text, MONDAY) == WrongWeekday(TUESDAY, weekday)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (text, time(18))
            for text in (
                "18:00",
                "18:00:00",
                "18:00Z",
                "18:00:00.000Z",
                "18:00+00:00",
                "T18:00",
                "2026-12-01T18:00:00Z",
                "2026-12-01 6 p.m.",
                "18",
                "18h",
                "18 h",
                "18h00",
                "18.00",
                "1800",
                "1800 hours",
                "18 o'clock",
                "18:00 PM",
                "6pm",
                "6 PM",
                "6 p.m.",
                "6 P.M",
                "6:00 p.m.",
                "6.00 PM",
                "06:00 PM",
                "6:00\u202fPM",
                "at 6 pm",
                "6 o'clock pm",
                "6 o\u2019clock in the evening",
                "six pm",
                "six o'clock in the evening",
                "6 in the evening",
                "6 in the afternoon",
                "6 at night",
                "6:00 in the evening",
            )
        ),
        ("6:30 p.m.", time(18, 30)),
        ("18h30", time(18, 30)),
        ("six thirty pm", time(18, 30)),
        ("half past six pm", time(18, 30)),
        ("five forty-five pm", time(17, 45)),
        ("quarter to 5 pm", time(16, 45)),
        ("a quarter to five in the afternoon", time(16, 45)),
        ("quarter to 1 pm", time(12, 45)),
        ("quarter to 12 pm", time(11, 45)),
        ("quarter past noon", time(12, 15)),
        ("ten past five pm", time(17, 10)),
        ("20 minutes past 5 pm", time(17, 20)),
        ("half past nine in the morning", time(9, 30)),
        ("9 in the morning", time(9)),
        ("9:05", time(9, 5)),
        ("0900", time(9)),
        ("00:00", time(0)),
        ("00:30 AM", time(0, 30)),
        ("12 am", time(0)),
        ("12:15 a.m.", time(0, 15)),
        ("12 PM", time(12)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midday", time(12)),
        ("12 in the afternoon", time(12)),
        ("23:59", time(23, 59)),
        *(
            (text, None)
            for text in (
                "6",
                "six",
                "12",
                "6 o'clock",
                "6h",
                "6.30",
                "630",
                "half past nine",
                "quarter to five",
                "half nine pm",
                "midnight",
                "12 midnight",
                "12 at night",
                "12 in the morning",
                "1 at night",
                "3 in the evening",
                "8 in the afternoon",
                "quarter to 12 am",
                "24:00",
                "2400",
                "25",
                "18:60",
                "6:3",
                "18:00 am",
                "00:00 pm",
                "60 past 5 pm",
                "half past 18",
                "18:00:30",
                "18:00-05:00",
                "18:00 UTC",
                "6 PM EST",
                "-1:00",
                "6pm 7pm",
                "6-7 pm",
                "around 6 pm",
                "after 5 pm",
                "evening",
                "2026-12-01",
                "\u0661\u0668:00",
                "",
            )
        ),
    ],
)
def test_a_time_is_understood_or_asked_for(text: str, expected: time | None) -> None:
    assert read_time(text) == expected


DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


DAY_FORMS: list[Callable[[date], str]] = [
    lambda day: day.isoformat(),
    lambda day: f"{day:%A}, {day.isoformat()}",
    lambda day: f"{day:%a} {day:%Y/%m/%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day:%A}, {day:%B} {day.day}, {day.year}",
    lambda day: f"{day.day} {day:%B} {day.year}",
    lambda day: f"{day.day:02}-{day:%b}-{day.year}",
    lambda day: f"{day:%m/%d/%Y}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day:%A} {day:%m/%d/%Y}",
]
CLOCK_FORMS: list[Callable[[time], str]] = [
    lambda clock: f"{clock:%H:%M}",
    lambda clock: f"{clock:%H:%M:%S}Z",
    lambda clock: f"{clock:%I:%M %p}",
    lambda clock: f"{clock.hour % 12 or 12}:{clock:%M} {'a' if clock.hour < 12 else 'p'}.m.",
    lambda clock: f"{clock.hour % 12 or 12}.{clock:%M}{'am' if clock.hour < 12 else 'pm'}",
    lambda clock: f"{clock:%H%M}",
    lambda clock: f"{clock.hour}h{clock:%M}",
]
WORDS = [
    "december",
    "1st",
    "2026",
    "2026-12-01",
    "12/01",
    "at",
    "t",
    "6",
    "18:00",
    "half past",
    "quarter to",
    "five",
    "pm",
]
WORDS += ["noon", "tuesday", ",", "on", "the", "of", "in the morning", "z", "h", "o'clock", "tomorrow", "-05:00"]


@given(DAYS, st.sampled_from(DAY_FORMS))
def test_a_day_is_read_as_it_was_written_or_asked_for(day: date, form: Callable[[date], str]) -> None:
    text = form(day)

    assert read_date(text) in {day, None}
    if read_date(text) is None:
        assert day.day <= 12, "which of the two is the month"


@given(CLOCKS, st.sampled_from(CLOCK_FORMS))
def test_a_time_is_read_as_it_was_written_or_asked_for(clock: time, form: Callable[[time], str]) -> None:
    text = form(clock)

    assert read_time(text) in {clock, None}
    assert (read_time(text) is None) == ("h" in text and clock.hour <= 12)


@given(DAYS, CLOCKS, st.sampled_from(DAY_FORMS), st.sampled_from(CLOCK_FORMS[:5]), st.sampled_from([" ", ", ", " at "]))
def test_day_and_time_in_one_are_what_they_are_apart(
    day: date, clock: time, day_form: Callable[[date], str], clock_form: Callable[[time], str], between: str
) -> None:
    day_text, clock_text = day_form(day), clock_form(clock)

    together = read(f"{day_text}{between}{clock_text}")

    assert together == (None if read_date(day_text) is None else Said(day, clock))


@given(DAYS, st.dates(date(2024, 1, 1), date(2032, 12, 31)))
def test_a_day_without_a_year_is_the_next_one_or_asked_for(day: date, today: date) -> None:
    read_as = read_date(f"{day:%B} {day.day}", today)

    assert read_as in {next_of_its_name(day, today), None}
    if read_as is not None:
        assert today <= read_as <= today + timedelta(days=300)


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_whatever_is_said_is_read_or_not_and_harms_nothing(text: str) -> None:
    assert read(text, MONDAY) is None or isinstance(read(text, MONDAY), Said)


@pytest.mark.parametrize(
    ("day", "time_of_day", "expected"),
    [
        ("2026-12-01", "18:00", datetime(2026, 12, 1, 18)),
        ("2026-12-01", "2026-12-01T18:00:00Z", datetime(2026, 12, 1, 18)),
        ("Tuesday 2026-12-01", "2026-12-01 6pm", datetime(2026, 12, 1, 18)),
        ("2026-12-01T00:00:00Z", "18:00", datetime(2026, 12, 1, 18)),
        ("2026-12-01T18:00:00Z", "6 PM", datetime(2026, 12, 1, 18)),
        ("tomorrow", "tomorrow at 6 pm", datetime(2026, 12, 1, 18)),
        ("Monday 2026-12-01", "18:00", WrongWeekday(TUESDAY, 1)),
    ],
)
def test_a_day_and_a_time_that_agree_are_what_a_clock_shows(
    day: str, time_of_day: str, expected: datetime | WrongWeekday
) -> None:
    assert SpokenTime(day, time_of_day).wall(MONDAY) == expected


@pytest.mark.parametrize(
    ("day", "time_of_day", "argument"),
    [
        ("2026-12-01", "2026-12-02T18:00:00Z", "appointmentTime"),
        ("2026-12-01T10:00:00Z", "18:00", "appointmentTime"),
        ("2026-12-01", "nonsense", "appointmentTime"),
        ("2026-12-01", "2026-12-01", "appointmentTime"),
        ("18:00", "18:00", "appointmentDate"),
        ("next Friday", "18:00", "appointmentDate"),
    ],
)
def test_a_day_and_a_time_that_contradict_each_other_are_asked_for(day: str, time_of_day: str, argument: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as asked:
        SpokenTime(day, time_of_day).wall(MONDAY)
    assert asked.value.metadata == {"argument": argument}
