"""The promise that no organization sees another's rows, asked of a real database.

`assert_tenants_are_isolated` tries: every tenant table, every verb, as somebody else.
`assert_catalogue_is_sound` reads: what PostgreSQL's catalogue says about tables, keys, roles and functions.

Both find the tables themselves, so that a table added tomorrow is checked tomorrow. A service's store tests seed at
least one row in each table and call both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID, uuid4

import asyncpg

from chassis.testing.databases import ServiceDatabase

NOT_TENANT_TABLES = frozenset({"alembic_version"})
TENANT_COLUMN = "org_id"
TENANT_COLUMNS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table whose rows belong to organizations, and the column that says to which."""

    name: str
    tenant_column: str


async def assert_tenants_are_isolated(
    database: ServiceDatabase,
    schema: str,
    *,
    not_tenant_tables: Collection[str] = NOT_TENANT_TABLES,
    tenant_columns: Mapping[str, str] = TENANT_COLUMNS,
) -> None:
    """Read, change, delete, insert and hand over rows as an organization that does not own them.

    Works on the rows that the test has seeded and fails for a table without any: nothing is proved on emptiness.
    Leaves no trace. `tenant_columns` names the column of tables that do not call it `org_id`.
    Raises AssertionError with everything that was possible and should not have been.
    """
    superuser = await asyncpg.connect(database.superuser_url)
    app = await asyncpg.connect(database.app_url)
    try:
        problems = [
            problem
            for table in await _tenant_tables(superuser, schema, not_tenant_tables, tenant_columns)
            for problem in await _Intruder(superuser, app, schema, table).problems()
        ]
    finally:
        await app.close()
        await superuser.close()
    _report(problems)


async def assert_catalogue_is_sound(
    database: ServiceDatabase,
    schema: str,
    listed_exceptions: Collection[str] = (),
    *,
    listed_functions: set[str],
    not_tenant_tables: Collection[str] = NOT_TENANT_TABLES,
    tenant_columns: Mapping[str, str] = TENANT_COLUMNS,
) -> None:
    """Read in the catalogue that isolation does not depend on what any query remembers.

    `listed_exceptions` names the unique and exclusion indexes that deliberately hold across organizations;
    `listed_functions` the SECURITY DEFINER functions, which look across them, each as `name(type, type)` with
    PostgreSQL's own names of the types. One that does not exist, or needs no listing, is a problem too.
    Raises AssertionError with all problems.
    """
    superuser = await asyncpg.connect(database.superuser_url)
    try:
        tables = await _tenant_tables(superuser, schema, not_tenant_tables, tenant_columns)
        problems = [
            *await _row_security_problems(superuser, schema, tables),
            *await _key_problems(superuser, schema, tables, listed_exceptions),
            *await _privilege_problems(superuser, schema, tables),
            *await _role_problems(superuser, schema),
            *await _function_problems(superuser, schema, listed_functions),
        ]
    finally:
        await superuser.close()
    _report(problems)


class _Intruder:
    """Does everything to a table's rows that another organization must not be able to do."""

    def __init__(self, superuser: asyncpg.Connection, app: asyncpg.Connection, schema: str, table: TenantTable) -> None:
        self._superuser = superuser
        self._app = app
        self._table = f'"{schema}"."{table.name}"'
        self._column = f'"{table.tenant_column}"'

    async def problems(self) -> list[str]:
        row = await self._superuser.fetchrow(
            f"SELECT {self._column} AS owner, to_jsonb(t)::text AS content FROM {self._table} t LIMIT 1"  # noqa: S608
        )
        if row is None:
            return [f"{self._table} holds no row: seed one, or this proves nothing"]
        owner, content = row["owner"], row["content"]
        stranger = uuid4()
        columns = await self._insertable_columns()
        copy = (
            f"INSERT INTO {self._table} ({columns})"  # noqa: S608
            f" SELECT {columns} FROM jsonb_populate_record(NULL::{self._table}, $1::text::jsonb)"
        )
        mine = f"SELECT FROM {self._table} WHERE {self._column} = '{owner}'"
        everything = f"SELECT FROM {self._table}"
        update = f"UPDATE {self._table} SET {self._column} = {self._column}"  # noqa: S608
        hand_over = f"UPDATE {self._table} SET {self._column} = '{stranger}'"  # noqa: S608
        delete = f"DELETE FROM {self._table}"  # noqa: S608
        verdicts = [
            (await self._touches(owner, mine) != 0, "the owner sees its own row"),
            (await self._touches(stranger, everything) in (0, None), "a stranger sees nothing"),
            (await self._touches(None, everything) in (0, None), "without a tenant nothing is seen"),
            (await self._touches(stranger, update) in (0, None), "a stranger changes nothing"),
            (await self._touches(None, update) in (0, None), "without a tenant nothing is changed"),
            (await self._touches(stranger, delete) in (0, None), "a stranger deletes nothing"),
            (await self._touches(None, delete) in (0, None), "without a tenant nothing is deleted"),
            (await self._touches(stranger, copy, content) is None, "a stranger inserts nothing for the owner"),
            (await self._touches(None, copy, content) is None, "without a tenant nothing is inserted"),
            (
                await self._touches(stranger, f"{copy} ON CONFLICT DO NOTHING", content) is None,
                "a stranger learns nothing from a conflict with the owner's row",
            ),
            (await self._touches(owner, hand_over) is None, "the owner cannot make its row another's"),
        ]
        return [f"{self._table}: not so: {promise}" for kept, promise in verdicts if not kept]

    async def _touches(self, tenant: UUID | None, statement: str, *arguments: str) -> int | None:
        """How many rows the statement reaches as the application role; None if it was refused (42501). Undone."""
        transaction = self._app.transaction()
        await transaction.start()
        try:
            await self._app.execute("SELECT set_config('app.org_id', $1, true)", str(tenant or ""))
            # `INSERT 0 1`, `UPDATE 1`, `SELECT 1`: the last word of the command's tag is the number of rows.
            prepared = await self._app.prepare(statement)
            await prepared.fetch(*arguments)
            return int(prepared.get_statusmsg().rpartition(" ")[2])
        except asyncpg.InsufficientPrivilegeError:
            return None
        except asyncpg.IntegrityConstraintViolationError:
            # Row security is asked before any constraint: whoever hears of one has got past it.
            return 1
        finally:
            await transaction.rollback()

    async def _insertable_columns(self) -> str:
        columns: str = await self._superuser.fetchval(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' AND attidentity <> 'a'",
            self._table,
        )
        return columns


async def _tenant_tables(
    superuser: asyncpg.Connection,
    schema: str,
    not_tenant_tables: Collection[str],
    tenant_columns: Mapping[str, str],
) -> list[TenantTable]:
    names = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p')"
        " AND relname <> ALL($2::text[]) ORDER BY relname",
        schema,
        list(not_tenant_tables),
    )
    if not names:
        raise AssertionError(f"schema {schema} has no tenant table")
    return [TenantTable(name, tenant_columns.get(name, TENANT_COLUMN)) for (name,) in names]


async def _row_security_problems(superuser: asyncpg.Connection, schema: str, tables: list[TenantTable]) -> list[str]:
    problems = []
    for table in tables:
        state = await superuser.fetchrow(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass",
            f'"{schema}"."{table.name}"',
        )
        if not state["relrowsecurity"]:
            problems.append(f"{table.name}: row security is not enabled")
        if not state["relforcerowsecurity"]:
            problems.append(f"{table.name}: row security is not forced upon the owner")
        problems += await _policy_problems(superuser, schema, table)
    return problems


async def _policy_problems(superuser: asyncpg.Connection, schema: str, table: TenantTable) -> list[str]:
    """The application role has exactly one policy, for all verbs, on the tenant; only the directory has another."""
    policies = await superuser.fetch(
        "SELECT policyname, roles::text[], cmd, qual, with_check, permissive FROM pg_policies"
        " WHERE schemaname = $1 AND tablename = $2",
        schema,
        table.name,
    )
    of_application = [policy for policy in policies if policy["roles"] != [f"{schema}_directory"]]
    if len(of_application) != 1:
        return [f"{table.name}: {len(of_application)} policies beside the directory's, not one"]
    (policy,) = of_application
    problems = []
    if policy["cmd"] != "ALL" or f"{schema}_app" not in policy["roles"]:
        problems.append(f"{table.name}: policy {policy['policyname']} does not bind {schema}_app for all verbs")
    tenant = f"({table.tenant_column} = ( SELECT (NULLIF(current_setting('app.org_id'::text, true), ''::text))::uuid"
    problems += [
        f"{table.name}: {clause} of policy {policy['policyname']} is not the tenant in scope"
        for clause in ("qual", "with_check")
        if not (policy[clause] or "").startswith(tenant)
    ]
    return problems


async def _key_problems(
    superuser: asyncpg.Connection, schema: str, tables: list[TenantTable], listed_exceptions: Collection[str]
) -> list[str]:
    """Unique, exclusion and foreign keys begin with the tenant: a violation could otherwise tell of another's row."""
    tenant_column = {table.name: table.tenant_column for table in tables}
    keys = await superuser.fetch(
        "SELECT c.relname AS table, i.relname AS key, pg_get_indexdef(x.indexrelid, 1, true) AS first"
        " FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY($2::text[])"
        " AND (x.indisunique OR x.indisexclusion)",
        schema,
        list(tenant_column),
    )
    across = {key["key"] for key in keys if key["first"] != tenant_column[key["table"]]}
    foreign = await superuser.fetch(
        "SELECT c.relname AS table, k.conname AS key, a.attname AS first FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
        " WHERE k.contype = 'f' AND c.relnamespace = $1::text::regnamespace AND c.relname = ANY($2::text[])",
        schema,
        list(tenant_column),
    )
    return [
        *(f"{key}: does not begin with the tenant and is not listed" for key in sorted(across - {*listed_exceptions})),
        *(f"{key}: is listed as an exception and is none" for key in sorted({*listed_exceptions} - across)),
        *(
            f"{key['key']}: this foreign key does not begin with the tenant"
            for key in foreign
            if key["first"] != tenant_column[key["table"]]
        ),
    ]


async def _privilege_problems(superuser: asyncpg.Connection, schema: str, tables: list[TenantTable]) -> list[str]:
    """Row security does not cover TRUNCATE and REFERENCES, and a view reads as its owner unless told otherwise."""
    problems = [
        f"{table.name}: {schema}_app may {privilege}"
        for table in tables
        for privilege in ("TRUNCATE", "REFERENCES", "TRIGGER")
        if await superuser.fetchval(
            "SELECT has_table_privilege($1, $2::text, $3)", f"{schema}_app", f'"{schema}"."{table.name}"', privilege
        )
    ]
    views = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind IN ('v', 'm')"
        " AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)",
        schema,
    )
    return problems + [f"{view}: a view that reads as its owner" for (view,) in views]


async def _role_problems(superuser: asyncpg.Connection, schema: str) -> list[str]:
    problems = []
    for role in (f"{schema}_app", f"{schema}_owner", f"{schema}_directory"):
        attributes = await superuser.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = $1", role
        )
        if attributes["rolsuper"] or attributes["rolbypassrls"] or attributes["rolcreaterole"]:
            problems.append(f"{role}: can get around row security")
        if attributes["rolcanlogin"] == role.endswith("_directory"):
            problems.append(f"{role}: the directory cannot log in, the others can")
    app = f"{schema}_app"
    if await superuser.fetchval("SELECT count(*) FROM pg_auth_members WHERE member = $1::text::regrole", app):
        problems.append(f"{app}: is a member of another role")
    if await superuser.fetchval(
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = $1::text::regrole::oid", app
    ):
        problems.append(f"{app}: owns something")
    if await superuser.fetchval("SELECT has_schema_privilege($1, $2, 'CREATE')", app, schema):
        problems.append(f"{app}: may create in {schema}")
    return problems


async def _function_problems(superuser: asyncpg.Connection, schema: str, listed_functions: set[str]) -> list[str]:
    """The one door across tenants: functions of the directory role, with a fixed search path, for us alone."""
    functions = await superuser.fetch(
        "SELECT format('%s(%s)', proname, oidvectortypes(proargtypes)) AS name,"
        " proowner::regrole::text AS owner, proconfig,"
        " has_function_privilege('public', oid, 'EXECUTE') AS public"
        " FROM pg_proc WHERE pronamespace = $1::text::regnamespace AND prosecdef",
        schema,
    )
    doors = {function["name"] for function in functions}
    problems = [
        *(f"{name}: looks across organizations and is not listed" for name in sorted(doors - listed_functions)),
        *(f"{name}: is listed and does not look across organizations" for name in sorted(listed_functions - doors)),
    ]
    for function in functions:
        if function["owner"] != f"{schema}_directory":
            problems.append(f"{function['name']}: runs as {function['owner']}")
        if f"search_path={schema}, pg_temp" not in (function["proconfig"] or ()):
            problems.append(f"{function['name']}: its search_path is not pinned to {schema}, pg_temp")
        if function["public"]:
            problems.append(f"{function['name']}: anybody may call it")
    return problems


def _report(problems: list[str]) -> None:
    if problems:
        raise AssertionError("\n".join(["organizations are not kept apart:", *problems]))
