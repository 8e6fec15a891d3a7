"""Days and times as models really send them, booked on clocks that are far from ours: none is moved in silence."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from services.booking.tests.rpc.receptionist.telephone import Clinic, open_clinic, outcome

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
ZONES = [
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Nuuk",
    "Pacific/Kiritimati",
]
MEANT = "2026-12-03T17:00:00"
"""A Thursday."""
UNDERSTOOD = [
    ("2026-12-03", "17:00"),
    ("2026-12-03T17:00:00Z", "2026-12-03T17:00:00Z"),
    ("2026-12-03T00:00:00.000Z", "17:00:00Z"),
    ("Thursday, December 3rd", "5 PM"),
    ("December 3rd", "05:00 PM"),
    ("Dec 3, 2026", "5:00 p.m."),
    ("3 December 2026", "17h"),
    ("2026/12/03", "1700"),
    ("20261203", "17"),
    ("Thursday 2026-12-03", "5 in the afternoon"),
    ("the third of December", "five o'clock in the evening"),
]
ASKED_FOR = [
    ("12/03/2026", "17:00"),
    ("Thursday, 12/03/2026", "17:00"),  # so is the 12th of March
    ("03.12.2026", "17:00"),
    ("next Thursday", "17:00"),
    ("Thursday", "17:00"),
    ("2026-12-03", "5"),
    ("2026-12-03", "5 o'clock"),
    ("2026-12-03", "half past five"),
    ("2026-12-03", "2026-12-04T17:00:00Z"),
    ("2026-12-03T10:00:00", "17:00"),
    ("2026-12-03T17:00:00-05:00", "17:00"),
    ("2026-12-03", "17:00+05:45"),
    ("2026-12-03", "midnight"),
    ("2026-12-03", "24:00"),
]


async def booked_at(clinic: Clinic) -> list[datetime]:
    return [one.starts_at.ToDatetime(UTC) for one in await clinic.appointments()]


@pytest.mark.parametrize("zone", ZONES)
async def test_what_has_one_reading_is_booked_then_on_the_clinics_clock(booking: RpcClient, zone: str) -> None:
    clinic = await open_clinic(booking, timezone=zone)
    meant = datetime.fromisoformat(MEANT).replace(tzinfo=ZoneInfo(zone))

    for day, time in UNDERSTOOD:
        call = clinic.call()
        reply = await call.book(date=day, time=time)
        assert (outcome(reply), reply.data["startsAt"]) == ("booked", meant.isoformat()), (day, time)
        assert "Thursday, December 3rd at 5 PM" in reply.say
        assert await booked_at(clinic) == [meant.astimezone(UTC)]
        assert outcome(await call.cancel(appointmentDate=day, appointmentTime=time)) == "cancelled"


@pytest.mark.parametrize("zone", ZONES)
async def test_what_has_none_or_several_is_asked_for_and_books_nothing(booking: RpcClient, zone: str) -> None:
    clinic = await open_clinic(booking, timezone=zone)

    for day, time in ASKED_FOR:
        with pytest.raises(RemoteError) as asked:
            await clinic.call().book(date=day, time=time)
        assert asked.value.reason == "ARGUMENT_NOT_UNDERSTOOD", (day, time)
    assert await clinic.appointments() == []


@pytest.mark.parametrize("zone", ZONES)
async def test_tomorrow_is_the_day_after_the_clinics_today(booking: RpcClient, zone: str) -> None:
    clinic = await open_clinic(booking, timezone=zone)
    tomorrow = NOW.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)

    reply = await clinic.call().book(date="tomorrow", time="10:00")

    assert str(reply.data["startsAt"]).startswith(f"{tomorrow}T10:00")


async def test_tomorrow_is_asked_for_where_the_clinic_has_two_todays(booking: RpcClient) -> None:
    clinic = await open_clinic(booking, timezone="America/New_York")
    await clinic.add_calendar("Pacific/Apia")

    with pytest.raises(RemoteError) as asked:
        await clinic.call().book(date="tomorrow", time="10:00")

    assert asked.value.metadata == {"argument": "appointmentDate"}


@pytest.mark.parametrize("zone", ZONES)
async def test_each_quarter_of_an_hour_at_a_change_of_clocks_is_told_apart(booking: RpcClient, zone: str) -> None:
    clinic = await open_clinic(booking, timezone=zone)
    call = clinic.call()

    for change, before, after in changes(ZoneInfo(zone)):
        odd = "no_such_time" if after > before else "time_occurs_twice"
        first, last = sorted(change.replace(tzinfo=None) + offset for offset in (before, after))
        wall = first - timedelta(minutes=15)
        while wall <= last:
            expected = odd if first <= wall < last else "closed"
            reply = await call.book(date=f"{wall:%B %d, %Y}", time=f"{wall:%I:%M %p}")
            assert outcome(reply) == expected, wall
            wall += timedelta(minutes=15)


def changes(tz: ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """When clocks change within the horizon, with the offsets before and after; found by looking at every hour."""
    for hours in range(24, 24 * 179):
        at = NOW.replace(minute=0) + timedelta(hours=hours)
        before, after = ((at + step).astimezone(tz).utcoffset() for step in (-timedelta(seconds=1), timedelta()))
        assert before is not None
        assert after is not None
        if before != after:
            yield at, before, after
