"""What statements are waited for is counted for whoever's work they are."""

import asyncio
import time

from sqlalchemy import text

from chassis.database.engine import Database
from chassis.spending import spending
from chassis.tenant import establish

TENANT = establish("11111111-2222-4333-8444-555555555555")


async def test_statements_are_counted_for_the_work_that_waits_for_them_alone(database: Database) -> None:
    both_are_done = asyncio.Barrier(2)

    async def waited_for(seconds: float) -> tuple[float, float]:
        """What was counted, and how long it took by the clock."""
        with spending() as spent:
            began = time.perf_counter()
            async with database.tenant_transaction(TENANT) as session:
                await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
            took = time.perf_counter() - began
            await both_are_done.wait()  # so that the other's would still be counted here
        return spent.on_database, took

    (long, _), (short, took) = await asyncio.gather(waited_for(0.2), waited_for(0.0))
    assert long >= 0.2
    assert 0 < short <= took
