"""How many gateways there are, which share what an organization may ask for."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory

revision = "0008"
down_revision = "0007"

SCHEMA = "tenancy"

LIVE_GATEWAYS = """
CREATE TABLE live_gateways (
  id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL
)
"""

# Those that are seen now, and how many were within a while, by whichever replica. Whoever is being noted by another at
# this moment is not gone: nobody waits for it.
NOTE_GATEWAYS = """
CREATE FUNCTION note_gateways(seen uuid[], counts_for interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
DECLARE
  oldest CONSTANT timestamptz := clock_timestamp() - counts_for;
BEGIN
  INSERT INTO live_gateways (id, seen_at) SELECT DISTINCT id, clock_timestamp() FROM unnest(seen) AS id ORDER BY id
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM live_gateways
    WHERE id IN (SELECT gone.id FROM live_gateways gone WHERE gone.seen_at < oldest FOR UPDATE SKIP LOCKED);
  RETURN (SELECT count(*) FROM live_gateways g WHERE g.seen_at >= oldest);
END
$$
"""
SIGNATURE = "note_gateways(uuid[], interval)"


def upgrade() -> None:
    for statement in (
        LIVE_GATEWAYS,
        *keep_for_directory("live_gateways", SCHEMA, verbs="SELECT, INSERT, UPDATE (seen_at), DELETE"),
        NOTE_GATEWAYS,
        *directory_function(SIGNATURE, SCHEMA),
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.execute("DROP TABLE live_gateways")
