"""Departments, and what tools of the live call were answered."""

from alembic import op

from chassis.database.row_security import protect

revision = "0006"
down_revision = "0005"

_SCHEMA = "assistant_sync"

_DEPARTMENTS = (
    """
    CREATE TABLE departments (
        org_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL CHECK (name <> ''),
        -- Equal for names that sound the same.
        name_key text NOT NULL CHECK (name_key <> ''),
        synonyms text[] NOT NULL,
        description text NOT NULL,
        number text CHECK (number ~ '^\\+[1-9][0-9]{6,14}$'),
        sip_uri text CHECK (sip_uri <> ''),
        is_default boolean NOT NULL,
        is_announced boolean NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (org_id, id),
        CONSTRAINT departments_name UNIQUE (org_id, name_key),
        CONSTRAINT departments_one_destination CHECK ((number IS NULL) <> (sip_uri IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX departments_one_default ON departments (org_id) WHERE is_default",
)

# What a caller said is not in it: no arguments, and answers that name departments alone.
_TOOL_CALLS = (
    """
    CREATE TABLE tool_calls (
        org_id uuid NOT NULL,
        conversation_id text NOT NULL,
        tool_call_id text NOT NULL,
        arguments_hash bytea NOT NULL,
        say text NOT NULL,
        data jsonb NOT NULL,
        ends_call boolean NOT NULL,
        otherwise_say text,
        otherwise_data jsonb,
        tried text CHECK (tried IN ('done', 'failed')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (org_id, conversation_id, tool_call_id),
        CHECK ((otherwise_say IS NULL) = (otherwise_data IS NULL))
    )
    """,
    "CREATE INDEX tool_calls_by_age ON tool_calls (org_id, created_at)",
)


def upgrade() -> None:
    for statement in (
        *_DEPARTMENTS,
        *protect("departments", _SCHEMA),
        *_TOOL_CALLS,
        *protect("tool_calls", _SCHEMA),
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE tool_calls")
    op.execute("DROP TABLE departments")
