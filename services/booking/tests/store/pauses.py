"""Transactions that are held in the moment that a test is about."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from booking.domain.ports import Store, Unit
from booking.domain.schedule.holds import Asking
from chassis.tenant import TenantId

SECONDS = 30

BLOCKED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'booking_app' AND wait_event_type = 'Lock'
"""
"""How many transactions wait for another."""

Use = Callable[[Unit], Awaitable[Any]]


class Pause:
    """Somebody stops where they are about to do something, until they may go on."""

    def __init__(self) -> None:
        self.there, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def here(self) -> None:
        self.there.set()
        await self.may_go_on.wait()


async def use_once(store: Store, tenant: TenantId, asking: Asking, work: Use, pauses: dict[str, Pause]) -> Any:
    """A use-case in a transaction of its own, with pauses before what the unit does, by its name."""
    async with asyncio.timeout(SECONDS), store.unit(tenant, asking) as unit:
        for before, pause in pauses.items():
            setattr(unit, before, _after(pause, getattr(unit, before)))
        return await work(unit)


def _after(pause: Pause, do: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def paused(*given: Any, **named: Any) -> Any:
        await pause.here()
        return await do(*given, **named)

    return paused
