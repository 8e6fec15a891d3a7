"""What two processes record of one call at one time."""

import asyncio

import asyncpg

from booking.domain.calls.call import Call, CallRecord
from booking.domain.calls.record_call import record_call
from booking.store.postgres import PostgresStore
from chassis.tenant import TenantId

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def test_what_is_told_while_something_else_is_recorded_is_added_to_it(
    store: PostgresStore, organization: TenantId, superuser: asyncpg.Connection
) -> None:
    async def record(told: CallRecord) -> Call:
        async with store.unit(organization) as unit:
            return await record_call(unit, told)

    await record(CallRecord("call-1", status="ringing"))
    async with store.unit(organization) as unit:
        known = await unit.call_to_record("call-1")
        second = asyncio.create_task(record(CallRecord("call-1", cost=0.21)))
        while not (second.done() or await superuser.fetchval(WAITING)):
            await asyncio.sleep(0.01)
        await unit.change_call(known.id, CallRecord("call-1", status="ended"))

    await second
    assert (await record(CallRecord("call-1"))).record == CallRecord("call-1", status="ended", cost=0.21)
