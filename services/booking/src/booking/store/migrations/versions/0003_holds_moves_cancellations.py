"""Holds that end, appointments that move and are cancelled."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = (
    # A hold belongs to the call or chat in `vapi_call_id`; it has no contact until it is booked.
    "ALTER TABLE appointments ADD COLUMN held_until timestamptz",
    """
    ALTER TABLE appointments ADD CONSTRAINT appointments_held CHECK (
      (status = 'held') = (held_until IS NOT NULL) AND (status <> 'held' OR vapi_call_id IS NOT NULL)
    )
    """,
    # Whether the calendar was chosen by name: then it is not moved to another.
    "ALTER TABLE appointments ADD COLUMN calendar_chosen boolean NOT NULL DEFAULT false",
    "ALTER TABLE appointments ADD COLUMN cancelled_at timestamptz",
    "ALTER TABLE appointments ADD COLUMN cancel_reason text",
    """
    ALTER TABLE appointments ADD CONSTRAINT appointments_cancelled CHECK (
      status = 'cancelled' OR (cancelled_at IS NULL AND cancel_reason IS NULL)
    )
    """,
    # Counts the changes of an appointment: who mirrors it sees which is the newer.
    "ALTER TABLE appointments ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0)",
    "ALTER TABLE appointments ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()",
    # One hold a call.
    "CREATE UNIQUE INDEX appointments_hold ON appointments (org_id, vapi_call_id) WHERE status = 'held'",
    # Since when the contact has the number. Whoever knows a name and an e-mail address can add a number of their own:
    # calling from it, they hear of what was booked from then on. Of contacts there are nobody knows: it was always so.
    "ALTER TABLE contacts ADD COLUMN phone_since timestamptz NOT NULL DEFAULT '-infinity'",
    "ALTER TABLE contacts ALTER COLUMN phone_since SET DEFAULT now()",
    # Whose appointments are these.
    "CREATE INDEX appointments_by_contact ON appointments (org_id, contact_id, starts_at)",
    "CREATE INDEX contacts_by_name ON contacts (org_id, name_key)",
    # An appointment is changed and never deleted, but for a hold; the store deletes nothing else.
    "GRANT UPDATE, DELETE ON appointments TO booking_app",
)

_DOWN = (
    "REVOKE UPDATE, DELETE ON appointments FROM booking_app",
    "DROP INDEX contacts_by_name",
    "ALTER TABLE contacts DROP COLUMN phone_since",
    "DROP INDEX appointments_by_contact",
    "DROP INDEX appointments_hold",
    "ALTER TABLE appointments DROP COLUMN updated_at",
    "ALTER TABLE appointments DROP COLUMN version",
    "ALTER TABLE appointments DROP COLUMN cancel_reason",
    "ALTER TABLE appointments DROP COLUMN cancelled_at",
    "ALTER TABLE appointments DROP COLUMN calendar_chosen",
    # Holds that nobody would end any more; row security binds the owner too, and there is no tenant here.
    "ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY",
    "DELETE FROM appointments WHERE status = 'held'",
    "ALTER TABLE appointments FORCE ROW LEVEL SECURITY",
    "ALTER TABLE appointments DROP COLUMN held_until",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
