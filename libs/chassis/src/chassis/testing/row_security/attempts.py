"""Everything that one organization must not be able to do to another's rows, tried on every table.

The application is first given SELECT, INSERT, UPDATE and DELETE on all tables: what keeps organizations apart must not
be that it was not granted a verb. Everything is undone.
"""

import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from chassis.testing.row_security.promise import Promise

_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'
"""
_CONFLICTS = """
SELECT (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = x.indrelid AND attnum = ANY(x.indkey::int2[]))
FROM pg_index x
WHERE x.indrelid = $1::text::regclass AND x.indisunique AND NOT x.indisexclusion
  AND x.indpred IS NULL AND x.indexprs IS NULL
"""
_FOREIGN_KEYS = """
SELECT conname AS name,
  (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = conrelid AND attnum = ANY(conkey)) AS columns
FROM pg_constraint WHERE contype = 'f' AND conrelid = $1::text::regclass
"""
_WITHOUT_OTHERS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', $1::text, conname) FROM pg_constraint
WHERE conrelid = $1::text::regclass AND contype IN ('f', 'u', 'x', 'c') AND conname <> $2
UNION ALL SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
WHERE indrelid = $1::text::regclass AND indisunique
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""
"""Statements that leave a table one foreign key alone, so that nothing else can object first."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of an attempt."""

    refused: bool = False
    """By a missing privilege or by row security (42501)."""

    violated: str | None = None
    """The constraint that objected. Row security is asked first: whoever hears of one has got past it."""

    told: str | None = None
    """What the violation says about the row that is there."""

    rows: int = 0
    """How many rows the attempt touched."""

    changed: bool = False
    """Whether a row of somebody else is not as it was, or new."""

    @property
    def reached_nothing(self) -> bool:
        return self.refused or not (self.violated or self.rows or self.changed)


_Act = Callable[[], Awaitable[int]]


async def problems_of_attempts(
    superuser: asyncpg.Connection, promise: Promise, tables: Collection[str] | None = None
) -> AsyncGenerator[str, None]:
    """All that was possible and should not have been; of `tables`, or of all.

    Works on the rows that are there, and finds a problem in a table without any: nothing is proved on emptiness.
    """
    of_organizations = await promise.tenant_tables(superuser)
    wanted = [*of_organizations, *sorted(promise.platform_tables)] if tables is None else tables
    async with _undone(superuser):
        await superuser.execute(
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{promise.schema}" TO "{promise.app}"'
        )
        for table in wanted:
            intruder = _Intruder(superuser, promise, table, of_organization=table in of_organizations)
            async with aclosing(intruder.problems()) as problems:
                async for problem in problems:
                    yield f"{table}: {problem}"


class _Intruder:
    """Does everything to one table's rows that another organization must not be able to do."""

    def __init__(self, superuser: asyncpg.Connection, promise: Promise, table: str, *, of_organization: bool) -> None:
        self._superuser = superuser
        self._promise = promise
        self._name = table
        self._table = f'"{promise.schema}"."{table}"'
        self._tenant_column = promise.tenant_column(table)
        self._column = f'"{self._tenant_column}"' if of_organization else None
        self._stranger = uuid4()

    async def problems(self) -> AsyncGenerator[str, None]:
        row = await self._superuser.fetchval(f"SELECT to_jsonb(t)::text FROM {self._table} t LIMIT 1")  # noqa: S608  # a table's name
        if row is None:
            yield "holds no row: seed one, or this proves nothing"
            return
        if self._column and self._tenant_column not in json.loads(row):
            yield f"has no column {self._column}"
            return
        for whose, tenant in (("a stranger", self._stranger), ("nobody", None)):
            async for done in self._everything(tenant, row):
                yield f"{whose} {done}"
        if self._column:
            async for problem in self._of_organizations(row):
                yield problem

    async def _everything(self, tenant: UUID | None, row: str) -> AsyncGenerator[str, None]:
        """What can be tried on any table; it all must reach nothing."""
        columns = await self._superuser.fetchval(_COLUMNS, self._table)
        (first, *_) = columns.split(", ")
        copy = self._copy(columns)
        takes = f"{self._column} = '{tenant or uuid4()}'" if self._column else f"{first} = DEFAULT"
        finds_nothing = {
            "reads": self._fetching(f"SELECT FROM {self._table}"),
            "locks": self._fetching(f"SELECT FROM {self._table} FOR UPDATE"),
            "copies out": self._copying_out,
            "changes": self._fetching(f"UPDATE {self._table} SET {first} = {first}"),  # noqa: S608  # names
            "changes and reads": self._fetching(f"UPDATE {self._table} SET {first} = {first} RETURNING 1"),  # noqa: S608  # names
            "takes": self._fetching(f"UPDATE {self._table} SET {takes}"),  # noqa: S608  # names
            "deletes": self._fetching(f"DELETE FROM {self._table}"),  # noqa: S608  # names
            "deletes and reads": self._fetching(f"DELETE FROM {self._table} RETURNING 1"),  # noqa: S608  # names
        }
        is_refused = {
            "truncates": self._fetching(f"TRUNCATE {self._table}"),
            "inserts": self._fetching(copy, row),
            "hears of a conflict": self._fetching(f"{copy} ON CONFLICT DO NOTHING", row),
        }
        for conflict in await self._superuser.fetch(_CONFLICTS, self._table):
            is_refused[f"overwrites by {conflict[0]}"] = self._fetching(
                f"{copy} ON CONFLICT ({conflict[0]}) DO UPDATE SET {first} = EXCLUDED.{first}", row
            )
        for what, act in finds_nothing.items():
            if not (await self._outcome(tenant, act)).reached_nothing:
                yield what
        for what, act in is_refused.items():
            if not (await self._outcome(tenant, act)).refused:
                yield what

    async def _of_organizations(self, row: str) -> AsyncGenerator[str, None]:
        """What takes an owner: its own view, handing over, and rows of the stranger's own that lean on the owner's."""
        owner = json.loads(row)[self._tenant_column]
        its_own = await self._superuser.fetchval(
            f"SELECT count(*) FROM {self._table} WHERE {self._column} = $1::text::uuid",  # noqa: S608  # names
            owner,
        )
        if (await self._outcome(owner, self._fetching(f"SELECT FROM {self._table}"))).rows != its_own:
            yield "the owner does not see its own rows and no others"
        hand_over = f"UPDATE {self._table} SET {self._column} = '{self._stranger}'"  # noqa: S608  # names
        if not (await self._outcome(owner, self._fetching(hand_over))).refused:
            yield "the owner makes its row another's"
        async for problem in self._collisions(row):
            yield problem
        async for problem in self._references():
            yield problem

    async def _collisions(self, row: str) -> AsyncGenerator[str, None]:
        """A row of the stranger's own with the owner's values: only a listed key objects, and says no more."""
        own = self._copy(await self._superuser.fetchval(_COLUMNS, self._table), self._stranger)
        statements = [own]
        for conflict in await self._superuser.fetch(_CONFLICTS, self._table):
            takes = f"{self._column} = '{self._stranger}'"
            statements.append(f"{own} ON CONFLICT ({conflict[0]}) DO UPDATE SET {takes}")
        for statement in statements:
            outcome = await self._outcome(self._stranger, self._fetching(statement, row))
            if outcome.changed:
                yield "a stranger overwrites by a row of its own"
            if outcome.violated and not await self._may_object(outcome.violated):
                yield f"a stranger's own row hears of {outcome.violated}"
            if outcome.violated in self._promise.keys_across and "=(" in (outcome.told or ""):
                yield f"{outcome.violated} tells a stranger what is there, not only that it is taken"

    async def _may_object(self, constraint: str) -> bool:
        """A listed key; or a foreign key, which says that the stranger itself has no such thing."""
        return constraint in self._promise.keys_across or await self._superuser.fetchval(
            "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = $1 AND contype = 'f')", constraint
        )

    async def _references(self) -> AsyncGenerator[str, None]:
        """Each foreign key by itself: a row of the stranger's own cannot lean on the owner's."""
        for key in await self._superuser.fetch(_FOREIGN_KEYS, self._table):
            leaning = " AND ".join(f'"{column}" IS NOT NULL' for column in key["columns"])
            row = await self._superuser.fetchval(
                f"SELECT to_jsonb(t)::text FROM {self._table} t WHERE {leaning} LIMIT 1"  # noqa: S608  # names
            )
            if row is None:
                yield f"holds no row with {', '.join(key['columns'])}: seed one, or this proves nothing"
                continue
            columns = await self._superuser.fetchval(_COLUMNS, self._table)
            async with _undone(self._superuser):
                for (drop_another,) in await self._superuser.fetch(_WITHOUT_OTHERS, self._table, key["name"]):
                    await self._superuser.execute(drop_another)
                outcome = await self._outcome(self._stranger, self._fetching(self._copy(columns, self._stranger), row))
            if outcome.violated != key["name"]:
                yield f"a stranger's row leans on the owner's by {key['name']}"

    def _copy(self, columns: str, owner: UUID | None = None) -> str:
        """An INSERT of the row in $1 again, unless it is to be `owner`'s."""
        values = [f"'{owner}'" if owner and column == self._tenant_column else column for column in columns.split(", ")]
        return (
            f"INSERT INTO {self._table} ({columns})"  # noqa: S608  # names from the catalogue
            f" SELECT {', '.join(values)} FROM jsonb_populate_record(NULL::{self._table}, $1::text::jsonb)"
        )

    def _fetching(self, statement: str, *arguments: str) -> _Act:
        async def act() -> int:
            prepared = await self._superuser.prepare(statement)
            await prepared.fetch(*arguments)
            # `UPDATE 1`, `INSERT 0 1`: the last word of the command's tag is the number of rows.
            _, _, rows = prepared.get_statusmsg().rpartition(" ")
            return int(rows) if rows.isdigit() else 0

        return act

    async def _copying_out(self) -> int:
        sink = io.BytesIO()
        await self._superuser.copy_from_table(self._name, schema_name=self._promise.schema, output=sink)
        return sink.tell()

    async def _outcome(self, tenant: UUID | str | None, act: _Act) -> _Outcome:
        """Act as the application, for `tenant`, and look what came of it. Undone."""
        before = await self._of_others()
        try:
            async with _undone(self._superuser):
                await self._superuser.execute(
                    f"SET LOCAL ROLE \"{self._promise.app}\"; SELECT set_config('app.org_id', '{tenant or ''}', true)"
                )
                rows = await act()
                await self._superuser.execute("RESET ROLE")
                return _Outcome(rows=rows, changed=await self._of_others() != before)
        except asyncpg.InsufficientPrivilegeError:
            return _Outcome(refused=True)
        except asyncpg.IntegrityConstraintViolationError as error:
            return _Outcome(violated=error.constraint_name, told=error.detail)
        except asyncpg.FeatureNotSupportedError:  # a TRUNCATE, allowed but for other tables that lean on this
            return _Outcome(violated="another table")

    async def _of_others(self) -> str:
        """A digest of all rows that are not the stranger's."""
        others = f"WHERE {self._column} IS DISTINCT FROM '{self._stranger}'" if self._column else ""
        digest: str = await self._superuser.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {self._table} t {others}"  # noqa: S608  # names
        )
        return digest


@asynccontextmanager
async def _undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction, or a savepoint within one, that is always rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()
