"""A calendar by its secret link."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import icalendar
import pytest

from booking.domain.outside.feeds import MOST_FEEDS
from booking.store import feeds as store_of_feeds
from chassis.errors import RemoteError
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.rpc.outside.clinic import Clinic
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2
from switchboard.booking.v1.busy_source_service_pb2 import ListBusySourcesRequest
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.feed_service_pb2 import (
    CreateFeedRequest,
    CreateFeedResponse,
    ListFeedsRequest,
    ReadFeedRequest,
    ReadFeedResponse,
    RevokeFeedRequest,
)
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceStub


async def create(clinic: Clinic, *, with_names: bool = False) -> CreateFeedResponse:
    request = CreateFeedRequest(calendar_id=clinic.calendar_id, with_names=with_names)
    made: CreateFeedResponse = await clinic.feeds("CreateFeed", request)
    return made


async def read(clinic: Clinic, secret: str, *known: str) -> ReadFeedResponse:
    """As the gateway does: for no organization."""
    request = ReadFeedRequest(secret=secret, known_editions=known)
    return await clinic.client.stub(FeedServiceStub).ReadFeed(request, timeout=10)


async def events(clinic: Clinic, secret: str) -> list[Any]:
    return icalendar.Calendar.from_ical((await read(clinic, secret)).icalendar).walk("VEVENT")


async def refusal(clinic: Clinic, secret: str) -> str:
    with pytest.raises(RemoteError) as refused:
        await read(clinic, secret)
    return refused.value.reason


async def test_a_link_shows_when_the_calendar_is_busy(clinic: Clinic) -> None:
    await clinic.book()
    made = await create(clinic)
    [event] = await events(clinic, made.secret)
    assert event.start.isoformat() == "2026-12-01T10:00:00-05:00"
    assert event.end - event.start == timedelta(minutes=30)
    assert event["SUMMARY"] == "Busy"


async def test_a_link_shows_names_where_that_was_wished(clinic: Clinic) -> None:
    await clinic.book()
    [event] = await events(clinic, (await create(clinic, with_names=True)).secret)
    assert event["SUMMARY"] == "Ana Exempla: Consultation"


async def test_without_names_nothing_of_a_person_is_in_it(clinic: Clinic) -> None:
    await clinic.book()
    text = (await read(clinic, (await create(clinic)).secret)).icalendar
    assert b"Ana" not in text
    assert b"Consultation" not in text


async def test_what_was_cancelled_is_not_shown(clinic: Clinic) -> None:
    booked = await clinic.book()
    made = await create(clinic)
    await clinic.cancel(str(booked.data["appointmentId"]))
    assert await events(clinic, made.secret) == []


async def test_thirty_days_back_are_shown_and_no_more(clinic: Clinic, clock: StoppedClock) -> None:
    await clinic.book()
    made = await create(clinic)
    clock.now = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    assert len(await events(clinic, made.secret)) == 1
    clock.move(timedelta(seconds=1))
    assert await events(clinic, made.secret) == []


async def test_what_a_reader_has_is_not_told_again_until_it_changes(clinic: Clinic) -> None:
    made = await create(clinic)
    before = await read(clinic, made.secret)
    again = await read(clinic, made.secret, "another", before.edition)
    assert (again.edition, again.icalendar) == (before.edition, b"")
    await clinic.book()
    after = await read(clinic, made.secret, before.edition)
    assert after.edition != before.edition
    assert after.icalendar != b""


async def test_a_link_that_was_revoked_and_one_that_never_was_are_the_same(clinic: Clinic) -> None:
    made = await create(clinic)
    await clinic.feeds("RevokeFeed", RevokeFeedRequest(id=made.feed.id))
    assert {await refusal(clinic, secret) for secret in (made.secret, "x" * 43, "", "é\0")} == {"FEED_NOT_FOUND"}
    assert list((await clinic.feeds("ListFeeds", ListFeedsRequest())).feeds) == []


async def test_a_link_shows_its_own_calendar_alone(clinic: Clinic, neighbour: Clinic) -> None:
    await clinic.book()
    assert await events(neighbour, (await create(neighbour)).secret) == []
    with pytest.raises(RemoteError) as refused:
        await neighbour.feeds("CreateFeed", CreateFeedRequest(calendar_id=clinic.calendar_id))
    assert refused.value.reason == "CALENDAR_NOT_FOUND"


async def test_a_stranger_ends_no_link(clinic: Clinic, neighbour: Clinic) -> None:
    made = await create(clinic)
    with pytest.raises(RemoteError) as refused:
        await neighbour.feeds("RevokeFeed", RevokeFeedRequest(id=made.feed.id))
    assert refused.value.reason == "FEED_NOT_FOUND"
    assert await events(clinic, made.secret) == []


async def test_links_are_listed_without_their_secrets(clinic: Clinic) -> None:
    made = [await create(clinic), await create(clinic, with_names=True)]
    listed = await clinic.feeds("ListFeeds", ListFeedsRequest(calendar_id=clinic.calendar_id))
    assert {one.id for one in listed.feeds} == {one.feed.id for one in made}
    assert not any(one.secret in str(listed) for one in made)


async def test_a_secret_has_256_bits_and_is_kept_nowhere(clinic: Clinic, service_database: ServiceDatabase) -> None:
    made = await create(clinic)
    assert len(made.secret) == 43
    connection = await asyncpg.connect(service_database.superuser_url)
    rows = await connection.fetch("SELECT t::text FROM booking.feeds t WHERE org_id = $1", clinic.tenant)
    await connection.close()
    assert len(rows) == 1
    assert made.secret not in rows[0][0]


async def test_a_calendar_has_so_many_links_and_no_more(clinic: Clinic) -> None:
    for _ in range(MOST_FEEDS):
        await create(clinic)
    with pytest.raises(RemoteError) as refused:
        await create(clinic)
    assert refused.value.reason == "TOO_MANY_FEEDS"


async def test_a_calendar_out_of_use_gets_no_link(clinic: Clinic) -> None:
    request = calendar_pb2.DeleteCalendarRequest(id=clinic.calendar_id)
    await clinic.ask(CalendarServiceStub, "DeleteCalendar", request)
    with pytest.raises(RemoteError) as refused:
        await create(clinic)
    assert refused.value.reason == "CALENDAR_NOT_FOUND"


@pytest.mark.parametrize("calendar_id", ["nothing", "6f7e6735-ca62-42d6-af42-05665772bb2e", "the neighbour's"])
async def test_of_a_calendar_that_is_not_there_nothing_is_listed(
    clinic: Clinic, neighbour: Clinic, calendar_id: str
) -> None:
    asked = {"calendar_id": neighbour.calendar_id if calendar_id == "the neighbour's" else calendar_id}
    for ask in (
        clinic.feeds("ListFeeds", ListFeedsRequest(**asked)),
        clinic.sources("ListBusySources", ListBusySourcesRequest(**asked)),
        clinic.conflicts(**asked),
    ):
        with pytest.raises(RemoteError) as refused:
            await ask
        assert refused.value.reason == "CALENDAR_NOT_FOUND"


async def test_links_to_a_calendar_out_of_use_are_still_listed(clinic: Clinic) -> None:
    made = await create(clinic)
    await clinic.ask(CalendarServiceStub, "DeleteCalendar", calendar_pb2.DeleteCalendarRequest(id=clinic.calendar_id))
    listed = await clinic.feeds("ListFeeds", ListFeedsRequest(calendar_id=clinic.calendar_id))
    assert list(listed.feeds) == [made.feed]


async def test_where_there_are_more_than_a_link_shows_it_says_from_when_on(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for time in ("12:00", "10:00", "11:00"):
        await clinic.book(time=time, name=f"Ana Exempla {time}")
    made = await create(clinic, with_names=True)
    assert len(await events(clinic, made.secret)) == 3
    monkeypatch.setattr(store_of_feeds, "MOST_EVENTS", 2)

    [first, second, more] = await events(clinic, made.secret)

    assert [one.start.hour for one in (first, second, more)] == [10, 11, 12]
    assert (more["SUMMARY"], more["TRANSP"]) == ("More appointments follow than this link can show", "TRANSPARENT")


@pytest.mark.parametrize("calendar_id", ["", "nothing", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
async def test_no_calendar_no_link(clinic: Clinic, calendar_id: str) -> None:
    with pytest.raises(RemoteError) as refused:
        await clinic.feeds("CreateFeed", CreateFeedRequest(calendar_id=calendar_id))
    assert refused.value.reason == "CALENDAR_NOT_FOUND"
