"""Connections to calendars outside over CalDAV: what is there of ours, and what is not there yet."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE caldav_connections (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      url text NOT NULL,
      username text NOT NULL,
      sealed_password bytea NOT NULL,
      with_names boolean NOT NULL,
      created_at timestamptz NOT NULL,
      pushed_at timestamptz,
      looked_at timestamptz,
      trouble text,
      -- How often in a row it could not be worked on.
      failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
      -- Left in peace until then; null: until it is given a password.
      resumes_at timestamptz,
      look_at timestamptz NOT NULL,
      -- What the calendar outside calls the state that was looked at.
      seen text,
      -- When all its events were read last.
      read_at timestamptz,
      ending boolean NOT NULL DEFAULT false,
      -- Whoever works on it now has until then; who does later has another time.
      leased_until timestamptz,
      PRIMARY KEY (org_id, id),
      CONSTRAINT caldav_connections_calendar UNIQUE (org_id, id, calendar_id),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
    "CREATE INDEX caldav_connections_by_calendar ON caldav_connections (org_id, calendar_id)",
    "CREATE INDEX caldav_connections_due ON caldav_connections (resumes_at)",
    # What has changed here and not there yet: ids alone. What is pushed is read when it is pushed.
    """
    CREATE TABLE caldav_outbox (
      org_id uuid NOT NULL,
      connection_id uuid NOT NULL,
      appointment_id uuid NOT NULL,
      -- Another one with every change: whoever has pushed the state before it leaves it here.
      change uuid NOT NULL DEFAULT gen_random_uuid(),
      attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
      due_at timestamptz NOT NULL DEFAULT '-infinity',
      PRIMARY KEY (org_id, connection_id, appointment_id),
      FOREIGN KEY (org_id, connection_id) REFERENCES caldav_connections ON DELETE CASCADE,
      FOREIGN KEY (org_id, appointment_id) REFERENCES appointments ON DELETE CASCADE
    )
    """,
    "CREATE INDEX caldav_outbox_due ON caldav_outbox (org_id, connection_id, due_at)",
    # What is there of ours, or may be: a row is written before its event.
    """
    CREATE TABLE caldav_events (
      org_id uuid NOT NULL,
      connection_id uuid NOT NULL,
      appointment_id uuid NOT NULL,
      -- Of the event there as we know it; null: none that we know of.
      etag text,
      -- Of the appointment, when it was pushed or the drift was noticed.
      version integer NOT NULL,
      drift text CHECK (drift IN ('moved', 'deleted', 'changed')),
      outside_starts_at timestamptz,
      outside_ends_at timestamptz,
      noticed_at timestamptz,
      PRIMARY KEY (org_id, connection_id, appointment_id),
      CONSTRAINT caldav_events_drift CHECK (
        (drift IS NULL) = (noticed_at IS NULL) AND (outside_starts_at IS NULL) = (outside_ends_at IS NULL)
        AND (drift IS NOT NULL OR outside_starts_at IS NULL)
      ),
      FOREIGN KEY (org_id, connection_id) REFERENCES caldav_connections ON DELETE CASCADE,
      FOREIGN KEY (org_id, appointment_id) REFERENCES appointments ON DELETE CASCADE
    )
    """,
    "CREATE INDEX caldav_events_by_appointment ON caldav_events (org_id, appointment_id)",
)

# A busy time's source is a calendar that is only read, or one that is connected.
_BUSY_TIMES_OF_BOTH = (
    "ALTER TABLE busy_times DROP CONSTRAINT busy_times_org_id_source_id_calendar_id_fkey",
    "ALTER TABLE busy_times ADD COLUMN of_connection boolean NOT NULL DEFAULT false",
    """
    ALTER TABLE busy_times ADD COLUMN busy_source_id uuid
      GENERATED ALWAYS AS (CASE WHEN NOT of_connection THEN source_id END) STORED
    """,
    """
    ALTER TABLE busy_times ADD COLUMN connection_id uuid
      GENERATED ALWAYS AS (CASE WHEN of_connection THEN source_id END) STORED
    """,
    """
    ALTER TABLE busy_times ADD FOREIGN KEY (org_id, busy_source_id, calendar_id)
      REFERENCES busy_sources (org_id, id, calendar_id) ON DELETE CASCADE
    """,
    """
    ALTER TABLE busy_times ADD FOREIGN KEY (org_id, connection_id, calendar_id)
      REFERENCES caldav_connections (org_id, id, calendar_id) ON DELETE CASCADE
    """,
)

# In the transaction that changes an appointment, whoever changes it: it cannot be forgotten. A connection that ends
# meanwhile is passed over, and fails no booking. The trigger's name comes after those of foreign keys: whoever connects
# a calendar has its row, and by then this has waited there for them.
_OF_APPOINTMENT = """
CREATE FUNCTION push_appointment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking.caldav_outbox (org_id, connection_id, appointment_id)
  SELECT connection.org_id, connection.id, NEW.id FROM booking.caldav_connections connection
  WHERE connection.org_id = NEW.org_id
    AND (connection.calendar_id = NEW.calendar_id
      OR (TG_OP = 'UPDATE' AND connection.calendar_id = OLD.calendar_id))
  FOR KEY SHARE
  ON CONFLICT (org_id, connection_id, appointment_id)
    DO UPDATE SET change = DEFAULT, attempts = DEFAULT, due_at = DEFAULT;
  RETURN NULL;
END
$$
"""

# Events with names follow these. A calendar that an appointment never was in has no event of it.
_OF_NAME = """
CREATE FUNCTION push_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking.caldav_outbox (org_id, connection_id, appointment_id)
  SELECT event.org_id, event.connection_id, event.appointment_id FROM booking.caldav_events event
  JOIN booking.caldav_connections connection
    ON connection.org_id = event.org_id AND connection.id = event.connection_id AND connection.with_names
  JOIN booking.appointments appointment
    ON appointment.org_id = event.org_id AND appointment.id = event.appointment_id AND appointment.status = 'booked'
  WHERE event.org_id = NEW.org_id
    AND CASE TG_TABLE_NAME WHEN 'contacts' THEN appointment.contact_id ELSE appointment.service_id END = NEW.id
  FOR KEY SHARE OF connection
  ON CONFLICT (org_id, connection_id, appointment_id)
    DO UPDATE SET change = DEFAULT, attempts = DEFAULT, due_at = DEFAULT;
  RETURN NULL;
END
$$
"""

_TRIGGERS = (
    _OF_APPOINTMENT,
    """
    CREATE TRIGGER appointments_are_pushed AFTER INSERT OR UPDATE ON appointments
      FOR EACH ROW WHEN (NEW.status <> 'held') EXECUTE FUNCTION push_appointment()
    """,
    _OF_NAME,
    """
    CREATE TRIGGER contacts_names_are_pushed AFTER UPDATE ON contacts
      FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION push_name()
    """,
    """
    CREATE TRIGGER services_names_are_pushed AFTER UPDATE ON services
      FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION push_name()
    """,
)

# The lease is a row's own time, as that of a busy source is. Materialized: what a plan looks at twice it would claim twice.
_CLAIM = """
CREATE FUNCTION claim_caldav_connections(at timestamptz, lease_until timestamptz, most integer)
RETURNS TABLE (org_id uuid, id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH free AS MATERIALIZED (
    SELECT due.org_id, due.id FROM caldav_connections due
    WHERE due.resumes_at <= at AND (due.leased_until IS NULL OR due.leased_until <= at)
      AND (due.look_at <= at OR EXISTS (
        SELECT FROM caldav_outbox waiting
        WHERE waiting.org_id = due.org_id AND waiting.connection_id = due.id AND waiting.due_at <= at
      ))
    ORDER BY due.resumes_at LIMIT most
    FOR UPDATE SKIP LOCKED
  )
  UPDATE caldav_connections connection SET leased_until = lease_until FROM free
  WHERE connection.org_id = free.org_id AND connection.id = free.id
  RETURNING connection.org_id, connection.id
$$
"""
_CLAIM_SOURCES = """
CREATE FUNCTION claim_busy_sources(at timestamptz, lease_until timestamptz, most integer)
RETURNS TABLE (org_id uuid, id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH free AS MATERIALIZED (
    SELECT due.org_id, due.id FROM busy_sources due
    WHERE due.due_at <= at AND (due.leased_until IS NULL OR due.leased_until <= at)
    ORDER BY due.due_at LIMIT most
    FOR UPDATE SKIP LOCKED
  )
  UPDATE busy_sources source SET leased_until = lease_until FROM free
  WHERE source.org_id = free.org_id AND source.id = free.id
  RETURNING source.org_id, source.id
$$
"""
"""As before, and materialized too."""
_CLAIM_SOURCES_SIGNATURE = "claim_busy_sources(timestamptz, timestamptz, integer)"
_CLAIM_SIGNATURE = "claim_caldav_connections(timestamptz, timestamptz, integer)"

_VERBS = {
    "caldav_connections": "SELECT, INSERT, UPDATE, DELETE",
    "caldav_outbox": "SELECT, INSERT, UPDATE, DELETE",
    "caldav_events": "SELECT, INSERT, UPDATE, DELETE",
}
"""What the application does with each table; it may do nothing else."""

_DIRECTORY = {
    "caldav_connections": "SELECT (org_id, id, resumes_at, look_at, leased_until), UPDATE (leased_until)",
    "caldav_outbox": "SELECT (org_id, connection_id, due_at)",
}


def upgrade() -> None:
    for statement in (*_TABLES, *_BUSY_TIMES_OF_BOTH, *_TRIGGERS):
        op.execute(statement)
    for name, verbs in _VERBS.items():
        for statement in protect(name, "booking", verbs=verbs):
            op.execute(statement)
    for name, verbs in _DIRECTORY.items():
        for statement in open_to_directory(name, "booking", verbs=verbs):
            op.execute(statement)
    op.execute(f"DROP FUNCTION {_CLAIM_SOURCES_SIGNATURE}")
    for signature, function in ((_CLAIM_SIGNATURE, _CLAIM), (_CLAIM_SOURCES_SIGNATURE, _CLAIM_SOURCES)):
        op.execute(function)
        for statement in directory_function(signature, "booking"):
            op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_CLAIM_SIGNATURE}")
    op.execute("DROP TRIGGER services_names_are_pushed ON services")
    op.execute("DROP TRIGGER contacts_names_are_pushed ON contacts")
    op.execute("DROP TRIGGER appointments_are_pushed ON appointments")
    op.execute("DROP FUNCTION push_name")
    op.execute("DROP FUNCTION push_appointment")
    # Row security binds the owner too, and there is no tenant here.
    op.execute("ALTER TABLE busy_times NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM busy_times WHERE of_connection")
    op.execute("ALTER TABLE busy_times FORCE ROW LEVEL SECURITY")
    for column in ("busy_source_id", "connection_id", "of_connection"):
        op.execute(f"ALTER TABLE busy_times DROP COLUMN {column}")
    op.execute(
        "ALTER TABLE busy_times ADD FOREIGN KEY (org_id, source_id, calendar_id)"
        " REFERENCES busy_sources (org_id, id, calendar_id) ON DELETE CASCADE"
    )
    for name in reversed(_VERBS):
        op.execute(f"DROP TABLE {name}")
