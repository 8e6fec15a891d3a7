"""Our events as text, and what is read in them when somebody has had them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest

from booking.caldav.reading import NOT_UNDERSTOOD, event_in
from booking.caldav.writing import write
from booking.domain.outside.connections import OurEvent

OURS = OurEvent(
    "a@b.switchboard",
    datetime(2026, 12, 1, 10, tzinfo=UTC),
    datetime(2026, 12, 1, 10, 30, tzinfo=UTC),
    "Ana; Exempla, née Ó \\n: Check-up",
    3,
    datetime(2026, 11, 30, tzinfo=UTC),
)
TEXT = write(OURS).decode()


def test_what_we_write_is_read_as_it_was_meant() -> None:
    assert event_in(TEXT) == {
        "starts_at": "2026-12-01T10:00:00+00:00",
        "ends_at": "2026-12-01T10:30:00+00:00",
        "title": OURS.title,
        "as_we_write": True,
        "is_our_text": True,
    }


def test_a_readers_of_others_find_an_event_of_one_time() -> None:
    event: Any
    [event] = icalendar.Calendar.from_ical(TEXT).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["TRANSP"]) == ("a@b.switchboard", 2, "OPAQUE")
    assert (event.start, event.end) == (OURS.starts_at, OURS.ends_at)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("DTSTART:20261201T100000Z", "DTSTART:20261201T101500Z"),
        ("DTEND:20261201T103000Z", "DTEND:20261201T104500Z"),
        ("SUMMARY:Ana", "SUMMARY:Ben"),
        ("UID:a@", "UID:c@"),
        ("TRANSP:OPAQUE", "TRANSP:TRANSPARENT"),
        ("TRANSP:OPAQUE", "STATUS:CANCELLED"),
        ("X-SWITCHBOARD-MARK", "X-OTHER"),
    ],
)
def test_a_text_that_was_changed_is_not_ours(ours: str, theirs: str) -> None:
    assert ours in TEXT
    assert event_in(TEXT.replace(ours, theirs))["is_our_text"] is False


def test_a_time_in_another_zone_is_the_same_time() -> None:
    said = event_in(TEXT.replace("DTSTART:20261201T100000Z", "DTSTART;TZID=Europe/Berlin:20261201T110000"))
    assert said["is_our_text"] is True


def test_what_a_program_adds_leaves_it_ours() -> None:
    added = "CATEGORIES:Red\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nTRANSP:OPAQUE"
    assert event_in(TEXT.replace("TRANSP:OPAQUE", added))["is_our_text"] is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no calendar",
        TEXT.replace("DTSTART:20261201T100000Z", "DTSTART;VALUE=DATE:20261201"),
        TEXT.replace("DTSTART:20261201T100000Z", "DTSTART:20261201T100000"),
        TEXT.replace("DTSTART:20261201T100000Z\r\n", ""),
        TEXT.replace("TRANSP:OPAQUE", "RRULE:FREQ=DAILY"),
        TEXT.replace("VEVENT", "VTODO"),
        write(replace(OURS, title="x")).decode().replace("END:VEVENT", "END:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT"),
    ],
)
def test_what_happens_otherwise_than_once_is_not_understood(text: str) -> None:
    assert event_in(text) == NOT_UNDERSTOOD
