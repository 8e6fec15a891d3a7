"""From a real HTTPS server to busy times, by a process of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from booking.domain.outside.busy_sources import BusyTimes, CannotRead, Failure
from booking.domain.schedule.local_time import Period
from booking.ics.fetching import Fetcher
from booking.ics.outside import IcsCalendars
from booking.ics.reach import ANYWHERE, PUBLIC, Reach
from chassis.outside.addresses import Address
from chassis.testing.outside import Outside

WITHIN = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))
TEXT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    b"DTSTART:20261201T100000\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


async def here(_host: str, _port: int) -> Sequence[Address]:
    return [ip_address("127.0.0.1")]


def calendars(outside: Outside, reach: Reach = ANYWHERE) -> IcsCalendars:
    return IcsCalendars(Fetcher(reach, resolve=here, trust=outside.trust))


async def test_what_is_there_is_fetched_and_read(outside: Outside) -> None:
    outside.answers(TEXT, headers={"ETag": '"1"'})
    read = await calendars(outside).busy_times(outside.url(), None, WITHIN, "America/New_York")
    busy = Period(datetime(2026, 12, 1, 15, tzinfo=UTC), datetime(2026, 12, 1, 16, tzinfo=UTC))
    assert read == BusyTimes([busy], '"1"')


async def test_what_has_not_changed_is_not_read(outside: Outside) -> None:
    outside.answers(b"", status="304 Not Modified")
    assert await calendars(outside).busy_times(outside.url(), '"1"', WITHIN, "UTC") is None


async def test_a_page_that_is_no_calendar_is_told(outside: Outside) -> None:
    outside.answers(b"<html>Sign in</html>")
    with pytest.raises(CannotRead) as told:
        await calendars(outside).busy_times(outside.url(), None, WITHIN, "UTC")
    assert told.value.failure is Failure.NOT_A_CALENDAR


async def test_as_it_is_served_nothing_on_this_machine_is_asked(outside: Outside) -> None:
    outside.answers(TEXT)
    with pytest.raises(CannotRead) as told:
        await calendars(outside, PUBLIC).busy_times(outside.url(), None, WITHIN, "UTC")
    assert (told.value.failure, outside.connections) == (Failure.ADDRESS_NOT_PUBLIC, 0)
