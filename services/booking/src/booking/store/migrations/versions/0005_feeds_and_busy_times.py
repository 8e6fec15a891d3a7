"""Links to calendars, and busy times of calendars outside."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE feeds (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      with_names boolean NOT NULL,
      -- SHA-256: the secret itself is kept by whoever has the link.
      secret_digest bytea NOT NULL CHECK (length(secret_digest) = 32),
      created_at timestamptz NOT NULL,
      PRIMARY KEY (org_id, id),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE,
      -- A link says by itself whose it is.
      CONSTRAINT one_organization_per_feed UNIQUE (secret_digest)
    )
    """,
    """
    CREATE TABLE busy_sources (
      org_id uuid NOT NULL,
      id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      name text NOT NULL CHECK (name <> ''),
      host text NOT NULL,
      sealed_url bytea NOT NULL,
      created_at timestamptz NOT NULL,
      -- What the calendar outside calls the version that was read, if it calls it anything.
      etag text,
      read_at timestamptz,
      failure text,
      due_at timestamptz NOT NULL,
      -- Whoever reads it now has until then; who reads it later has another time.
      leased_until timestamptz,
      PRIMARY KEY (org_id, id),
      CONSTRAINT busy_sources_calendar UNIQUE (org_id, id, calendar_id),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
    "CREATE INDEX busy_sources_due ON busy_sources (due_at)",
    """
    CREATE TABLE busy_times (
      org_id uuid NOT NULL,
      source_id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      occupied tstzrange NOT NULL,
      PRIMARY KEY (org_id, source_id, occupied),
      FOREIGN KEY (org_id, source_id, calendar_id) REFERENCES busy_sources (org_id, id, calendar_id) ON DELETE CASCADE,
      CONSTRAINT busy_times_occupied CHECK (
        NOT isempty(occupied) AND NOT lower_inf(occupied) AND NOT upper_inf(occupied)
        AND lower_inc(occupied) AND NOT upper_inc(occupied)
        AND isfinite(lower(occupied)) AND isfinite(upper(occupied))
      )
    )
    """,
    "CREATE INDEX busy_times_by_time ON busy_times USING gist (org_id, calendar_id, occupied)",
)

_OF_FEED = """
CREATE FUNCTION organization_of_feed(digest bytea)
RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  SELECT org_id FROM feeds WHERE secret_digest = digest
$$
"""

# The lease is a row's own time: two that come at once skip each other's rows, and who comes late finds another lease.
_CLAIM = """
CREATE FUNCTION claim_busy_sources(at timestamptz, lease_until timestamptz, most integer)
RETURNS TABLE (org_id uuid, id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  UPDATE busy_sources source SET leased_until = lease_until
  FROM (
    SELECT due.org_id, due.id FROM busy_sources due
    WHERE due.due_at <= at AND (due.leased_until IS NULL OR due.leased_until <= at)
    ORDER BY due.due_at LIMIT most
    FOR UPDATE SKIP LOCKED
  ) free
  WHERE source.org_id = free.org_id AND source.id = free.id
  RETURNING source.org_id, source.id
$$
"""

_FUNCTIONS = {
    "organization_of_feed(bytea)": _OF_FEED,
    "claim_busy_sources(timestamptz, timestamptz, integer)": _CLAIM,
}

_VERBS = {
    "feeds": "SELECT, INSERT, DELETE",
    "busy_sources": "SELECT, INSERT, UPDATE, DELETE",
    "busy_times": "SELECT, INSERT, DELETE",
}
"""What the application does with each table; it may do nothing else."""

_DIRECTORY = {
    "feeds": "SELECT (org_id, secret_digest)",
    "busy_sources": "SELECT (org_id, id, due_at, leased_until), UPDATE (leased_until)",
}


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    for name, verbs in _VERBS.items():
        for statement in protect(name, "booking", verbs=verbs):
            op.execute(statement)
    for name, verbs in _DIRECTORY.items():
        for statement in open_to_directory(name, "booking", verbs=verbs):
            op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, "booking"):
            op.execute(statement)


def downgrade() -> None:
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    for name in reversed(_VERBS):
        op.execute(f"DROP TABLE {name}")
