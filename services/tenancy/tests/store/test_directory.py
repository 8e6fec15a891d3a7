"""Whom evidence names, asked of the database."""

import re
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import event

from chassis.database.engine import Database
from tenancy.domain.organizations.organization import OrganizationStatus
from tenancy.domain.routing.evidence import NOWHERE, Evidence, Source
from tenancy.store.assistants import AssistantStore
from tenancy.store.directory import DirectoryStore
from tenancy.store.phone_numbers import PhoneNumberStore


@pytest.fixture
async def known(database: Database, new_organization, new_number):
    """An organization and one piece of evidence of each source that names it."""
    tenant, number, vapi_id, assistant_id = await new_organization(), new_number(), uuid4(), uuid4()
    await PhoneNumberStore(database).map(tenant, number, {"vapi_phone_number_id": vapi_id})
    await AssistantStore(database).register(tenant, assistant_id)
    values = zip(Source, (number, vapi_id, assistant_id, tenant), strict=True)
    return tenant, [Evidence(source, str(value)) for source, value in values]


async def test_each_source_names_the_organization_it_belongs_to(database, known):
    tenant, evidence = known
    found = await DirectoryStore(database).routes(evidence, None)
    owned = {piece: route.owner.organization_id for piece, route in found.items() if route.owner}
    assert owned == dict.fromkeys(evidence, tenant)


async def test_what_belongs_to_nobody_leads_nowhere(database):
    nobodys = [Evidence(source, str(uuid4())) for source in Source if source is not Source.CALLED_NUMBER]
    nobodys += [Evidence(Source.CALLED_NUMBER, "+19995550100"), Evidence(Source.METADATA, None)]
    found = await DirectoryStore(database).routes(nobodys, None)
    assert set(found.values()) == {NOWHERE}


async def test_evidence_that_is_said_twice_is_answered_once(database, known):
    _tenant, evidence = known
    assert len(await DirectoryStore(database).routes(evidence * 2, None)) == len(evidence)


async def test_a_suspended_organization_is_named_with_its_status(database, service_database, known):
    tenant, evidence = known
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("UPDATE tenancy.organizations SET status = 'suspended' WHERE id = $1", tenant)
    await connection.close()
    found = await DirectoryStore(database).routes(evidence, None)
    assert {route.owner.status for route in found.values()} == {OrganizationStatus.SUSPENDED}


async def test_all_evidence_is_asked_about_in_one_statement_and_no_other(database, known):
    _tenant, evidence = known
    statements: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        statements.append(statement)

    event.listen(database._engine.sync_engine, "before_cursor_execute", note)
    try:
        await DirectoryStore(database).routes(evidence, None)
    finally:
        event.remove(database._engine.sync_engine, "before_cursor_execute", note)
    # What reads the changes of routes, beside whatever is asked, uses the same connections.
    asked = [statement for statement in statements if "route_changes_since" not in statement]
    assert ["routes_of_evidence" in statement for statement in asked] == [True]


@pytest.mark.parametrize(
    ("column", "value", "index"),
    [
        ("inbound_phone_number", "+14155550100", "phone_number_mapping_by_number"),
        (
            "vapi_phone_number_id",
            "6f7e6735-ca62-42d6-af42-05665772bb2e",
            "phone_number_mapping_by_vapi_phone_number_id",
        ),
    ],
)
async def test_a_route_is_looked_up_by_its_hash_not_in_the_trees_of_the_exclusion_constraints(
    service_database, known, column, value, index
):
    """The trees answer too, at a price that grows with the numbers; the planner is left to choose."""
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("SET enable_seqscan = off")
    plan = await connection.fetch(f"EXPLAIN SELECT * FROM tenancy.phone_number_mapping WHERE {column} = '{value}'")
    await connection.close()
    assert set(re.findall(r"Index Scan (?:using|on) (\w+)", "\n".join(line for (line,) in plan))) == {index}
