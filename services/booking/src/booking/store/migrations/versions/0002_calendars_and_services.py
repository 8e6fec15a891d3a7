"""Closures, extra openings, what services are called otherwise and who offers them, and what is out of use."""

from alembic import op

from chassis.database.row_security import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    # Closed on each day from the first to the last, from one minute of the day's clock until another.
    """
    CREATE TABLE closures (
      org_id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      first_day date NOT NULL,
      last_day date NOT NULL CHECK (last_day >= first_day),
      from_minute smallint NOT NULL CHECK (from_minute >= 0),
      until_minute smallint NOT NULL CHECK (until_minute > from_minute AND until_minute <= 1440),
      reason text NOT NULL,
      PRIMARY KEY (org_id, calendar_id, first_day, last_day, from_minute, until_minute),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE extra_openings (
      org_id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      day date NOT NULL,
      opens_minute smallint NOT NULL CHECK (opens_minute >= 0),
      closes_minute smallint NOT NULL CHECK (closes_minute > opens_minute AND closes_minute <= 1440),
      PRIMARY KEY (org_id, calendar_id, day, opens_minute),
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
    # A service without a row here is offered by every calendar.
    """
    CREATE TABLE service_calendars (
      org_id uuid NOT NULL,
      service_id uuid NOT NULL,
      calendar_id uuid NOT NULL,
      PRIMARY KEY (org_id, service_id, calendar_id),
      FOREIGN KEY (org_id, service_id) REFERENCES services ON DELETE CASCADE,
      FOREIGN KEY (org_id, calendar_id) REFERENCES calendars ON DELETE CASCADE
    )
    """,
)

_COLUMNS = (
    # What is out of use is kept: appointments tell of it.
    "ALTER TABLE calendars ADD COLUMN retired_at timestamptz",
    "ALTER TABLE services ADD COLUMN retired_at timestamptz, ADD COLUMN synonyms text[] NOT NULL DEFAULT '{}'",
    # The name of a service that is out of use, and the place of the default one, can be had again.
    "ALTER TABLE services DROP CONSTRAINT services_name",
    "CREATE UNIQUE INDEX services_name ON services (org_id, name) WHERE retired_at IS NULL",
    "DROP INDEX services_default",
    "CREATE UNIQUE INDEX services_default ON services (org_id) WHERE default_service AND retired_at IS NULL",
    "GRANT UPDATE ON calendars, services TO booking_app",
    "GRANT DELETE ON opening_hours TO booking_app",
)

_NEW = ("closures", "extra_openings", "service_calendars")


def upgrade() -> None:
    for statement in (*_TABLES, *_COLUMNS):
        op.execute(statement)
    for name in _NEW:
        for statement in protect(name, "booking", verbs="SELECT, INSERT, DELETE"):
            op.execute(statement)


def downgrade() -> None:
    """What is out of use has no place in the schema before; a service's name that was used again would be there twice."""
    op.execute("REVOKE DELETE ON opening_hours FROM booking_app")
    op.execute("REVOKE UPDATE ON calendars, services FROM booking_app")
    op.execute("DROP INDEX services_name")
    op.execute("ALTER TABLE services ADD CONSTRAINT services_name UNIQUE (org_id, name)")
    op.execute("DROP INDEX services_default")
    op.execute("CREATE UNIQUE INDEX services_default ON services (org_id) WHERE default_service")
    op.execute("ALTER TABLE services DROP COLUMN retired_at, DROP COLUMN synonyms")
    op.execute("ALTER TABLE calendars DROP COLUMN retired_at")
    for name in reversed(_NEW):
        op.execute(f"DROP TABLE {name}")
