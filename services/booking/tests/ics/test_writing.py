"""A feed as somebody else's reader understands it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.domain.outside.feeds import Published, PublishedEvent
from booking.domain.schedule.local_time import Period
from booking.ics.reading import busy_times
from booking.ics.timezones import changes, vtimezone
from booking.ics.writing import write

ODD_ZONES = [
    "UTC",
    "America/New_York",
    "America/Halifax",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Chisinau",
    "Pacific/Apia",
    "Pacific/Chatham",
]
FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2028, 11, 30, tzinfo=UTC)
UPDATED = datetime(2026, 11, 30, 17, 4, 5, tzinfo=UTC)


def event(start: datetime, *, number: int = 1, version: int = 1, title: str = "") -> PublishedEvent:
    return PublishedEvent(UUID(int=number), start, start + timedelta(minutes=30), version, UPDATED, title)


def published(*events: PublishedEvent, timezone: str = "America/New_York", name: str = "Dr. Lake") -> Published:
    return Published(name, timezone, events)


def read(text: bytes) -> list[Any]:
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


@pytest.mark.parametrize("timezone", ODD_ZONES)
def test_every_time_is_the_same_to_a_reader_that_knows_the_files_zone_alone(timezone: str) -> None:
    """Around every change of the clocks, by dateutil's reading of VTIMEZONE."""
    zone = ZoneInfo(timezone)
    around = [
        change + timedelta(minutes=minutes) for change in changes(zone, FIRST, LAST) for minutes in range(-180, 181, 15)
    ]
    events = [event(start, number=number) for number, start in enumerate([FIRST, *around, LAST], 1)]
    text = write(published(*events, timezone=timezone)).decode()
    assert [told.astimezone(UTC) for told in _told_times(text, timezone)] == [one.starts_at for one in events]


def _told_times(text: str, timezone: str) -> list[datetime]:
    """DTSTART of each event, in the zone that the file describes."""
    unfolded = text.replace("\r\n ", "")
    zone = None if timezone == "UTC" else tzical(StringIO(unfolded[: unfolded.index("BEGIN:VEVENT")])).get(timezone)
    told: list[datetime] = []
    for line in unfolded.split("BEGIN:VEVENT", 1)[1].splitlines():
        if line.startswith("DTSTART"):
            value = line.rpartition(":")[2]
            shown = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")
            told.append(shown.replace(tzinfo=UTC if value.endswith("Z") else zone))
    return told


@pytest.mark.parametrize("timezone", ODD_ZONES)
def test_a_zones_changes_are_all_told(timezone: str) -> None:
    zone = ZoneInfo(timezone)
    told: Any = vtimezone(zone, FIRST, LAST)
    offsets = sorted((one["DTSTART"].dt - one["TZOFFSETFROM"].td, one["TZOFFSETTO"].td) for one in told.subcomponents)
    moment = FIRST
    while moment < LAST:
        now = [offset for since, offset in offsets if since <= moment.replace(tzinfo=None)][-1]
        assert now == moment.astimezone(zone).utcoffset()
        moment += timedelta(hours=3)


@settings(max_examples=100, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    text = write(published(event(FIRST, title=name)))
    assert max(map(len, text.split(b"\r\n"))) <= 75
    [told] = read(text)
    # icalendar takes a `\\N` that somebody is really called for the old spelling of a new line.
    assert str(told["SUMMARY"]) == name.replace("\\N", "\n")


@pytest.mark.parametrize(
    "name",
    ['Ana; Exempla, \\ "Mrs."', "Zoë 👩🏽‍⚕️" * 30, "two\nlines", "BEGIN:VEVENT", "x" * 200, "\r\nEND:VCALENDAR\r\nX:1"],
)
def test_no_name_makes_a_line_of_its_own(name: str) -> None:
    text = write(published(event(FIRST, title=name)))
    [told] = read(text)
    assert str(told["SUMMARY"]).replace("\r\n", "\n") == name.replace("\r\n", "\n")
    assert text.count(b"\r\nBEGIN:VEVENT\r\n") == text.count(b"\r\nEND:VCALENDAR\r\n") == 1


def test_an_appointment_keeps_its_id_and_counts_its_changes() -> None:
    [before] = read(write(published(event(FIRST))))
    [after] = read(write(published(event(FIRST + timedelta(hours=1), version=3))))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 2)
    assert before["DTSTAMP"].dt == before["LAST-MODIFIED"].dt == UPDATED


def test_without_names_it_says_busy_and_no_more() -> None:
    [told] = read(write(published(event(FIRST))))
    assert (told["SUMMARY"], told["TRANSP"], told["CLASS"]) == ("Busy", "OPAQUE", "PRIVATE")
    assert "DESCRIPTION" not in told


def test_a_calendar_without_appointments_is_a_calendar() -> None:
    text = write(published(name="Zoë; Lake"))
    assert read(text) == []
    assert str(icalendar.Calendar.from_ical(text)["X-WR-CALNAME"]) == "Zoë; Lake"


def test_where_there_are_more_than_a_link_shows_an_event_that_keeps_nothing_busy_says_so() -> None:
    shown, left_out = event(FIRST, title="Ana Exempla"), event(LAST, number=2, title="Ben Sample")
    whole = published(shown)
    text = write(cut := replace(whole, first_left_out=left_out))
    [_, told] = read(text)
    assert str(told["SUMMARY"]) == "More appointments follow than this link can show"
    assert (told["DTSTART"].dt, told["TRANSP"]) == (LAST, "TRANSPARENT")
    assert b"Ben Sample" not in text
    assert cut.edition != whole.edition


def test_the_same_is_written_byte_for_byte_and_has_one_edition() -> None:
    one, same = published(event(FIRST)), published(event(FIRST))
    moved = published(event(FIRST + timedelta(minutes=15)))
    assert write(one) == write(same)
    assert one.edition == same.edition != moved.edition


def test_we_read_of_our_own_feed_what_is_in_it() -> None:
    within = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
    starts = [FIRST + timedelta(days=days, hours=3) for days in range(0, 700, 7)]
    text = write(published(*(event(start, number=number) for number, start in enumerate(starts, 1))))
    assert [one.start for one in busy_times(text, within, ZoneInfo("UTC"))] == starts
