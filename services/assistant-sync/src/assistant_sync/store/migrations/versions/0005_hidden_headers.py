"""What Vapi shows of headers of ours that it has: digests, by the ids of assistants, tools and phone numbers."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory

revision = "0005"
down_revision = "0004"

_SCHEMA = "assistant_sync"

_TABLE = """
CREATE TABLE hidden_headers (
    vapi_id text PRIMARY KEY CHECK (vapi_id <> ''),
    sent text NOT NULL,
    shown text NOT NULL
)
"""

# Without an id: all.
_READ = """
CREATE FUNCTION read_hidden_headers(of_id text) RETURNS TABLE (vapi_id text, sent text, shown text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT h.vapi_id, h.sent, h.shown FROM hidden_headers h WHERE of_id IS NULL OR h.vapi_id = of_id $$
"""

_KEEP = """
CREATE FUNCTION keep_hidden_headers(of_id text, sent_then text, shown_then text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO hidden_headers VALUES (of_id, sent_then, shown_then)
    ON CONFLICT (vapi_id) DO UPDATE SET sent = excluded.sent, shown = excluded.shown
$$
"""

_FUNCTIONS = {"read_hidden_headers(text)": _READ, "keep_hidden_headers(text, text, text)": _KEEP}


def upgrade() -> None:
    for statement in (_TABLE, *keep_for_directory("hidden_headers", _SCHEMA, verbs="SELECT, INSERT, UPDATE")):
        op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, _SCHEMA):
            op.execute(statement)


def downgrade() -> None:
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("RESET ROLE")
    op.execute("DROP TABLE hidden_headers")
