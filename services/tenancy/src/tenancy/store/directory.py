"""Whom evidence names, across all organizations, in one round trip."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from chassis.database.engine import Database
from tenancy.domain.evidence import Evidence, Owner, Source
from tenancy.domain.organizations import OrganizationStatus

_OWNERS = text(
    "SELECT source, value, org_id, status"
    " FROM owners_of_evidence(:called_number, :phone_number_id, :assistant_id, :metadata, :moment)"
)


class DirectoryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def owners(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Owner]:
        """The owners at an instant of whatever names one; None and the future mean now."""
        asked: dict[str, list[str]] = {source.value: [] for source in Source}
        for piece in evidence:
            if piece.value is not None:
                asked[piece.source].append(piece.value)
        async with self._database.directory_transaction() as session:
            result = await session.execute(_OWNERS, {**asked, "moment": at})
            return {
                Evidence(Source(row.source), row.value): Owner(row.org_id, OrganizationStatus(row.status))
                for row in result
            }
