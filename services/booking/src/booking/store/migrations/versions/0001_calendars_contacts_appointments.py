"""Calendars, services, contacts, appointments, and the tool calls that were answered."""

from alembic import op

from chassis.database.row_security import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE calendars (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      name text NOT NULL CHECK (name <> ''),
      timezone text NOT NULL,
      PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE opening_hours (
      org_id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
      opens_minute smallint NOT NULL CHECK (opens_minute >= 0),
      closes_minute smallint NOT NULL CHECK (closes_minute > opens_minute AND closes_minute <= 1440),
      PRIMARY KEY (org_id, calendar_id, weekday, opens_minute),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE services (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      name text NOT NULL CHECK (name <> ''),
      duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
      step_minutes integer NOT NULL CHECK (step_minutes > 0),
      buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes >= 0),
      buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes >= 0),
      lead_time_minutes integer NOT NULL CHECK (lead_time_minutes >= 0),
      horizon_days integer NOT NULL CHECK (horizon_days > 0),
      default_service boolean NOT NULL,
      PRIMARY KEY (org_id, id),
      CONSTRAINT services_name UNIQUE (org_id, name)
    )
    """,
    "CREATE UNIQUE INDEX services_default ON services (org_id) WHERE default_service",
    """
    CREATE TABLE contacts (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      name text NOT NULL CHECK (name <> ''),
      name_key text NOT NULL,
      phone text,
      email text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (org_id, id)
    )
    """,
    # One contact per person: by number and name, else by e-mail and name. A name alone is no person.
    "CREATE UNIQUE INDEX contacts_phone ON contacts (org_id, phone, name_key) WHERE phone IS NOT NULL",
    """
    CREATE UNIQUE INDEX contacts_email ON contacts (org_id, email, name_key)
      WHERE phone IS NULL AND email IS NOT NULL
    """,
    "CREATE INDEX contacts_by_email ON contacts (org_id, email, name_key) WHERE email IS NOT NULL",
    """
    CREATE TABLE appointments (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      service_id uuid NOT NULL,
      contact_id uuid,
      starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      occupied tstzrange NOT NULL,
      timezone text NOT NULL,
      local_start timestamp NOT NULL,
      status text NOT NULL CHECK (status IN ('held', 'booked', 'cancelled', 'completed', 'no_show')),
      vapi_call_id text,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (org_id, id),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars,
      FOREIGN KEY (org_id, service_id) REFERENCES services,
      FOREIGN KEY (org_id, contact_id) REFERENCES contacts,
      CONSTRAINT appointments_contact CHECK (status = 'held' OR contact_id IS NOT NULL),
      -- An empty or unbounded range would overlap nothing, or everything. Unbounded is asked first: the bound is null
      -- then, and a CHECK lets null pass.
      CONSTRAINT appointments_occupied CHECK (
        NOT isempty(occupied) AND NOT lower_inf(occupied) AND NOT upper_inf(occupied)
        AND lower_inc(occupied) AND NOT upper_inc(occupied)
        AND isfinite(lower(occupied)) AND isfinite(upper(occupied))
        AND upper(occupied) - lower(occupied) BETWEEN interval '5 minutes' AND interval '24 hours'
        AND starts_at < ends_at AND occupied @> tstzrange(starts_at, ends_at)
      ),
      -- The one truth about overlaps: whatever a program does, two of these cannot be.
      CONSTRAINT appointments_no_overlap EXCLUDE USING gist (
        org_id WITH =, calendar_id WITH =, occupied WITH &&
      ) WHERE (status IN ('held', 'booked'))
    )
    """,
    "CREATE INDEX appointments_by_start ON appointments (org_id, starts_at, id)",
    # The same wish of the same call, asked for under another tool call id, is the same appointment. So is the same wish
    # without any call: the older body has none, and is delivered again all the same.
    """
    CREATE UNIQUE INDEX appointments_wish
      ON appointments (org_id, (coalesce(vapi_call_id, '')), service_id, starts_at, contact_id)
      WHERE status = 'booked'
    """,
    """
    CREATE TABLE tool_calls (
      org_id uuid NOT NULL,
      conversation_id text NOT NULL,
      tool_call_id text NOT NULL,
      arguments_hash bytea NOT NULL,
      say text,
      data jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (org_id, conversation_id, tool_call_id)
    )
    """,
)

_VERBS = {
    "calendars": "SELECT, INSERT",
    "opening_hours": "SELECT, INSERT",
    "services": "SELECT, INSERT",
    "contacts": "SELECT, INSERT, UPDATE",
    "appointments": "SELECT, INSERT",
    "tool_calls": "SELECT, INSERT, UPDATE",
}
"""What the application does with each table; it may do nothing else."""


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    for name, verbs in _VERBS.items():
        for statement in protect(name, "booking", verbs=verbs):
            op.execute(statement)


def downgrade() -> None:
    for name in reversed(_VERBS):
        op.execute(f"DROP TABLE {name}")
