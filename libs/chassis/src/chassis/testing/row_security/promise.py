"""What a service's schema promises: which tables are whose, and what crosses organizations, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

TENANT_COLUMN = "org_id"


@dataclass(frozen=True, slots=True)
class DirectoryFunction:
    """A SECURITY DEFINER function: it sees all organizations' rows, and answers no more than this."""

    answers: str
    """The names of the columns it answers, or the type of its one value."""

    why: str


@dataclass(frozen=True, slots=True)
class Promise:
    """One service's schema. A table that is neither the platform's nor Alembic's has an organization's rows."""

    schema: str

    grants: Mapping[str, str]
    """What the application may do to which table: `INSERT, SELECT`, sorted; a table that is not named, nothing."""

    directory_functions: Mapping[str, DirectoryFunction] = field(default_factory=dict)
    """By signature, `name(type, type)` with PostgreSQL's own names of the types."""

    keys_across: Mapping[str, str] = field(default_factory=dict)
    """Unique and exclusion indexes that hold across organizations, by name, and why they do."""

    platform_tables: frozenset[str] = frozenset()
    """Tables that belong to no organization: the directory_functions alone reach them."""

    tenant_columns: Mapping[str, str] = field(default_factory=dict)
    """The tables that do not call the column `org_id`, and what they call it."""

    @property
    def app(self) -> str:
        return f"{self.schema}_app"

    @property
    def owner(self) -> str:
        return f"{self.schema}_owner"

    @property
    def directory(self) -> str:
        return f"{self.schema}_directory"

    @property
    def roles(self) -> list[str]:
        return [self.app, self.owner, self.directory]

    def tenant_column(self, table: str) -> str:
        return self.tenant_columns.get(table, TENANT_COLUMN)

    async def tenant_tables(self, superuser: asyncpg.Connection) -> list[str]:
        """The tables with organizations' rows, as the database has them. AssertionError if there is none."""
        found = await superuser.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p')"
            " AND relname <> 'alembic_version' AND relname <> ALL($2::text[]) ORDER BY relname",
            self.schema,
            list(self.platform_tables),
        )
        if not found:
            raise AssertionError(f"schema {self.schema} has no tenant table")
        return [name for (name,) in found]
