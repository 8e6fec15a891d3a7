"""Whom evidence names, across all organizations, in one round trip."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database.engine import Database
from tenancy.domain.organizations.organization import OrganizationStatus
from tenancy.domain.routing.evidence import Evidence, Owner, Route, Source

_ROUTES = text(
    "SELECT source, value, org_id, status, changed_at, rate_limit_per_minute"
    " FROM routes_of_evidence(:called_number, :phone_number_id, :assistant_id, :metadata, :moment)"
)


class DirectoryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def routes(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Route]:
        """Where each well-formed piece leads at an instant; None and the future mean now."""
        asked: dict[str, list[str]] = {source.value: [] for source in Source}
        for piece in evidence:
            if piece.value is not None:
                asked[piece.source].append(piece.value)
        rows = await self._database.directory_query(_ROUTES, {**asked, "moment": at})
        return {Evidence(Source(row.source), row.value): _route(row) for row in rows}


def _route(row: Row[Any]) -> Route:
    # A claim may bear an id that is no organization's.
    if row.status is None:
        return Route(None, row.changed_at)
    return Route(Owner(row.org_id, OrganizationStatus(row.status), row.rate_limit_per_minute), row.changed_at)
