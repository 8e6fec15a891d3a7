"""Every history of a calendar is explained by some order; where booking is careless, one is found that is not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from booking.app import DOMAIN, add_services
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.holds import Asking
from booking.store.postgres import PostgresStore, PostgresUnit
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.servers import served
from services.booking.tests.history.callers import Scene
from services.booking.tests.history.checker import Unexplained, explain
from services.booking.tests.history.clinic import TUESDAY, asking, new_rooms, open_clinic
from services.booking.tests.model.clinic import ModelClinic

CALLERS, QUESTIONS = 8, 12
STARTS = frozenset(range(480, 1051, 15))
WANTED = range(540, 661, 15)
"""Nine starts, of which at most five can be had in one room."""

KINDS = {"check": 3, "book": 4, "hold": 2, "move": 2, "cancel": 3}
MOST_HISTORIES = 50


async def played(booking: RpcClient, seed: int, *, how_many_rooms: int = 1) -> Scene:
    rooms = new_rooms(how_many_rooms)
    scene = Scene(TUESDAY, asking(booking, await open_clinic(booking, rooms)), KINDS, WANTED, seed, rooms)
    await scene.play(CALLERS, QUESTIONS)
    return scene


def explained(scene: Scene) -> None:
    """Raises Unexplained."""
    history = scene.history()
    assert len(explain(history, ModelClinic(STARTS, len(scene.rooms)))) == len(history)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rooms", [1, 2, 3])
async def test_what_callers_heard_at_one_time_is_explained_by_some_order(
    booking: RpcClient, rooms: int, seed: int
) -> None:
    """Of several calendars too: with bookings in any of them, and appointments that move from one to another."""
    scene = await played(booking, seed, how_many_rooms=rooms)

    explained(scene)
    assert {"booked", "taken"} <= {one.outcome for one in scene.heard}


class CarelessUnit(PostgresUnit):
    async def lock(self, calendar: Calendar) -> None:
        """Nobody waits for anybody."""


class CarelessStore(PostgresStore):
    @asynccontextmanager
    async def unit(self, tenant: TenantId, asking: Asking | None = None) -> AsyncIterator[PostgresUnit]:
        async with self._database.tenant_transaction(tenant) as session:
            yield CarelessUnit(session, tenant, asking, self._sealer)


@pytest.fixture(scope="module")
def without_constraint(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("booking") as database:
        yield database


@pytest.fixture
async def careless(without_constraint: ServiceDatabase, clock: StoppedClock) -> AsyncIterator[RpcClient]:
    """Booking as many write it: it looks, then inserts; no constraint, no lock."""
    superuser = await asyncpg.connect(without_constraint.superuser_url)
    await superuser.execute("ALTER TABLE booking.appointments DROP CONSTRAINT IF EXISTS appointments_no_overlap")
    await superuser.close()
    database = Database(without_constraint.app_url, pool_size=CALLERS)
    store = CarelessStore(database, Sealer([bytes(KEY_BYTES)]))
    async with served(lambda server: add_services(server, store, clock), domain=DOMAIN) as client:
        yield client
    await database.close()


async def test_a_booking_without_constraint_and_lock_is_found_out(careless: RpcClient) -> None:
    for seed in range(MOST_HISTORIES):
        scene = await played(careless, seed)
        try:
            explained(scene)
        except Unexplained:
            return
    pytest.fail(f"{MOST_HISTORIES} histories of a calendar that double-books were all explained")
