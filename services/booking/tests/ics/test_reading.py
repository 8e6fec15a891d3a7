"""When a calendar outside is busy, as its text says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.domain.outside.busy_sources import CannotRead, Failure
from booking.domain.schedule.local_time import Period
from booking.ics import outside, reading
from booking.ics.outside import read_apart
from booking.ics.reading import NotACalendar, TooManyEvents, busy_times

NEW_YORK = ZoneInfo("America/New_York")
WITHIN = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))


def calendar(*components: str, header: str = "") -> bytes:
    lines = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{header}{''.join(components)}END:VCALENDAR\n"
    return lines.replace("\n", "\r\n").encode()


def event(lines: str, uid: str = "1") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT\n"


def free_busy(*lines: str) -> str:
    """What Outlook and others publish where they tell no events."""
    whole = "UID:1\nDTSTAMP:20260101T000000Z\nDTSTART:20261101T000000Z\nDTEND:20270401T000000Z"
    return "\n".join(["BEGIN:VFREEBUSY", whole, *lines, "END:VFREEBUSY\n"])


def busy(text: bytes, zone: ZoneInfo = NEW_YORK, within: Period = WITHIN) -> list[str]:
    return [f"{one.start:%m-%d %H:%M} to {one.end:%m-%d %H:%M}" for one in busy_times(text, within, zone)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20261201T100000Z\nDTEND:20261201T110000Z", ["12-01 10:00 to 12-01 11:00"]),
        ("DTSTART:20261201T100000Z\nDURATION:PT45M", ["12-01 10:00 to 12-01 10:45"]),
        ("DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H", ["12-01 09:00 to 12-01 10:00"]),
        ("DTSTART;TZID=W. Europe Standard Time:20261201T100000\nDURATION:PT1H", ["12-01 09:00 to 12-01 10:00"]),
        # Floating times and days are those of the calendar's zone.
        ("DTSTART:20261201T100000\nDTEND:20261201T110000", ["12-01 15:00 to 12-01 16:00"]),
        ("DTSTART;VALUE=DATE:20261201", ["12-01 05:00 to 12-02 05:00"]),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261204", ["12-01 05:00 to 12-04 05:00"]),
        ("DTSTART;VALUE=DATE:20270314", ["03-14 05:00 to 03-15 04:00"]),
        ("DTSTART:20261201T100000Z", []),
        ("DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nSTATUS:CANCELLED", []),
        (
            "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nTRANSP:OPAQUE\nSTATUS:TENTATIVE",
            ["12-01 10:00 to 12-01 11:00"],
        ),
    ],
)
def test_an_event_is_busy_from_its_start_to_its_end(lines: str, expected: list[str]) -> None:
    assert busy(calendar(event(lines))) == expected


def test_what_repeats_is_busy_each_time_on_the_clock_of_its_zone() -> None:
    lines = "DTSTART;TZID=America/New_York:20270308T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert busy(calendar(event(lines))) == [
        "03-08 15:00 to 03-08 16:00",
        "03-15 14:00 to 03-15 15:00",
        "03-22 14:00 to 03-22 15:00",
    ]


def test_exceptions_and_moved_times_of_what_repeats_are_respected() -> None:
    series = (
        "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nRRULE:FREQ=DAILY;UNTIL=20261205T100000Z\n"
        "EXDATE:20261202T100000Z\nRDATE:20261220T100000Z"
    )
    moved = "RECURRENCE-ID:20261203T100000Z\nDTSTART:20261203T150000Z\nDTEND:20261203T160000Z"
    cancelled = "RECURRENCE-ID:20261204T100000Z\nDTSTART:20261204T100000Z\nDTEND:20261204T110000Z\nSTATUS:CANCELLED"
    assert busy(calendar(event(series), event(moved), event(cancelled))) == [
        "12-01 10:00 to 12-01 11:00",
        "12-03 15:00 to 12-03 16:00",
        "12-05 10:00 to 12-05 11:00",
        "12-20 10:00 to 12-20 11:00",
    ]


def test_a_zone_of_the_files_own_is_used() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our Zone\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\n"
        "TZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    lines = "DTSTART;TZID=Our Zone:20261201T100000\nDURATION:PT1H"
    assert busy(calendar(zone, event(lines))) == ["12-01 07:00 to 12-01 08:00"]


def test_busy_times_that_overlap_or_touch_are_one() -> None:
    times = [("10", "12"), ("11", "13"), ("13", "14"), ("16", "17")]
    events = [
        event(f"DTSTART:20261201T{start}0000Z\nDTEND:20261201T{end}0000Z", uid=str(number))
        for number, (start, end) in enumerate(times)
    ]
    assert busy(calendar(*events)) == ["12-01 10:00 to 12-01 14:00", "12-01 16:00 to 12-01 17:00"]


def test_what_reaches_beyond_the_period_is_cut() -> None:
    within = Period(datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC))
    lines = "DTSTART:20261130T100000Z\nDTEND:20261205T110000Z"
    assert busy(calendar(event(lines)), within=within) == ["12-01 10:00 to 12-01 12:00"]


def test_what_a_clock_shows_twice_is_busy_from_the_first_to_the_second_time() -> None:
    lines = "DTSTART:20261101T013000\nDTEND:20261101T014500"
    assert busy(calendar(event(lines))) == ["11-01 05:30 to 11-01 06:45"]


def test_several_calendars_in_one_file_are_all_read() -> None:
    first = calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H"))
    second = calendar(event("DTSTART:20261202T100000Z\nDURATION:PT1H"))
    assert busy(first + second) == ["12-01 10:00 to 12-01 11:00", "12-02 10:00 to 12-02 11:00"]


def test_times_that_are_told_without_events_are_busy_unless_they_are_free() -> None:
    lines = [
        "FREEBUSY:20261201T100000Z/PT1H,20261202T100000Z/20261202T110000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261203T100000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261204T100000Z/PT1H",
        "FREEBUSY;FBTYPE=X-ON-FIRE:20261205T100000Z/PT1H",
        "FREEBUSY;FBTYPE=FREE:20261206T100000Z/PT1H",
        "FREEBUSY:20261207T100000/PT1H",
        "FREEBUSY:20270701T100000Z/PT1H",
    ]
    assert busy(calendar(free_busy(*lines), event("DTSTART:20261201T103000Z\nDURATION:PT1H"))) == [
        "12-01 10:00 to 12-01 11:30",
        "12-02 10:00 to 12-02 11:00",
        "12-03 10:00 to 12-03 11:00",
        "12-04 10:00 to 12-04 11:00",
        "12-05 10:00 to 12-05 11:00",
        "12-07 15:00 to 12-07 16:00",
    ]


def test_nobody_is_busy_while_nothing_is_told() -> None:
    assert busy(calendar(free_busy())) == []


def test_an_empty_calendar_is_never_busy() -> None:
    assert busy(calendar()) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>Sign in</html>",
        b"BEGIN:VCALENDAR\r\n",
        calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H"))[:-20],
        calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H")) + b"BEGIN:VCALENDAR\r\n",
        calendar(event("SUMMARY:without a time")),
        calendar(event("DTSTART:some day\nDURATION:PT1H")),
        calendar(event("DTSTART:20261201T100000Z\nDTEND:later")),
        calendar(event("DTSTART:20261201T100000Z\nDURATION:long")),
        calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H\nRRULE:FREQ=OFTEN")),
        calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:sometimes")),
        calendar(event("DTSTART;TZID=Nowhere/Land:20261201T100000\nDURATION:PT1H")),
        calendar(event("DTSTART;TZID=Nowhere/Land:20261201T100000\nRRULE:FREQ=DAILY;COUNT=2\nDURATION:PT1H")),
        calendar(event("DTSTART:20261201T100000Z\nDURATION:PT1H\nRDATE;TZID=Nowhere/Land:20261202T100000")),
        calendar(free_busy("FREEBUSY:sometimes")),
        calendar(free_busy("FREEBUSY;TZID=Nowhere/Land:20261201T100000/PT1H")),
        b"BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ],
)
async def test_what_cannot_be_understood_as_a_whole_is_no_calendar(text: bytes) -> None:
    """Half of it would be a calendar that is free where it is not."""
    with pytest.raises(CannotRead) as told:
        await read_apart(text, WITHIN, "America/New_York")
    assert told.value.failure is Failure.NOT_A_CALENDAR


def test_a_half_file_is_told_apart_from_a_whole_one_without_the_library() -> None:
    with pytest.raises(NotACalendar):
        busy(calendar()[:-5])


def test_more_events_than_we_take_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_EVENTS", 100)
    text = calendar(event("DTSTART:20261101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY"))
    busy(text, within=Period(WITHIN.start, WITHIN.start + timedelta(hours=100)))
    with pytest.raises(TooManyEvents):
        busy(text, within=Period(WITHIN.start, WITHIN.start + timedelta(hours=101)))


async def test_a_text_is_read_apart_as_here() -> None:
    text = calendar(event("DTSTART;VALUE=DATE:20261201"))
    read = await read_apart(text, WITHIN, "Asia/Kathmandu")
    assert read == busy_times(text, WITHIN, ZoneInfo("Asia/Kathmandu")) != []


async def test_a_text_that_takes_more_than_it_is_given_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_SECONDS", 2.0)
    text = calendar(event("DTSTART:20000101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"))
    with pytest.raises(CannotRead) as told:
        await read_apart(text, WITHIN, "UTC")
    assert told.value.failure is Failure.TOO_MANY_EVENTS
