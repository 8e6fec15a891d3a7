"""Every way we know to break the promise, made for every table, function, key and role of a service.

A mutant is one statement, or a few, run in a transaction that is undone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import asyncpg

from chassis.testing.row_security import queries
from chassis.testing.row_security.promise import Promise


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    statement: str
    opens: str | None = None
    """The table that it opens to strangers, so that attempts reach what they must not; None if it only may one day."""


async def mutants_of(superuser: asyncpg.Connection, promise: Promise) -> list[Mutant]:
    tables = await promise.tenant_tables(superuser)
    policies = await superuser.fetch(queries.POLICIES, promise.schema)
    columns = await superuser.fetch(queries.COLUMNS, promise.schema, tables)
    indexes = await superuser.fetch(queries.KEYS, promise.schema, tables)
    foreign_keys = await superuser.fetch(_FOREIGN_KEYS, promise.schema)
    functions = [one["name"] for one in await superuser.fetch(queries.FUNCTIONS, promise.schema) if one["definer"]]
    return [
        *(mutant for one in policies for mutant in _of_policy(one["table"], one["name"], promise)),
        *(mutant for table in tables for mutant in _of_tenant_table(table, promise)),
        *(mutant for table in sorted(promise.platform_tables) for mutant in _of_platform_table(table, promise)),
        *(mutant for table in (*tables, *promise.platform_tables) for mutant in _of_table(table, promise)),
        *_of_columns(columns, promise),
        *(_without_key(one["table"], one["name"], promise) for one in indexes if one["name"] in promise.keys_across),
        *(mutant for one in foreign_keys for mutant in _of_foreign_key(one, promise)),
        *(mutant for function in functions for mutant in _of_directory_function(function, promise)),
        *_of_schema(promise, tables[0]),
        *_of_roles(promise, tables[0]),
    ]


_FOREIGN_KEYS = """
SELECT k.conname AS name, c.relname AS table, r.relname AS other,
  (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[2]) AS column,
  (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[2]) AS other_column
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
WHERE k.contype = 'f' AND c.relnamespace = $1::text::regnamespace AND cardinality(k.conkey) = 2
"""


def _of_policy(table: str, policy: str, promise: Promise) -> Iterator[Mutant]:
    on = f'{policy} ON "{promise.schema}"."{table}"'
    opens = table if policy == "tenant" else None
    yield Mutant(f"{table}: policy {policy} is dropped", f"DROP POLICY {on}", opens)
    yield Mutant(f"{table}: policy {policy} is everybody's", f"ALTER POLICY {on} TO PUBLIC", None if opens else table)
    if policy == "directory":
        yield Mutant(
            f"{table}: policy {policy} is the application's too",
            f"ALTER POLICY {on} TO {promise.directory}, {promise.app}",
            table,
        )
        return
    yield Mutant(f"{table}: the policy hides nothing", f"ALTER POLICY {on} USING (true)", table)
    yield Mutant(f"{table}: the policy checks nothing", f"ALTER POLICY {on} WITH CHECK (true)", table)
    column = f'"{promise.tenant_column(table)}"'
    tenant = f"{column} = (select nullif(current_setting('app.org_id', true), '')::uuid)"
    unset = "coalesce(current_setting('app.org_id', true), '') = ''"
    yield Mutant(f"{table}: without a tenant all is seen", f"ALTER POLICY {on} USING ({tenant} OR {unset})", table)
    to = f"TO {promise.app}, {promise.owner}"
    for what, definition, opened in (
        ("has no check of its own", f"{to} USING ({tenant})", None),
        ("is for reading", f"FOR SELECT {to} USING ({tenant})", None),
        ("does not bind the owner", f"TO {promise.app} USING ({tenant}) WITH CHECK ({tenant})", None),
        ("restricts what nobody permits", f"AS RESTRICTIVE {to} USING ({tenant}) WITH CHECK ({tenant})", table),
        ("trusts another setting", f"{to} USING ({tenant.replace('app.', 'my.')}) WITH CHECK ({tenant})", table),
    ):
        again = f"DROP POLICY {on}; CREATE POLICY {on} {definition}"
        yield Mutant(f"{table}: the policy {what}", again, opened)


def _of_tenant_table(table: str, promise: Promise) -> Iterator[Mutant]:
    where, column = f'"{promise.schema}"."{table}"', promise.tenant_column(table)
    for verb, clause in _CLAUSES.items():
        loose = f"CREATE POLICY loose ON {where} FOR {verb} TO {promise.app} {clause}"
        yield Mutant(f"{table}: a second policy lets everybody {verb}", loose, table)
    yield Mutant(f"{table}: a second policy is everybody's", f"CREATE POLICY loose ON {where} USING (true)", table)
    yield Mutant(f"{table}: row security is off", f"ALTER TABLE {where} DISABLE ROW LEVEL SECURITY", table)
    for verb in ("TRUNCATE", "REFERENCES", "TRIGGER"):
        yield Mutant(
            f"{table}: the application may {verb}",
            f"GRANT {verb} ON {where} TO {promise.app}",
            table if verb == "TRUNCATE" else None,
        )
    yield Mutant(
        f"{table}: the application may refer to a column", f"GRANT REFERENCES ({column}) ON {where} TO {promise.app}"
    )
    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        if verb not in promise.grants.get(table, "").replace(",", "").split():
            grant = f"GRANT {verb} ON {where} TO {promise.app}"
            yield Mutant(f"{table}: the application may {verb}, which it never does", grant)
    yield Mutant(f"{table}: the application may lend", f"GRANT SELECT ON {where} TO {promise.app} WITH GRANT OPTION")


_CLAUSES = {
    "SELECT": "USING (true)",
    "INSERT": "WITH CHECK (true)",
    "UPDATE": "USING (true) WITH CHECK (true)",
    "DELETE": "USING (true)",
    "ALL": "USING (true) WITH CHECK (true)",
}


def _of_platform_table(table: str, promise: Promise) -> Iterator[Mutant]:
    where = f'"{promise.schema}"."{table}"'
    for verb, clause in _CLAUSES.items():
        loose = f"CREATE POLICY loose ON {where} FOR {verb} TO {promise.app} {clause}"
        opens = table if verb in {"SELECT", "INSERT", "ALL"} else None  # some refuse the others by a trigger
        yield Mutant(f"{table}: a policy lets everybody {verb}", loose, opens)
    yield Mutant(f"{table}: row security is off", f"ALTER TABLE {where} DISABLE ROW LEVEL SECURITY", table)
    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
        yield Mutant(f"{table}: the application may {verb}", f"GRANT {verb} ON {where} TO {promise.app}")
    yield Mutant(f"{table}: the directory may nothing", f"REVOKE ALL ON {where} FROM {promise.directory}")


def _of_table(table: str, promise: Promise) -> Iterator[Mutant]:
    schema, where = promise.schema, f'"{promise.schema}"."{table}"'
    yield Mutant(f"{table}: the owner is not bound", f"ALTER TABLE {where} NO FORCE ROW LEVEL SECURITY")
    for role in (promise.app, promise.directory):
        yield Mutant(
            f"{table}: is owned by {role}",
            f"GRANT CREATE ON SCHEMA {schema} TO {role}; ALTER TABLE {where} OWNER TO {role}",
        )
    yield Mutant(f"{table}: anybody may read", f"GRANT SELECT ON {where} TO PUBLIC")
    yield Mutant(f"{table}: a role may read that is none of ours", f"GRANT SELECT ON {where} TO pg_monitor")
    yield Mutant(f"{table}: the directory may truncate", f"GRANT TRUNCATE ON {where} TO {promise.directory}")
    yield Mutant(f"{table}: a view reads it as its owner", f"CREATE VIEW {schema}.peek AS SELECT * FROM {where}")
    yield Mutant(f"{table}: a copy is kept", f"CREATE MATERIALIZED VIEW {schema}.peek AS SELECT * FROM {where}")
    yield Mutant(f"{table}: has a child", f"CREATE TABLE {schema}.child () INHERITS ({where})")
    yield Mutant(f"{table}: has a rule", f"CREATE RULE peek AS ON INSERT TO {where} DO ALSO NOTHING")
    yield Mutant(f"{table}: is published", f"CREATE PUBLICATION peek FOR TABLE {where}")


def _of_columns(columns: Iterable[asyncpg.Record], promise: Promise) -> Iterator[Mutant]:
    """A key that begins with anything but the tenant tells one organization what another has."""
    for column in columns:
        tenant = promise.tenant_column(column["table"])
        if column["name"] != tenant and column["type"] in _INDEXABLE:
            where = f'"{promise.schema}"."{column["table"]}"'
            across = f'CREATE UNIQUE INDEX across ON {where} ("{column["name"]}") WHERE "{tenant}" IS NULL'
            yield Mutant(f"{column['table']}: a key begins with {column['name']}", across)


_INDEXABLE = {"uuid", "text", "timestamp with time zone", "integer", "bigint", "smallint", "boolean", "bytea"}


def _without_key(table: str, key: str, promise: Promise) -> Mutant:
    """What is listed and no longer there is a promise that nobody keeps."""
    where = f'"{promise.schema}"."{table}"'
    drop = f"ALTER TABLE {where} DROP CONSTRAINT IF EXISTS {key}; DROP INDEX IF EXISTS {promise.schema}.{key}"
    return Mutant(f"{table}: {key} is gone", drop)


def _of_foreign_key(key: asyncpg.Record, promise: Promise) -> Iterator[Mutant]:
    where, other = f'"{promise.schema}"."{key["table"]}"', f'"{promise.schema}"."{key["other"]}"'
    yield Mutant(
        f"{key['table']}: {key['name']} leads to anybody's row",
        f'ALTER TABLE {where} DROP CONSTRAINT "{key["name"]}";'
        f" CREATE UNIQUE INDEX across ON {other} ({key['other_column']});"
        f" ALTER TABLE {where} ADD FOREIGN KEY ({key['column']}) REFERENCES {other} ({key['other_column']})",
        key["table"],
    )


def _of_directory_function(function: str, promise: Promise) -> Iterator[Mutant]:
    schema = promise.schema
    name, _, arguments = function.partition("(")
    qualified = f'"{schema}"."{name}"({arguments}'
    grantable = f"GRANT CREATE ON SCHEMA {schema} TO {promise.app}"
    for what, statement in (
        ("trusts the caller's path", f"ALTER FUNCTION {qualified} RESET search_path"),
        ("looks elsewhere first", f"ALTER FUNCTION {qualified} SET search_path = public, {schema}, pg_temp"),
        ("finds temporary tables first", f"ALTER FUNCTION {qualified} SET search_path = {schema}"),
        ("sets more than its path", f"ALTER FUNCTION {qualified} SET row_security = off"),
        ("runs as the owner", f"ALTER FUNCTION {qualified} OWNER TO {promise.owner}"),
        ("runs as the application", f"{grantable}; ALTER FUNCTION {qualified} OWNER TO {promise.app}"),
        ("runs as a superuser", f"ALTER FUNCTION {qualified} OWNER TO CURRENT_USER"),
        ("is anybody's", f"GRANT EXECUTE ON FUNCTION {qualified} TO PUBLIC"),
        ("is another role's", f"GRANT EXECUTE ON FUNCTION {qualified} TO pg_monitor"),
        ("runs as its caller", f"ALTER FUNCTION {qualified} SECURITY INVOKER"),
        ("has another name", f"ALTER FUNCTION {qualified} RENAME TO another"),
        ("is trusted with what it hides", f"ALTER FUNCTION {qualified} LEAKPROOF"),
        ("is elsewhere", f"ALTER FUNCTION {qualified} SET SCHEMA public"),
    ):
        yield Mutant(f"{function}: {what}", statement)


def _of_schema(promise: Promise, table: str) -> Iterator[Mutant]:
    schema, app = promise.schema, promise.app
    foreign = f"CREATE FOREIGN TABLE {schema}.notes (org_id uuid) SERVER s"
    function = "RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    for what, statement in (
        ("a table has no organization", f"CREATE TABLE {schema}.notes (id uuid PRIMARY KEY)"),
        ("a table is elsewhere", f"CREATE TABLE public.notes (); ALTER TABLE public.notes OWNER TO {promise.owner}"),
        (
            "a table is foreign",
            f"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; {foreign}",
        ),
        ("a table has parts", f"CREATE TABLE {schema}.notes (org_id uuid NOT NULL) PARTITION BY HASH (org_id)"),
        ("a directory function is not listed", f"CREATE FUNCTION {schema}.everything() {function}"),
        ("a directory function is elsewhere", f"CREATE FUNCTION public.everything() {function}"),
        ("the application counts", f"CREATE SEQUENCE {schema}.n; GRANT USAGE ON SEQUENCE {schema}.n TO {app}"),
        ("the application may make things", f"GRANT CREATE ON SCHEMA {schema} TO {app}"),
        ("the application may make things elsewhere", f"GRANT CREATE ON SCHEMA public TO {app}"),
        ("anybody may make things elsewhere", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
        ("anybody may look", f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC"),
        ("tables to come are open", f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {app}"),
        ("everybody's default is a tenant", f"ALTER ROLE {app} SET app.org_id = '{'0' * 32}'"),
        ("row security is asked for less", f"ALTER ROLE {app} SET row_security = off"),
        ("Alembic's table is open", f"GRANT SELECT ON {schema}.alembic_version TO {app}"),
        ("a row can be nobody's", f"CREATE TABLE {schema}.notes (LIKE {schema}.{table})"),
    ):
        yield Mutant(f"{schema}: {what}", statement)


def _of_roles(promise: Promise, table: str) -> Iterator[Mutant]:
    app, owner, directory = promise.app, promise.owner, promise.directory
    for role in promise.roles:
        for attribute in ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION"):
            opens = table if role == app and attribute in {"SUPERUSER", "BYPASSRLS"} else None
            yield Mutant(f"{role}: is {attribute}", f"ALTER ROLE {role} {attribute}", opens)
    for what, statement in (
        (f"{directory}: can log in", f"ALTER ROLE {directory} LOGIN"),
        (f"{app}: is the directory", f"GRANT {directory} TO {app}"),
        (f"{app}: is the owner", f"GRANT {owner} TO {app}"),
        (f"{app}: reads all data", f"GRANT pg_read_all_data TO {app}"),
        (f"{directory}: reads all data", f"GRANT pg_read_all_data TO {directory}"),
        (
            f"{owner}: is the directory at all times",
            f"ALTER ROLE {owner} INHERIT; REVOKE {directory} FROM {owner}; GRANT {directory} TO {owner}",
        ),
        (f"{owner}: passes the directory on", f"GRANT {directory} TO {owner} WITH ADMIN OPTION"),
        (f"{directory}: is somebody else's too", f"CREATE ROLE visitor; GRANT {directory} TO visitor"),
    ):
        yield Mutant(what, statement)
