"""Which number's callers hear of an appointment, and guesses that told nobody anything."""

from alembic import op

from chassis.database.row_security import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MISSES = """
CREATE TABLE misses (
  org_id uuid NOT NULL,
  -- Digests: of whose miss it is (a call, a number, a name that was asked for), and of what was guessed.
  subject bytea NOT NULL,
  guess bytea NOT NULL,
  missed_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, subject, guess)
)
"""

_UP = (
    # A hold is kept for callers of this number; an appointment is told to them.
    "ALTER TABLE appointments ADD COLUMN told_to text",
    "CREATE INDEX appointments_by_number ON appointments (org_id, told_to, starts_at) WHERE told_to IS NOT NULL",
    # Until now: to callers of the contact's number, if it was theirs when it was booked. Row security binds the owner
    # too, and there is no tenant here.
    "ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY",
    """
    UPDATE appointments SET told_to = contacts.phone FROM contacts
    WHERE contacts.org_id = appointments.org_id AND contacts.id = appointments.contact_id
      AND contacts.phone IS NOT NULL AND appointments.created_at >= contacts.phone_since
      AND appointments.starts_at > now()
    """,
    "ALTER TABLE contacts FORCE ROW LEVEL SECURITY",
    "ALTER TABLE appointments FORCE ROW LEVEL SECURITY",
    _MISSES,
    "CREATE INDEX misses_by_time ON misses (org_id, missed_at)",
)

_DOWN = (
    "DROP TABLE misses",
    "DROP INDEX appointments_by_number",
    "ALTER TABLE appointments DROP COLUMN told_to",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    for statement in protect("misses", "booking", verbs="SELECT, INSERT, UPDATE, DELETE"):
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
