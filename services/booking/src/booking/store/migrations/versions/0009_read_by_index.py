"""What was looked for row by row, since row security keeps such conditions from an index; and answers, forgotten in time."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Whether ranges overlap, and what is in a document, is not leakproof. What these columns are compared with is.
_UP = (
    """
    ALTER TABLE busy_times
      ADD COLUMN begins_at timestamptz NOT NULL GENERATED ALWAYS AS (lower(occupied)) STORED,
      ADD COLUMN ends_at timestamptz NOT NULL GENERATED ALWAYS AS (upper(occupied)) STORED,
      -- Holidays and the like: they are few, and looked for apart.
      ADD COLUMN lasts_long boolean NOT NULL
        GENERATED ALWAYS AS (upper(occupied) - lower(occupied) > interval '24 hours') STORED
    """,
    "DROP INDEX busy_times_by_time",
    "CREATE INDEX busy_times_by_beginning ON busy_times (org_id, calendar_id, begins_at)",
    "CREATE INDEX busy_times_that_last ON busy_times (org_id, calendar_id, ends_at) WHERE lasts_long",
    """
    ALTER TABLE tool_calls
      ADD COLUMN appointment_id uuid GENERATED ALWAYS AS ((data ->> 'appointmentId')::uuid) STORED
    """,
    "CREATE INDEX tool_calls_by_appointment ON tool_calls (org_id, appointment_id) WHERE appointment_id IS NOT NULL",
    "CREATE INDEX tool_calls_by_age ON tool_calls (created_at)",
)

# Two that come at once skip each other's rows, and those that an erasure is at.
_FORGET = """
CREATE FUNCTION forget_tool_calls(before timestamptz, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH old AS (
    SELECT org_id, conversation_id, tool_call_id FROM tool_calls
    WHERE created_at < before ORDER BY created_at LIMIT most
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM tool_calls USING old
    WHERE (tool_calls.org_id, tool_calls.conversation_id, tool_calls.tool_call_id)
      = (old.org_id, old.conversation_id, old.tool_call_id)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$
"""
_SIGNATURE = "forget_tool_calls(timestamptz, integer)"
_DIRECTORY = "SELECT (org_id, conversation_id, tool_call_id, created_at), UPDATE (created_at), DELETE"

_DOWN = (
    f"DROP FUNCTION {_SIGNATURE}",
    "DROP POLICY directory ON tool_calls",
    f"REVOKE {_DIRECTORY} ON tool_calls FROM booking_directory",
    "DROP INDEX tool_calls_by_age",
    "ALTER TABLE tool_calls DROP COLUMN appointment_id",
    "ALTER TABLE busy_times DROP COLUMN begins_at, DROP COLUMN ends_at, DROP COLUMN lasts_long",
    "CREATE INDEX busy_times_by_time ON busy_times USING gist (org_id, calendar_id, occupied)",
)


def upgrade() -> None:
    for statement in (*_UP, *open_to_directory("tool_calls", "booking", verbs=_DIRECTORY), _FORGET):
        op.execute(statement)
    for statement in directory_function(_SIGNATURE, "booking"):
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
