"""Which times are free: on a day, on the days of a range, next, with whom."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from services.booking.tests.conftest import PATIENCE
from services.booking.tests.rpc.test_receptionist_service import WEEK, book, check, open_clinic
from switchboard.booking.v1 import calendar_service_pb2 as pb
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

TUESDAY = "2026-12-01"


@pytest.fixture
async def clinic(booking: RpcClient, organization: TenantId) -> AsyncIterator[TenantId]:
    """It is Monday, November 30th 2026, noon; open Monday to Friday 08:00 to 18:00."""
    await open_clinic(booking, organization)
    with tenant_scope(organization):
        yield organization


async def close(booking: RpcClient, *closures: dict[str, Any]) -> None:
    stub = booking.stub(CalendarServiceStub)
    for calendar in (await stub.ListCalendars(pb.ListCalendarsRequest(), timeout=PATIENCE)).calendars:
        listed = pb.UpdateCalendarRequest.Closures(closures=[pb.Closure(**closure) for closure in closures])
        await stub.UpdateCalendar(pb.UpdateCalendarRequest(id=calendar.id, closures=listed), timeout=PATIENCE)


async def add_calendar(booking: RpcClient, name: str, timezone: str = "America/New_York") -> str:
    made = await booking.stub(CalendarServiceStub).CreateCalendar(
        pb.CreateCalendarRequest(name=name, timezone=timezone, opening_hours=WEEK), timeout=PATIENCE
    )
    return made.calendar.id


async def test_a_range_is_answered_with_the_days_that_have_something(booking: RpcClient, clinic: TenantId) -> None:
    await close(
        booking, {"first_day": TUESDAY}, {"first_day": "2026-12-03", "from_time": "00:00", "until_time": "17:30"}
    )

    reply = await check(booking, clinic, date=TUESDAY, until_date="2026-12-04")

    assert reply.say == (
        "On Wednesday, December 2nd, 8 AM and 12 PM; on Thursday, December 3rd, 5:30 PM are free. Which would you like?"
    )
    assert [day["date"] for day in reply.data["days"]] == ["2026-12-02", "2026-12-03", "2026-12-04"]
    assert list(reply.data["days"][1]["slots"]) == ["2026-12-03T17:30:00-05:00"]


async def test_a_range_looks_at_what_can_be_booked_of_it(booking: RpcClient, clinic: TenantId) -> None:
    begun = await check(booking, clinic, date="2026-11-25", until_date=TUESDAY)
    assert (begun.data["date"], begun.data["untilDate"]) == ("2026-11-30", TUESDAY)

    long = await check(booking, clinic, date=TUESDAY, until_date="2028-01-01")
    assert (long.data["untilDate"], long.data["outcome"]) == ("2026-12-31", "free_days")
    assert "I have looked no further than Thursday, December 31st." in long.say

    beyond = await check(booking, clinic, date="2027-05-27", until_date="2027-06-30")
    assert beyond.data["untilDate"] == "2027-05-29"
    assert "I have looked no further than Saturday, May 29th." in beyond.say
    assert "no further" not in begun.say


async def test_a_range_without_anything_free_offers_the_nearest_day(booking: RpcClient, clinic: TenantId) -> None:
    await close(booking, {"first_day": TUESDAY, "last_day": "2026-12-31"})

    reply = await check(booking, clinic, date=TUESDAY, until_date="2026-12-04")

    assert reply.say == (
        "Between Tuesday, December 1st and Friday, December 4th nothing is free. "
        "On Friday, January 1st, 8 AM, 8:15 AM and 12 PM are free."
    )


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        ("2026-11-20", "2026-11-27", "past"),
        ("2024-12-01", "2024-12-05", "past_year"),
        ("2027-06-01", "2027-06-05", "too_far_ahead"),
        (TUESDAY, "Monday 2026-12-02", "wrong_weekday"),
    ],
)
async def test_a_range_that_cannot_be_booked_is_refused_as_a_day_is(
    booking: RpcClient, clinic: TenantId, first: str, last: str, outcome: str
) -> None:
    assert (await check(booking, clinic, date=first, until_date=last)).data["outcome"] == outcome


@pytest.mark.parametrize(("first", "last", "asked"), [(TUESDAY, "2026-11-30", "untilDate"), ("soon", "", "date")])
async def test_a_range_that_is_none_is_asked_for_again(
    booking: RpcClient, clinic: TenantId, first: str, last: str, asked: str
) -> None:
    with pytest.raises(RemoteError) as refused:
        await check(booking, clinic, date=first, until_date=last)
    assert refused.value.metadata == {"argument": asked}


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2024-12-01", "Sunday, December 1st, 2024 is over. Do you mean Tuesday, December 1st, 2026?"),
        ("2025-03-02", "Sunday, March 2nd, 2025 is over. Do you mean Tuesday, March 2nd, 2027?"),
        ("Monday 2026-12-01", "December 1st, 2026 is a Tuesday, not a Monday. Which day would you like?"),
    ],
)
async def test_a_date_that_cannot_be_meant_is_asked_about(
    booking: RpcClient, clinic: TenantId, date: str, said: str
) -> None:
    reply = await check(booking, clinic, date=date)
    assert reply.say == said


@pytest.mark.parametrize("date", ["2025-11-29", "2024-02-29", "2025-08-01"])
async def test_a_date_of_a_year_that_is_over_is_over_where_its_next_one_cannot_be_booked(
    booking: RpcClient, clinic: TenantId, date: str
) -> None:
    assert (await check(booking, clinic, date=date)).data["outcome"] == "past"


async def test_the_next_free_day_is_found_two_months_ahead(booking: RpcClient, clinic: TenantId) -> None:
    await close(booking, {"first_day": TUESDAY, "last_day": "2027-01-28"})
    reply = await check(booking, clinic, date=TUESDAY)
    assert reply.data["alternatives"][0].startswith("2027-01-29")


async def test_where_nothing_later_is_free_the_nearest_day_before_is_offered(
    booking: RpcClient, clinic: TenantId
) -> None:
    await close(booking, {"first_day": "2026-12-03", "last_day": "2027-12-31"})
    reply = await check(booking, clinic, date="2026-12-10")
    assert reply.say.startswith("On Thursday, December 10th we are closed. On Wednesday, December 2nd, ")


async def test_a_full_day_says_so(booking: RpcClient, clinic: TenantId) -> None:
    await close(booking, {"first_day": TUESDAY, "from_time": "08:30", "until_time": "18:00"})
    await book(booking, clinic, appointment_time="08:00")
    reply = await check(booking, clinic, date=TUESDAY)
    assert reply.data["outcome"] == "full"
    assert reply.say.startswith("On Tuesday, December 1st nothing is free. On Wednesday, December 2nd, ")


async def test_a_calendar_is_asked_for_by_name(booking: RpcClient, clinic: TenantId) -> None:
    lake = await add_calendar(booking, "Dr. Anna Lake")
    for _ in range(2):
        await book(booking, clinic, appointment_time="08:00", practitioner="doctor lake")

    with_her = await check(booking, clinic, date=TUESDAY, practitioner="Dr. Lake")
    with_anyone = await check(booking, clinic, date=TUESDAY, practitioner="anyone")
    booked = await book(booking, clinic, appointment_time="09:00", practitioner="Lake")

    assert with_her.data["slots"][0] == "2026-12-01T08:30:00-05:00"
    assert with_anyone.data["slots"][0] == "2026-12-01T08:00:00-05:00"
    assert booked.data["calendarId"] == lake


async def test_who_is_not_there_is_answered_with_who_is(booking: RpcClient, clinic: TenantId) -> None:
    await add_calendar(booking, "Dr. Lake")
    reply = await check(booking, clinic, date=TUESDAY, practitioner="Dr. Jones")
    assert reply.data["outcome"] == "unknown_practitioner"
    assert sorted(reply.data["practitioners"]) == ["Dr. Lake", "Room 0"]
    assert reply.say.startswith("For Consultation there is ")


async def test_calendars_of_several_zones_are_each_offered_on_their_own_clock(
    booking: RpcClient, clinic: TenantId
) -> None:
    west = await add_calendar(booking, "Los Angeles", "America/Los_Angeles")
    both = await check(booking, clinic, date=TUESDAY)
    clocks = [slot[11:16] for slot in both.data["slots"]]
    assert clocks == sorted(set(clocks))
    assert (clocks[0], clocks[-1]) == ("08:00", "17:30")

    booked = [
        await book(booking, clinic, appointment_time="08:00", patient_name=name) for name in ("Ana", "Ben", "Cleo")
    ]

    assert [one.data["outcome"] for one in booked] == ["booked", "booked", "taken"]
    assert {one.data["startsAt"] for one in booked[:2]} == {"2026-12-01T08:00:00-05:00", "2026-12-01T08:00:00-08:00"}
    there = await check(booking, clinic, date="2026-12-02", practitioner="Los Angeles")
    assert there.data["slots"][0] == "2026-12-02T08:00:00-08:00"
    assert west
