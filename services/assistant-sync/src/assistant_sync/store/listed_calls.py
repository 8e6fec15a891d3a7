"""Calls as Vapi lists them, and whether their report is here."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from sqlalchemy import Date, Update, cast, desc, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from assistant_sync.domain.calls.comparison import DayOfCalls, Listed, Missing, MissingCall
from assistant_sync.store.tables import listed_calls
from chassis.database.engine import Database
from chassis.tenant import TenantId

_PAGE = 500

_MISSING = text("SELECT * FROM list_missing_calls(:after_org, :after_call, :most)")
_SUMMARY = text("SELECT * FROM count_missing_calls()")
_FORGET = text("SELECT forget_listed_calls(:before)")

_DAY = cast(func.timezone("UTC", listed_calls.c.began_at), Date).label("day")


class ListedCallStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, tenant: TenantId, calls: Sequence[Listed], unreported: Collection[str], at: datetime) -> None:
        rows = [
            {
                "org_id": tenant,
                "vapi_call_id": one.vapi_call_id,
                "began_at": one.began_at,
                "listed_at": at,
                "reported_at": None if one.vapi_call_id in unreported else at,
            }
            for one in calls
        ]
        new = insert(listed_calls).values(rows)
        statement = new.on_conflict_do_update(
            index_elements=[listed_calls.c.org_id, listed_calls.c.vapi_call_id],
            set_={"reported_at": func.coalesce(listed_calls.c.reported_at, new.excluded.reported_at)},
        )
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(statement)

    async def due(self, tenant: TenantId, vapi_call_ids: Collection[str], before: datetime) -> set[str]:
        query = select(listed_calls.c.vapi_call_id).where(
            listed_calls.c.org_id == tenant,
            listed_calls.c.vapi_call_id.in_(vapi_call_ids),
            listed_calls.c.fetched_at.is_(None) | (listed_calls.c.fetched_at <= before),
        )
        async with self._database.tenant_transaction(tenant) as session:
            return set((await session.execute(query)).scalars())

    async def fetched(self, tenant: TenantId, vapi_call_id: str, at: datetime) -> None:
        await self._change(tenant, _of(tenant, [vapi_call_id]).values(fetched_at=at))

    async def arrived(self, tenant: TenantId, vapi_call_ids: Collection[str], at: datetime) -> None:
        if vapi_call_ids:
            await self._change(tenant, _of(tenant, vapi_call_ids).values(reported_at=at))

    async def lose(self, tenant: TenantId, vapi_call_id: str, at: datetime) -> None:
        await self._change(tenant, _of(tenant, [vapi_call_id]).values(lost_at=at))

    async def missing(self) -> AsyncIterator[MissingCall]:
        asked = {"after_org": None, "after_call": "", "most": _PAGE}
        while rows := await self._database.directory_query(_MISSING, asked):
            for row in rows:
                yield MissingCall(TenantId(row.org_id), row.vapi_call_id, row.fetched_at)
            asked |= {"after_org": rows[-1].org_id, "after_call": rows[-1].vapi_call_id}

    async def summary(self) -> Missing:
        (row,) = await self._database.directory_query(_SUMMARY)
        return Missing(row.missing, row.since)

    async def days(self, tenant: TenantId, since: datetime, until: datetime) -> Sequence[DayOfCalls]:
        query = (
            select(
                _DAY,
                func.count().label("in_vapi"),
                func.count(listed_calls.c.reported_at).label("reported"),
                func.count()
                .filter(listed_calls.c.reported_at.is_not(None), listed_calls.c.fetched_at.is_not(None))
                .label("fetched"),
            )
            .where(listed_calls.c.org_id == tenant, listed_calls.c.began_at >= since, listed_calls.c.began_at < until)
            .group_by(_DAY)
            .order_by(desc(_DAY))
        )
        async with self._database.tenant_transaction(tenant) as session:
            return [DayOfCalls(row.day, row.in_vapi, row.reported, row.fetched) for row in await session.execute(query)]

    async def forget(self, before: datetime) -> None:
        await self._database.directory_query(_FORGET, {"before": before})

    async def _change(self, tenant: TenantId, statement: Update) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(statement)


def _of(tenant: TenantId, vapi_call_ids: Collection[str]) -> Update:
    return update(listed_calls).where(listed_calls.c.org_id == tenant, listed_calls.c.vapi_call_id.in_(vapi_call_ids))
