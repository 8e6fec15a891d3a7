"""Numbers of whoever was erased, by digests: calls of theirs may not have been told of yet."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ERASED_NUMBERS = """
CREATE TABLE erased_numbers (
  org_id uuid NOT NULL,
  -- With a key that is not in the database: who has the table alone cannot try all numbers there are.
  digest bytea NOT NULL,
  erased_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, digest)
)
"""

_FORGET = """
CREATE FUNCTION forget_erased_numbers(before timestamptz, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = booking, pg_temp
AS $$
  WITH old AS (
    SELECT org_id, digest FROM erased_numbers WHERE erased_at < before ORDER BY erased_at LIMIT most
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM erased_numbers USING old
    WHERE (erased_numbers.org_id, erased_numbers.digest) = (old.org_id, old.digest)
    RETURNING 1
  )
  SELECT count(*)::integer FROM forgotten
$$
"""
_SIGNATURE = "forget_erased_numbers(timestamptz, integer)"


def upgrade() -> None:
    for statement in (
        _ERASED_NUMBERS,
        "CREATE INDEX erased_numbers_by_age ON erased_numbers (erased_at)",
        *protect("erased_numbers", "booking", verbs="SELECT, INSERT, UPDATE"),
        *open_to_directory("erased_numbers", "booking", verbs="SELECT, UPDATE, DELETE"),
        _FORGET,
        *directory_function(_SIGNATURE, "booking"),
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_SIGNATURE}")
    op.execute("DROP TABLE erased_numbers")
