"""Calendars outside: read in the background, respected by whoever books."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from booking.domain.outside.busy_sources import MOST_SOURCES, CannotRead, Failure
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.store.busy_sources import BusySourceStore
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.errors import RemoteError
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.conftest import PATIENCE
from services.booking.tests.rpc.outside.clinic import URL, Clinic, busy
from switchboard.booking.v1 import busy_source_service_pb2 as source_pb2

TEN_TO_ELEVEN = busy(("15:00", "16:00"), etag='"1"')
"""On the clinic's clock."""


async def test_what_is_busy_outside_is_not_offered_and_not_booked(clinic: Clinic) -> None:
    assert "T10:00:00-05:00" in await clinic.free()
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.add_source()
    await clinic.refresh.read_all_due()

    free = await clinic.free()
    refused = await clinic.book(time="10:30")
    booked = await clinic.book(time="11:00")

    assert "T10:00" not in free
    assert "T10:30" not in free
    assert "T11:00" in free
    assert "appointmentId" not in refused.data
    assert "appointmentId" in booked.data


async def test_the_calendar_outside_is_asked_for_a_day_back_and_two_years_ahead_in_the_calendars_zone(
    clinic: Clinic, clock: StoppedClock
) -> None:
    await clinic.add_source("webcal://calendars.example/private-5f3a/basic.ics")
    await clinic.refresh.read_all_due()
    [(url, etag, within, timezone)] = clinic.outside.asked
    assert (url, etag, timezone) == (URL, None, "America/New_York")
    assert (clock.now - within.start, within.end - clock.now) == (timedelta(days=1), timedelta(days=740))


async def test_it_is_read_again_after_fifteen_minutes_and_what_it_says_then_counts(
    clinic: Clinic, clock: StoppedClock
) -> None:
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.add_source()
    await clinic.refresh.read_all_due()
    clinic.outside.said[URL] = busy(("17:00", "18:00"))
    clock.move(timedelta(minutes=14, seconds=59))
    await clinic.refresh.read_all_due()
    assert len(clinic.outside.asked) == 1

    clock.move(timedelta(seconds=1))
    await clinic.refresh.read_all_due()

    assert len(clinic.outside.asked) == 2
    assert "appointmentId" in (await clinic.book(time="10:00")).data
    assert "appointmentId" not in (await clinic.book(time="12:00")).data


async def test_what_has_not_changed_stays_and_is_read_as_a_whole_twice_a_day(
    clinic: Clinic, clock: StoppedClock
) -> None:
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.add_source()
    await clinic.refresh.read_all_due()
    clinic.outside.said[URL] = None
    for _ in range(48):
        clock.move(timedelta(minutes=15))
        await clinic.refresh.read_all_due()
    etags = [etag for _, etag, *_ in clinic.outside.asked]
    assert etags == [None, *['"1"'] * 47, None]
    assert "appointmentId" not in (await clinic.book(time="10:00")).data


@pytest.mark.parametrize("failure", Failure)
async def test_a_failure_is_told_and_what_was_read_last_still_counts(
    clinic: Clinic, clock: StoppedClock, failure: Failure
) -> None:
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.add_source()
    await clinic.refresh.read_all_due()
    read_at = (await clinic.listed()).read_at
    clinic.outside.said[URL] = CannotRead(failure)
    clock.move(timedelta(minutes=15))
    await clinic.refresh.read_all_due()

    listed = await clinic.listed()

    assert source_pb2.BusySource.Failure.Name(listed.failure) == failure.name
    assert listed.read_at == read_at
    assert "private-5f3a" not in str(listed)
    assert "appointmentId" not in (await clinic.book(time="10:00")).data
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    clock.move(timedelta(minutes=15))
    await clinic.refresh.read_all_due()
    assert (await clinic.listed()).failure == source_pb2.BusySource.FAILURE_UNSPECIFIED


async def test_a_source_is_shown_with_its_host_alone(clinic: Clinic) -> None:
    added = await clinic.add_source(name="Outlook\nof Dr. Lake")
    assert (added.name, added.host) == ("Outlook of Dr. Lake", "calendars.example")
    assert not added.HasField("read_at")
    assert (await clinic.listed()) == added
    assert "private-5f3a" not in str(added)


async def test_its_address_is_sealed(clinic: Clinic, service_database: ServiceDatabase) -> None:
    await clinic.add_source()
    connection = await asyncpg.connect(service_database.superuser_url)
    rows = await connection.fetch("SELECT sealed_url FROM booking.busy_sources WHERE org_id = $1", clinic.tenant)
    await connection.close()
    assert b"private-5f3a" not in rows[0][0]


async def test_a_lost_key_is_told(clinic: Clinic, database: Database, clock: StoppedClock) -> None:
    await clinic.add_source()
    with_another = BusySourceStore(database, Sealer([bytes([1]) * 32]))
    await RefreshBusyTimes(with_another, clinic.outside, clock).read_all_due()
    assert (await clinic.listed()).failure == source_pb2.BusySource.ADDRESS_LOST
    assert clinic.outside.asked == []


async def test_what_is_removed_is_busy_no_more(clinic: Clinic) -> None:
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    added = await clinic.add_source()
    await clinic.refresh.read_all_due()
    await clinic.sources("RemoveBusySource", source_pb2.RemoveBusySourceRequest(id=added.id))
    assert "appointmentId" in (await clinic.book(time="10:00")).data
    with pytest.raises(RemoteError) as refused:
        await clinic.sources("RemoveBusySource", source_pb2.RemoveBusySourceRequest(id=added.id))
    assert refused.value.reason == "BUSY_SOURCE_NOT_FOUND"


async def test_a_source_that_is_removed_while_it_is_read_leaves_nothing(
    clinic: Clinic, sources: BusySourceStore, clock: StoppedClock
) -> None:
    added = await clinic.add_source()

    class RemovesIt:
        async def busy_times(self, *_asked: Any) -> Any:
            await clinic.sources("RemoveBusySource", source_pb2.RemoveBusySourceRequest(id=added.id))
            return TEN_TO_ELEVEN

    await RefreshBusyTimes(sources, RemovesIt(), clock).read_all_due()
    assert "appointmentId" in (await clinic.book(time="10:00")).data


async def test_many_readers_read_each_source_once(
    clinic: Clinic, neighbour: Clinic, sources: BusySourceStore, clock: StoppedClock
) -> None:
    urls = [f"https://calendars.example/{uuid4()}.ics" for _ in range(12)]
    for number, url in enumerate(urls):
        await (clinic if number % 2 else neighbour).add_source(url)
    replicas = [RefreshBusyTimes(sources, clinic.outside, clock) for _ in range(6)]
    await asyncio.gather(*(replica.read_all_due() for replica in replicas))
    asked = sorted(url for url, *_ in clinic.outside.asked)
    assert asked == sorted(urls)


async def test_a_source_whose_reader_was_killed_is_read_by_another_once_its_lease_is_over(
    clinic: Clinic, sources: BusySourceStore, clock: StoppedClock
) -> None:
    await clinic.add_source()
    await sources.claim(clock.now, clock.now + timedelta(minutes=5))
    await clinic.refresh.read_all_due()
    assert clinic.outside.asked == []
    clock.move(timedelta(minutes=5))
    await clinic.refresh.read_all_due()
    assert len(clinic.outside.asked) == 1


async def test_who_reads_too_long_changes_nothing_of_what_the_next_one_read(
    clinic: Clinic, sources: BusySourceStore, clock: StoppedClock
) -> None:
    added = await clinic.add_source()
    until = clock.now + timedelta(minutes=5)
    claimed = await sources.claim(clock.now, until)
    assert claimed is not None
    slow = await sources.leased(*claimed, until)
    assert slow is not None
    assert str(slow.source_id) == added.id
    clock.move(timedelta(minutes=5))
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.refresh.read_all_due()
    await sources.replace(clinic.tenant, slow, busy(), clock.now, clock.now)
    await sources.fail(clinic.tenant, slow, Failure.BROKEN, clock.now)
    assert (await clinic.listed()).failure == source_pb2.BusySource.FAILURE_UNSPECIFIED
    assert "appointmentId" not in (await clinic.book(time="10:00")).data


async def test_an_appointment_at_a_time_that_is_busy_outside_is_reported(
    clinic: Clinic, neighbour: Clinic, clock: StoppedClock
) -> None:
    booked = await clinic.book(time="10:00")
    await clinic.book(time="14:00")
    clinic.outside.said[URL] = busy(("14:00", "15:10"), ("15:20", "15:40"), ("18:00", "18:30"))
    added = await clinic.add_source()
    await clinic.refresh.read_all_due()

    [conflict] = (await clinic.conflicts()).conflicts

    assert conflict.appointment_id == booked.data["appointmentId"]
    assert conflict.starts_at.ToJsonString() == "2026-12-01T15:00:00Z"
    assert [(one.source_id, one.starts_at.ToJsonString()) for one in conflict.busy_times] == [
        (added.id, "2026-12-01T14:00:00Z"),
        (added.id, "2026-12-01T15:20:00Z"),
    ]
    assert len((await clinic.conflicts(calendar_id=clinic.calendar_id)).conflicts) == 1
    assert len((await neighbour.conflicts()).conflicts) == 0
    await clinic.cancel(conflict.appointment_id)
    assert len((await clinic.conflicts()).conflicts) == 0


async def test_what_is_over_is_no_conflict(clinic: Clinic, clock: StoppedClock) -> None:
    await clinic.book(time="10:00")
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    await clinic.add_source()
    await clinic.refresh.read_all_due()
    clock.move(timedelta(days=1, hours=-2, minutes=30))
    assert len((await clinic.conflicts()).conflicts) == 0


async def test_conflicts_come_in_pages(clinic: Clinic) -> None:
    for time in ("09:00", "10:00", "11:00"):
        await clinic.book(time=time)
    clinic.outside.said[URL] = busy(("10:00", "23:00"))
    await clinic.add_source()
    await clinic.refresh.read_all_due()
    first = await clinic.conflicts(page_size=2)
    second = await clinic.conflicts(page_size=2, page_token=first.next_page_token)
    starts = [one.starts_at.ToJsonString() for page in (first, second) for one in page.conflicts]
    assert starts == ["2026-12-01T14:00:00Z", "2026-12-01T15:00:00Z", "2026-12-01T16:00:00Z"]
    assert second.next_page_token == ""


async def test_whether_booked_or_read_first_a_time_is_refused_or_reported(clinic: Clinic) -> None:
    """However the two race: never is an appointment at a busy time without being told."""
    clinic.outside.said[URL] = busy(("13:00", "23:00"))
    await clinic.add_source()
    times = [f"{hour}:{minute}" for hour in range(10, 17) for minute in ("00", "30")]
    booked, _ = await asyncio.gather(
        asyncio.gather(*(clinic.book(time=time, name=f"Patient {time}") for time in times)),
        clinic.refresh.read_all_due(),
    )
    kept = {str(reply.data["appointmentId"]) for reply in booked if "appointmentId" in reply.data}
    assert {one.appointment_id for one in (await clinic.conflicts()).conflicts} == kept


async def test_strangers_see_and_change_nothing(clinic: Clinic, neighbour: Clinic) -> None:
    added = await clinic.add_source()
    assert list((await neighbour.sources("ListBusySources", source_pb2.ListBusySourcesRequest())).sources) == []
    for method, request, reason in (
        ("RemoveBusySource", source_pb2.RemoveBusySourceRequest(id=added.id), "BUSY_SOURCE_NOT_FOUND"),
        (
            "AddBusySource",
            source_pb2.AddBusySourceRequest(calendar_id=clinic.calendar_id, url=URL),
            "CALENDAR_NOT_FOUND",
        ),
    ):
        with pytest.raises(RemoteError) as refused:
            await neighbour.sources(method, request)
        assert refused.value.reason == reason
    assert (await clinic.listed()).id == added.id


async def test_an_address_that_cannot_be_asked_is_refused_when_it_is_added(clinic: Clinic) -> None:
    with pytest.raises(RemoteError) as refused:
        await clinic.add_source("http://calendars.example/basic.ics")
    assert (refused.value.reason, refused.value.metadata) == ("MALFORMED_BUSY_SOURCE", {"field": "url"})


async def test_a_calendar_has_so_many_sources_and_no_more(clinic: Clinic) -> None:
    added = await asyncio.gather(*(clinic.add_source() for _ in range(MOST_SOURCES + 2)), return_exceptions=True)
    refused = [one for one in added if isinstance(one, RemoteError)]
    assert [one.reason for one in refused] == ["TOO_MANY_BUSY_SOURCES"] * 2


async def test_who_adds_a_source_does_not_wait_for_the_next_look(clinic: Clinic) -> None:
    clinic.outside.said[URL] = TEN_TO_ELEVEN
    running = asyncio.create_task(clinic.refresh.run())
    try:
        await clinic.add_source()
        async with asyncio.timeout(PATIENCE):
            while not (await clinic.listed()).HasField("read_at"):
                await asyncio.sleep(0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
