"""What statements are waited for is counted for whoever's work they are."""

import asyncio

from sqlalchemy import text

from chassis.database.engine import Database
from chassis.spending import spending
from chassis.tenant import establish

TENANT = establish("11111111-2222-4333-8444-555555555555")


async def waited_for(database: Database, seconds: float) -> float:
    with spending() as spent:
        async with database.tenant_transaction(TENANT) as session:
            await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    return spent.on_database


async def test_statements_are_counted_for_the_work_that_waits_for_them_alone(database: Database) -> None:
    long, short = await asyncio.gather(waited_for(database, 0.2), waited_for(database, 0.0))
    assert long >= 0.2
    assert 0 < short < long
