"""Reports of what came of an organization's calls: in figures, and row by row as the figures are made of them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from booking.domain.analytics.report_period import ReportPeriod
from booking.domain.analytics.summary import Summary, summarize
from booking.domain.ports import Analytics
from booking.domain.schedule.appointments import Position
from chassis.paging import Page
from chassis.tenant import TenantId

ROWS_AT_ONCE = 1_000
"""Rows of a page: they are small, and read by programs that want all of them."""

Counted = TypeVar("Counted")
Read = Callable[[TenantId, ReportPeriod, Position | None, int], Awaitable[Sequence[Counted]]]


async def summarize_calls(analytics: Analytics, tenant: TenantId, period: ReportPeriod) -> Summary:
    return summarize(period, await analytics.counts(tenant, period))


async def list_counted(
    read: Read[Counted], tenant: TenantId, period: ReportPeriod, after: Position | None
) -> Page[Counted]:
    """What one of the lists of `Analytics` reads, a page of it."""
    found = await read(tenant, period, after, ROWS_AT_ONCE + 1)
    return Page(found[:ROWS_AT_ONCE], len(found) > ROWS_AT_ONCE)
