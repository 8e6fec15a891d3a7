"""Who did what, when: entries that can be neither changed nor removed."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory

revision = "0002"
down_revision = "0001"

SCHEMA = "tenancy"

# Without a foreign key: what was done stays told, whatever becomes of whom it was done to.
AUDIT_ENTRIES = """
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  org_id uuid,
  actor text NOT NULL CHECK (actor <> ''),
  caller text NOT NULL CHECK (caller <> ''),
  action text NOT NULL CHECK (action <> ''),
  subject text NOT NULL,
  details jsonb NOT NULL CHECK (jsonb_typeof(details) = 'object')
)
"""
BY_ORGANIZATION = "CREATE INDEX audit_entries_by_organization ON audit_entries (org_id, id)"

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = tenancy, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'audit entries are only added' USING ERRCODE = 'insufficient_privilege';
END
$$
"""
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

RECORD = """
CREATE FUNCTION record_audit_entry(organization uuid, actor text, caller text, action text, subject text, details jsonb)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  INSERT INTO audit_entries (org_id, actor, caller, action, subject, details)
    VALUES (organization, actor, caller, action, subject, details);
$$
"""
# Newest first; `before` is the last entry of the page before, `organization` is null for all. Two questions, of which one
# is asked: a plan that has to suit both would walk the whole log for an organization of few entries.
LIST = """
CREATE FUNCTION list_audit_entries(organization uuid, before bigint, size integer)
RETURNS SETOF audit_entries
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  (SELECT * FROM audit_entries e WHERE organization IS NULL AND e.id < coalesce(before, 9223372036854775807)
   ORDER BY e.id DESC LIMIT size)
  UNION ALL
  (SELECT * FROM audit_entries e WHERE e.org_id = organization AND e.id < coalesce(before, 9223372036854775807)
   ORDER BY e.id DESC LIMIT size)
  ORDER BY id DESC;
$$
"""
FUNCTIONS = {
    "record_audit_entry(uuid, text, text, text, text, jsonb)": RECORD,
    "list_audit_entries(uuid, bigint, integer)": LIST,
}


def upgrade() -> None:
    for statement in (
        AUDIT_ENTRIES,
        BY_ORGANIZATION,
        REFUSE_CHANGE,
        APPEND_ONLY,
        *keep_for_directory("audit_entries", SCHEMA),
    ):
        op.execute(statement)
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TABLE audit_entries")
    op.execute("DROP FUNCTION refuse_change()")
