"""Calls; one contact for an e-mail address and a name, whoever has a number; and people who were erased."""

from alembic import op

from chassis.database.row_security import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CALLS = """
CREATE TABLE calls (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  vapi_call_id text NOT NULL CHECK (vapi_call_id <> ''),
  caller_number text,
  started_at timestamptz,
  ended_at timestamptz,
  duration_seconds double precision CHECK (duration_seconds >= 0),
  ended_reason text,
  cost double precision CHECK (cost >= 0),
  summary text,
  status text,
  -- Whoever called was erased: what comes late of this call tells nothing of them either.
  erased boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CONSTRAINT calls_vapi_call UNIQUE (org_id, vapi_call_id),
  CONSTRAINT calls_erased CHECK (NOT erased OR (caller_number IS NULL AND summary IS NULL))
)
"""

_ERASURES = """
CREATE TABLE erasures (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  erased_at timestamptz NOT NULL,
  contact_id uuid NOT NULL,
  appointments integer NOT NULL,
  calls integer NOT NULL,
  tool_calls integer NOT NULL,
  cancelled integer NOT NULL,
  PRIMARY KEY (org_id, id),
  CONSTRAINT erasures_contact UNIQUE (org_id, contact_id)
)
"""

_UP = (
    _CALLS,
    "CREATE INDEX calls_latest ON calls (org_id, (coalesce(started_at, created_at)) DESC, id DESC)",
    "CREATE INDEX calls_by_number ON calls (org_id, caller_number) WHERE caller_number IS NOT NULL",
    "CREATE INDEX appointments_by_call ON appointments (org_id, vapi_call_id) WHERE vapi_call_id IS NOT NULL",
    _ERASURES,
    # Whoever it was for is not known any more.
    "ALTER TABLE appointments ADD COLUMN erased boolean NOT NULL DEFAULT false",
    "ALTER TABLE appointments DROP CONSTRAINT appointments_contact",
    """
    ALTER TABLE appointments ADD CONSTRAINT appointments_contact CHECK (
      CASE WHEN erased THEN contact_id IS NULL ELSE status = 'held' OR contact_id IS NOT NULL END
    )
    """,
    # One person has one name and one address, with a number or without. Where two contacts have the same, the elder
    # keeps the address. Row security binds the owner too, and there is no tenant here.
    "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY",
    """
    UPDATE contacts SET email = NULL WHERE EXISTS (
      SELECT FROM contacts elder
      WHERE elder.org_id = contacts.org_id AND elder.email = contacts.email AND elder.name_key = contacts.name_key
        AND (elder.created_at, elder.id) < (contacts.created_at, contacts.id)
    )
    """,
    "ALTER TABLE contacts FORCE ROW LEVEL SECURITY",
    "DROP INDEX contacts_email",
    "DROP INDEX contacts_by_email",
    "CREATE UNIQUE INDEX contacts_email ON contacts (org_id, email, name_key) WHERE email IS NOT NULL",
    "GRANT DELETE ON contacts TO booking_app",
)

_DOWN = (
    "REVOKE DELETE ON contacts FROM booking_app",
    "DROP INDEX contacts_email",
    """
    CREATE UNIQUE INDEX contacts_email ON contacts (org_id, email, name_key)
      WHERE phone IS NULL AND email IS NOT NULL
    """,
    "CREATE INDEX contacts_by_email ON contacts (org_id, email, name_key) WHERE email IS NOT NULL",
    # Appointments of nobody have no place in the schema before.
    "ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY",
    "DELETE FROM appointments WHERE erased",
    "ALTER TABLE appointments FORCE ROW LEVEL SECURITY",
    "ALTER TABLE appointments DROP CONSTRAINT appointments_contact",
    "ALTER TABLE appointments DROP COLUMN erased",
    """
    ALTER TABLE appointments ADD CONSTRAINT appointments_contact CHECK (status = 'held' OR contact_id IS NOT NULL)
    """,
    "DROP TABLE erasures",
    "DROP INDEX appointments_by_call",
    "DROP TABLE calls",
)

_VERBS = {"calls": "SELECT, INSERT, UPDATE", "erasures": "SELECT, INSERT"}
"""What the application does with each table; it may do nothing else."""


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    for name, verbs in _VERBS.items():
        for statement in protect(name, "booking", verbs=verbs):
            op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
