"""Statements in a trace."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.database.engine import Database
from chassis.tenant import establish

TENANT = establish("11111111-2222-4333-8444-555555555555")


async def test_a_statement_is_told_without_its_values(database: Database, spans: Any) -> None:
    async with database.tenant_transaction(TENANT) as session:
        await session.execute(text("SELECT upper(:name)"), {"name": "Jane Doe"})
    told = spans.get_finished_spans()
    assert any("upper(" in span.attributes["db.query.text"] for span in told)
    assert "Jane Doe" not in "".join(span.to_json() for span in told)


async def test_a_statement_that_fails_ends_its_span_as_an_error(database: Database, spans: Any) -> None:
    with pytest.raises(DBAPIError):
        async with database.tenant_transaction(TENANT) as session:
            await session.execute(text("SELECT 1 / 0"))
    assert not spans.get_finished_spans()[-1].status.is_ok
