"""What happened in calls: an event for each message that came, and for each tool call in it."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CALL_EVENTS = """
CREATE TABLE call_events (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  -- Messages come before anybody has told of their call.
  vapi_call_id text NOT NULL,
  at timestamptz NOT NULL,
  milliseconds double precision NOT NULL CHECK (milliseconds >= 0),
  -- An event is of one of them.
  message_type text,
  tool text,
  -- Of a tool call: how it ended (said, replayed, or the reason of its failure), what it came to in its service's word,
  -- and the appointment that its answer named.
  ended text,
  outcome text,
  appointment_id uuid,
  -- What tells of nobody.
  facts jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
  -- What was said, without who said it.
  sealed_details bytea,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CHECK (num_nonnulls(message_type, tool) = 1),
  CHECK ((tool IS NULL) = (ended IS NULL))
)
"""

_INDEXES = (
    "CREATE INDEX call_events_by_call ON call_events (org_id, vapi_call_id, at)",
    "CREATE INDEX call_events_of_tools ON call_events (org_id, at) WHERE tool IS NOT NULL",
    "CREATE INDEX call_events_by_appointment ON call_events (org_id, appointment_id) WHERE appointment_id IS NOT NULL",
    "CREATE INDEX call_events_by_age ON call_events (recorded_at)",
    "CREATE INDEX call_events_with_details ON call_events (recorded_at) WHERE sealed_details IS NOT NULL",
)

# Those that come at once skip each other's rows, and those that an erasure is at.
_FORGET_DETAILS = """
CREATE FUNCTION forget_call_event_details(before timestamptz, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH old AS (
    SELECT org_id, id FROM call_events
    WHERE recorded_at < before AND sealed_details IS NOT NULL ORDER BY recorded_at LIMIT most
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    UPDATE call_events SET sealed_details = NULL FROM old
    WHERE (call_events.org_id, call_events.id) = (old.org_id, old.id)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$
"""
_FORGET = """
CREATE FUNCTION forget_call_events(before timestamptz, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH old AS (
    SELECT org_id, id FROM call_events WHERE recorded_at < before ORDER BY recorded_at LIMIT most
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM call_events USING old
    WHERE (call_events.org_id, call_events.id) = (old.org_id, old.id)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$
"""
_FUNCTIONS = {
    "forget_call_event_details(timestamptz, integer)": _FORGET_DETAILS,
    "forget_call_events(timestamptz, integer)": _FORGET,
}
_DIRECTORY = "SELECT (org_id, id, recorded_at, sealed_details), UPDATE (sealed_details), DELETE"


def upgrade() -> None:
    for statement in (
        _CALL_EVENTS,
        *_INDEXES,
        *protect("call_events", "booking", verbs="SELECT, INSERT, UPDATE (sealed_details)"),
        *open_to_directory("call_events", "booking", verbs=_DIRECTORY),
    ):
        op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, "booking"):
            op.execute(statement)


def downgrade() -> None:
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TABLE call_events")
