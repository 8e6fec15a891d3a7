"""How much quarantine holds, whoever sends how much of it at once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from chassis.database import engine
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from tenancy.domain.errors import QuarantineFull
from tenancy.domain.quarantine.message import ROOM, Arrival, Bounds, Room, State
from tenancy.domain.quarantine.release_from_quarantine import keep_forgetting_expired_messages
from tenancy.domain.routing.evidence import Outcome, Source
from tenancy.store.quarantine import QuarantineStore

LINE, OTHER_LINE, THIRD_LINE = "+12065550142", "+12065550143", "+12065550144"
MANY_BYTES = 1_000_000
PATIENCE = 30
SMALL = Room(of_line=Bounds(3, MANY_BYTES), of_all=Bounds(5, MANY_BYTES))
NARROW = Room(of_line=Bounds(100, 10_000), of_all=Bounds(100, 15_000))


@pytest.fixture(scope="module")
def own_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    """No other module's messages are in it."""
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture
async def database(own_database: ServiceDatabase):
    superuser = await asyncpg.connect(own_database.superuser_url)
    await superuser.execute("TRUNCATE tenancy.quarantined_messages")
    await superuser.close()
    opened = Database(own_database.app_url)
    yield opened
    await opened.close()


@pytest.fixture
def small(database: Database, sealer: Sealer) -> QuarantineStore:
    """Three messages of a line, five in all."""
    return QuarantineStore(database, sealer, room=SMALL)


@pytest.fixture
def narrow(database: Database, sealer: Sealer) -> QuarantineStore:
    """Ten kilobytes of a line, fifteen in all."""
    return QuarantineStore(database, sealer, room=NARROW)


def arrival(line=LINE, *, state=State.EVIDENCE, body=b"", age=timedelta(0)):
    received_at = datetime.now(UTC) - age
    return Arrival(
        body=body or uuid4().bytes,
        message_type="transcript",
        outcome=Outcome.UNKNOWN,
        said={Source.CALLED_NUMBER: [line]},
        call_id="v-1",
        call_started_at=received_at,
        received_at=received_at,
        state=state,
    )


async def keep(store, line=LINE, **said):
    return await store.keep(arrival(line, **said), contradiction=None)


async def held(store):
    return [message.id for message in await store.after(None, 1000)]


class TestEvidence:
    async def test_of_a_line_makes_room_for_newer_of_the_line(self, small):
        kept = [await keep(small) for _ in range(5)]
        assert await held(small) == kept[2:]

    async def test_goes_by_when_it_came_and_not_by_when_it_was_kept(self, small):
        newest, oldest, middle = [await keep(small, age=timedelta(minutes=minutes)) for minutes in (1, 3, 2)]
        added = await keep(small)
        assert (oldest in await held(small), await held(small)) == (False, [newest, middle, added])

    async def test_of_a_line_makes_room_before_that_of_others(self, small):
        others = [await keep(small, OTHER_LINE, age=timedelta(days=1)) for _ in range(3)]
        own = [await keep(small) for _ in range(4)]
        assert await held(small) == [*others, *own[2:]]

    async def test_of_the_oldest_makes_room_for_a_line_that_has_none(self, small):
        others = [await keep(small, line) for line in (OTHER_LINE, OTHER_LINE, OTHER_LINE, LINE, LINE)]
        added = await keep(small, THIRD_LINE)
        assert await held(small) == [*others[1:], added]

    async def test_makes_as_much_room_as_a_large_message_needs(self, narrow):
        kept = [await keep(narrow, body=bytes([number]) * 2_000) for number in range(4)]
        added = await keep(narrow, body=b"large" * 1_000)
        assert await held(narrow) == [*kept[2:], added]

    async def test_never_takes_the_place_of_what_waits(self, small):
        waiting = [await keep(small, state=State.WAITING) for _ in range(3)]
        evidence = [await keep(small) for _ in range(9)]
        assert await held(small) == [*waiting, *evidence[-3:]]


class TestWhatWaits:
    async def test_is_refused_where_its_line_is_full(self, small):
        kept = [await keep(small, state=State.WAITING) for _ in range(3)]
        with pytest.raises(QuarantineFull):
            await keep(small, state=State.WAITING)
        assert await held(small) == kept

    async def test_is_refused_where_its_line_has_bytes_enough(self, narrow):
        await keep(narrow, state=State.WAITING, body=b"a" * 9_000)
        with pytest.raises(QuarantineFull):
            await keep(narrow, state=State.WAITING, body=b"b" * 2_000)
        await keep(narrow, OTHER_LINE, state=State.WAITING, body=b"c" * 2_000)

    async def test_is_refused_where_all_is_full(self, small):
        for line in (LINE, LINE, LINE, OTHER_LINE, OTHER_LINE):
            await keep(small, line, state=State.WAITING)
        with pytest.raises(QuarantineFull):
            await keep(small, THIRD_LINE, state=State.WAITING)

    async def test_is_refused_where_all_has_bytes_enough(self, narrow):
        for number, line in enumerate((LINE, OTHER_LINE)):
            await keep(narrow, line, state=State.WAITING, body=bytes([number]) * 7_000)
        with pytest.raises(QuarantineFull):
            await keep(narrow, THIRD_LINE, state=State.WAITING, body=b"b" * 2_000)

    async def test_is_not_refused_for_the_flood_of_another_line(self, small):
        for _ in range(3):
            await keep(small, state=State.WAITING)
        with pytest.raises(QuarantineFull):
            await keep(small, state=State.WAITING)
        await keep(small, OTHER_LINE, state=State.WAITING)

    async def test_never_takes_the_place_of_evidence(self, small):
        kept = [await keep(small), *[await keep(small, state=State.WAITING) for _ in range(3)]]
        with pytest.raises(QuarantineFull):
            await keep(small, state=State.WAITING)
        assert await held(small) == kept

    async def test_is_known_if_it_comes_again_however_full_it_is(self, small):
        kept = [await keep(small, state=State.WAITING, body=bytes([number])) for number in range(3)]
        assert await keep(small, state=State.WAITING, body=bytes([0])) == kept[0]

    async def test_has_room_again_once_something_was_delivered(self, small):
        kept = [await keep(small, state=State.WAITING) for _ in range(3)]
        await small.finish(kept[0], uuid4())
        await keep(small, state=State.WAITING)

    async def test_has_room_again_once_something_has_expired(self, small):
        for _ in range(3):
            await keep(small, state=State.WAITING, age=timedelta(days=13, hours=23, minutes=59, seconds=59.9))
        async with asyncio.timeout(PATIENCE):
            while await held(small):  # until they expire
                await asyncio.sleep(0.02)
        await keep(small, state=State.WAITING)


@pytest.mark.parametrize("state", [State.WAITING, State.EVIDENCE])
async def test_the_bounds_hold_however_many_come_at_once(small, state, monkeypatch):
    monkeypatch.setattr(engine, "LOCK_TIMEOUT", 60.0)  # they take turns, the last one after all the others
    monkeypatch.setattr(engine, "STATEMENT_TIMEOUT", 60.0)
    lines = [LINE, OTHER_LINE, THIRD_LINE] * 4
    came = await asyncio.gather(*(keep(small, line, state=state) for line in lines), return_exceptions=True)
    assert {type(one) for one in came if isinstance(one, BaseException)} <= {QuarantineFull}
    assert len(await held(small)) == SMALL.of_all.messages


async def test_what_has_expired_is_forgotten_in_the_background(database, sealer, own_database):
    store = QuarantineStore(database, sealer)
    await keep(store, age=timedelta(days=14, seconds=1))
    await keep(store)
    forgetting = asyncio.create_task(keep_forgetting_expired_messages(store, seconds_between_passes=0.01))
    superuser = await asyncpg.connect(own_database.superuser_url)
    async with asyncio.timeout(PATIENCE):
        while await superuser.fetchval("SELECT count(*) FROM tenancy.quarantined_messages") > 1:
            await asyncio.sleep(0.01)
    await superuser.close()
    forgetting.cancel()


def test_there_is_room_for_many_lines():
    for of_all, of_line in (
        (ROOM.of_all.messages, ROOM.of_line.messages),
        (ROOM.of_all.bytes, ROOM.of_line.bytes),
    ):
        assert of_all >= 4 * of_line
