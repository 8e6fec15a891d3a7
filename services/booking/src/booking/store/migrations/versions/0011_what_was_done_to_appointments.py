"""What was done to appointments, by whom and in which call: for counting."""

from alembic import op

from chassis.database.row_security import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CHANGES = """
CREATE TABLE appointment_changes (
  org_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  appointment_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  change text NOT NULL CHECK (change IN ('booked', 'moved', 'cancelled')),
  -- Else staff did it.
  by_assistant boolean NOT NULL,
  -- Vapi's id of the call or chat in which it was done.
  conversation_id text,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, appointment_id) REFERENCES appointments ON DELETE CASCADE
)
"""

_UP = (
    _CHANGES,
    "CREATE INDEX appointment_changes_by_time ON appointment_changes (org_id, at, id)",
    "CREATE INDEX appointment_changes_by_appointment ON appointment_changes (org_id, appointment_id)",
    # Whoever counts calls asks what was done in each, and reads no more of it than this.
    """
    CREATE INDEX appointment_changes_by_conversation ON appointment_changes (org_id, conversation_id, change)
      WHERE conversation_id IS NOT NULL
    """,
    # What was booked before is known by its appointments; what was moved and cancelled is not. Row security binds the
    # owner too, and there is no tenant here.
    "ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY",
    """
    INSERT INTO appointment_changes (org_id, appointment_id, at, change, by_assistant, conversation_id)
    SELECT org_id, id, created_at, 'booked', vapi_call_id IS NOT NULL, vapi_call_id FROM appointments
    WHERE status <> 'held'
    """,
    "ALTER TABLE appointments FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    for statement in protect("appointment_changes", "booking", verbs="SELECT, INSERT"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE appointment_changes")
