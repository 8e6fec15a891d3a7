"""What PostgreSQL's catalogue says of a service's schema: isolation depends on nothing that a query remembers."""

import re
from collections.abc import Mapping
from typing import Any

import asyncpg

from chassis.testing.row_security import queries
from chassis.testing.row_security.promise import Promise

_TENANT_IN_SCOPE = (
    r"\({column} = \( SELECT \(NULLIF\(current_setting\('app\.org_id'::text, true\), ''::text\)\)::uuid"
    r' AS "?nullif"?\)\)'
)
_VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_DECIDES_WHO = ("app.", "role=", "row_security", "session_preload_libraries", "session_authorization")
"""Settings that nobody may find made for them."""
_OF_THE_PLANNER = ("enable_", "plan_cache_mode=")
"""Settings that say how to look, not what for."""

Row = Mapping[str, Any]


async def problems_in_catalogue(superuser: asyncpg.Connection, promise: Promise) -> list[str]:
    """Everything that is not as promised, and everything promised that is not there."""
    tables = await promise.tenant_tables(superuser)
    concerns = (_relations, _tenants, _policies, _keys, _foreign_keys, _privileges, _schema, _roles, _functions)
    return [problem for concern in concerns for problem in await concern(superuser, promise, tables)]


async def _relations(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """Ordinary tables of the owner, with row security enabled and forced; nothing that reads or writes past it."""
    found = await superuser.fetch(queries.RELATIONS, promise.schema)
    promised = {*promise.platform_tables, *promise.grants, *promise.tenant_columns}
    elsewhere = await superuser.fetch(queries.RELATIONS_ELSEWHERE, promise.schema, promise.roles)
    return [
        *(f"{name}: is promised and not there" for name in sorted(promised - {one["name"] for one in found})),
        *(problem for one in found for problem in _relation(one, promise, {*tables, *promise.platform_tables})),
        *(f"{name}: a table of the service outside its schema" for (name,) in elsewhere),
        *(f"{name}: publishes every organization's rows" for (name,) in await superuser.fetch(queries.PUBLICATIONS)),
    ]


def _relation(one: Row, promise: Promise, guarded: set[str]) -> list[str]:
    return _complaints(
        one["name"],
        {
            "is not the owner's": one["owner"] != promise.owner,
            "row security is not enabled": one["name"] in guarded and not one["enabled"],
            "row security is not forced upon the owner": one["name"] in guarded and not one["forced"],
            "is of a kind that can be read past row security": one["kind"] not in "rvS" or one["inherits"],
            "has rules, which act as its owner": one["rules"],
            "is a view that reads as its owner": one["kind"] == "v" and not one["invoker"],
        },
    )


async def _tenants(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """Every tenant table has a primary key, and says of each row whose it is."""
    columns = await superuser.fetch(queries.COLUMNS, promise.schema, tables)
    sound = {
        one["table"]
        for one in columns
        if one["name"] == promise.tenant_column(one["table"])
        and (one["type"], one["needed"], one["identified"]) == ("uuid", True, True)
    }
    return [f"{name}: has no key, or no column that says whose a row is" for name in tables if name not in sound]


async def _policies(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """A tenant table has one policy, the tenant's, for all verbs; where the directory may do anything, its own too."""
    policies = await superuser.fetch(queries.POLICIES, promise.schema)
    opened = {name for (name,) in await superuser.fetch(queries.OPENED_TO, promise.schema, promise.directory)}
    expected = {(table, "tenant") for table in tables} | {(table, "directory") for table in opened}
    found = {(policy["table"], policy["name"]) for policy in policies}
    unusual = [policy for policy in policies if not _is_usual(policy, promise)]
    return [
        *(f"{table}: the directory may do nothing here" for table in sorted(promise.platform_tables - opened)),
        *(f"{table}: policy {name} is missing" for table, name in sorted(expected - found)),
        *(f"{table}: policy {name} is one too many" for table, name in sorted(found - expected)),
        *(f"{policy['table']}: policy {policy['name']} is not the usual one" for policy in unusual),
    ]


def _is_usual(policy: Row, promise: Promise) -> bool:
    if (policy["cmd"], policy["permissive"]) != ("ALL", "PERMISSIVE"):
        return False
    roles, clauses = policy["roles"], (policy["qual"], policy["with_check"])
    if policy["name"] == "directory":
        return roles == [promise.directory] and clauses == ("true", "true")
    tenant = _TENANT_IN_SCOPE.format(column=promise.tenant_column(policy["table"]))
    return set(roles) == {promise.app, promise.owner} and all(re.fullmatch(tenant, str(one)) for one in clauses)


async def _keys(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """Unique and exclusion keys begin with the tenant: a violation could otherwise tell of another's row."""
    across = {
        key["name"]
        for key in await superuser.fetch(queries.KEYS, promise.schema, tables)
        if key["first"] != promise.tenant_column(key["table"]) or key["excludes_by"] not in (None, "=")
    }
    listed = {*promise.keys_across}
    return [
        *(f"{key}: does not begin with the tenant and is not listed" for key in sorted(across - listed)),
        *(f"{key}: is listed as holding across organizations and does not" for key in sorted(listed - across)),
    ]


async def _foreign_keys(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """Foreign keys lead from a tenant to the same tenant: what they ask is asked past row security."""
    return [
        f"{key['name']}: this foreign key does not lead from a tenant to itself"
        for key in await superuser.fetch(queries.FOREIGN_KEYS, promise.schema, tables)
        if key["other"] not in tables
        or key["column"] != promise.tenant_column(key["table"])
        or key["other_column"] != promise.tenant_column(key["other"])
    ]


async def _privileges(superuser: asyncpg.Connection, promise: Promise, tables: list[str]) -> list[str]:
    """The application may do what is listed, the directory reads and writes; columns and sequences are counted too."""
    grants = await superuser.fetch(queries.GRANTS, promise.schema)
    problems = [problem for grant in grants for problem in _grant(grant, promise, tables)]
    for relation in sorted({grant["relation"] for grant in grants} | {*promise.grants}):
        may = ", ".join(
            grant["spelled"] for grant in grants if (grant["relation"], grant["grantee"]) == (relation, promise.app)
        )
        shall = promise.grants.get(relation, "")
        if may != shall:
            problems.append(f"{relation}: {promise.app} may {may or 'nothing'}; it is to {shall or 'do nothing'}")
    return problems


def _grant(grant: Row, promise: Promise, tables: list[str]) -> list[str]:
    who, may = grant["grantee"], f"{grant['grantee']} may {grant['spelled']}"
    if who == promise.owner:
        return []
    return _complaints(
        grant["relation"],
        {
            f"{may} and is nobody here": who not in promise.roles,
            f"{may}, which row security does not cover": grant["verb"] not in _VERBS,
            f"{may}, and let others": grant["lent"],
            f"{may}, where it has no business": who == promise.app and grant["relation"] not in tables,
        },
    )


async def _schema(superuser: asyncpg.Connection, promise: Promise, _tables: list[str]) -> list[str]:
    """Who may use and fill the schema; nothing is granted beforehand, and nobody finds a tenant set."""
    usual = {(promise.app, "USAGE", False), (promise.directory, "USAGE", False), (promise.directory, "CREATE", False)}
    grants = {tuple(grant) for grant in await superuser.fetch(queries.SCHEMA_GRANTS, promise.schema)}
    problems = [f"the schema: {grantee} may {verb}" for grantee, verb, _ in sorted(grants - usual)]
    problems += [
        f"{promise.app}: may create in {name}" for (name,) in await superuser.fetch(queries.MAY_CREATE_IN, promise.app)
    ]
    if await superuser.fetchval(queries.DEFAULT_PRIVILEGES):
        problems.append("default privileges: are granted to what nobody has looked at yet")
    settings = await superuser.fetch(queries.SETTINGS, promise.roles)
    return problems + [f"{setting}: is set beforehand" for (setting,) in settings if setting.startswith(_DECIDES_WHO)]


async def _roles(superuser: asyncpg.Connection, promise: Promise, _tables: list[str]) -> list[str]:
    """None gets around row security; only the owner may become the directory, and is not it unless it says so."""
    roles = await superuser.fetch(queries.ROLES, promise.roles)
    members = {tuple(one) for one in await superuser.fetch(queries.MEMBERS, promise.roles)}
    problems = [
        *(f"{role['name']}: can get around row security" for role in roles if role["gets_around"]),
        *(
            f"{role['name']}: the directory cannot log in, the others can"
            for role in roles
            if role["logs_in"] == (role["name"] == promise.directory)
        ),
        *(f"{member}: is {role}" for role, member, _ in sorted(members - {(promise.directory, promise.owner, False)})),
    ]
    if await superuser.fetchval(queries.IS_ALSO, promise.owner, promise.directory):
        problems.append(f"{promise.owner}: is the directory without saying so")
    for role, what in ((promise.app, []), (promise.directory, ["pg_proc"])):
        if await superuser.fetchval(queries.OWNS, role, what):
            problems.append(f"{role}: owns what it should not")
    return problems


async def _functions(superuser: asyncpg.Connection, promise: Promise, _tables: list[str]) -> list[str]:
    """The one way across organizations are the listed functions of the directory; others act as whoever calls them."""
    functions = await superuser.fetch(queries.FUNCTIONS, promise.schema)
    listed, there = {*promise.directory_functions}, {one["name"] for one in functions if one["definer"]}
    elsewhere = await superuser.fetch(queries.FUNCTIONS_ELSEWHERE, promise.schema, promise.app, promise.roles)
    problems = [
        *(f"{name}: looks across organizations and is not listed" for name in sorted(there - listed)),
        *(f"{name}: is listed and does not look across organizations" for name in sorted(listed - there)),
        *(f"{name}: a function outside the schema" for (name,) in elsewhere),
    ]
    for one in functions:
        problems += _directory_function(one, promise) if one["definer"] else _function(one, promise)
    return problems


def _function(one: Row, promise: Promise) -> list[str]:
    return _complaints(
        one["name"],
        {
            "is neither the owner's nor the directory's": one["owner"] not in (promise.owner, promise.directory),
            "is trusted with more than SQL": one["leakproof"] or one["language"] not in {"sql", "plpgsql"},
        },
    )


def _directory_function(one: Row, promise: Promise) -> list[str]:
    listed = promise.directory_functions.get(one["name"])
    callers = sorted({*one["callers"]} - {promise.app})
    return _complaints(
        one["name"],
        {
            f"runs as {one['owner']}": one["owner"] != promise.directory,
            "its search path is not pinned, or more is set": not _is_pinned(one["config"] or [], promise),
            f"may be called by {', '.join(callers)}": callers,
            f"answers {one['answers']}, which is not what is listed": listed and listed.answers != one["answers"],
            "is trusted with more than SQL": one["leakproof"] or one["language"] not in {"sql", "plpgsql"},
        },
    )


def _is_pinned(settings: list[str], promise: Promise) -> bool:
    return [one for one in settings if not one.startswith(_OF_THE_PLANNER)] == [
        f"search_path={promise.schema}, pg_temp"
    ]


def _complaints(what: str, complaints: Mapping[str, object]) -> list[str]:
    return [f"{what}: {complaint}" for complaint, holds in complaints.items() if holds]
