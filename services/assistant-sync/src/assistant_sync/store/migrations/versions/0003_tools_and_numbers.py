"""The tools as they are published to the Vapi account, and the organizations' phone numbers in it."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory, open_to_directory, protect

revision = "0003"
down_revision = "0002"

_SCHEMA = "assistant_sync"

# A name stays when it has left the catalogue: its tools in Vapi are still known as ours.
_PUBLISHED_TOOLS = """
CREATE TABLE published_tools (
    name text PRIMARY KEY CHECK (name <> ''),
    vapi_tool_id text UNIQUE CHECK (vapi_tool_id <> ''),
    create_attempted_at timestamptz,
    pending_reason text DEFAULT 'unfinished',
    url text,
    synced_at timestamptz,
    wanted_at timestamptz NOT NULL
)
"""

# Ids that no assistant shall have: tools that were replaced, and those that there is one too many of.
_FORMER_TOOLS = """
CREATE TABLE former_tools (
    vapi_tool_id text PRIMARY KEY CHECK (vapi_tool_id <> ''),
    name text NOT NULL,
    former_since timestamptz NOT NULL
)
"""

_VAPI_NUMBERS = """
CREATE TABLE vapi_numbers (
    org_id uuid NOT NULL,
    number text NOT NULL CHECK (number <> ''),
    vapi_phone_number_id text NOT NULL CHECK (vapi_phone_number_id <> ''),
    assistant_id text CHECK (assistant_id <> ''),
    pending_reason text,
    url text,
    synced_at timestamptz,
    PRIMARY KEY (org_id, number)
)
"""

_LIST_PUBLISHED = """
CREATE FUNCTION list_published_tools() RETURNS SETOF published_tools
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT * FROM published_tools ORDER BY name $$
"""

_LIST_FORMER = """
CREATE FUNCTION list_former_tools() RETURNS SETOF former_tools
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT * FROM former_tools ORDER BY vapi_tool_id $$
"""

_WANT = """
CREATE FUNCTION want_tools(names text[], at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO published_tools AS known (name, wanted_at) SELECT unnest(names), at
    ON CONFLICT (name) DO UPDATE SET wanted_at = excluded.wanted_at
    WHERE known.wanted_at < excluded.wanted_at - interval '1 minute'
$$
"""

_ATTEMPT = """
CREATE FUNCTION note_tool_create(tool text, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ UPDATE published_tools SET create_attempted_at = at WHERE name = tool $$
"""

# Whatever id the name had before, or has had, changes sides in the same step.
_KEEP = """
CREATE FUNCTION keep_tool(tool text, id text, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO former_tools (vapi_tool_id, name, former_since)
        SELECT vapi_tool_id, name, at FROM published_tools
        WHERE name = tool AND vapi_tool_id IS DISTINCT FROM id AND vapi_tool_id IS NOT NULL
        ON CONFLICT DO NOTHING;
    DELETE FROM former_tools WHERE vapi_tool_id = id;
    UPDATE published_tools
        SET vapi_tool_id = id, create_attempted_at = NULL, pending_reason = 'unfinished', url = NULL, synced_at = NULL
        WHERE name = tool AND vapi_tool_id IS DISTINCT FROM id;
    UPDATE published_tools SET create_attempted_at = NULL WHERE name = tool AND create_attempted_at IS NOT NULL;
$$
"""

_RECORD = """
CREATE FUNCTION record_tool(tool text, reason text, url_there text, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE published_tools SET pending_reason = reason, url = coalesce(url_there, url),
        synced_at = CASE WHEN reason IS NULL THEN at ELSE synced_at END
    WHERE name = tool
$$
"""

_NOTE_FORMER = """
CREATE FUNCTION note_former_tools(ids text[], names text[], at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO former_tools (vapi_tool_id, name, former_since)
        SELECT orphan.id, orphan.name, at FROM unnest(ids, names) AS orphan (id, name)
    ON CONFLICT DO NOTHING
$$
"""

_FORGET_FORMER = """
CREATE FUNCTION forget_former_tools(ids text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ DELETE FROM former_tools WHERE vapi_tool_id = ANY (ids) $$
"""

_BEGIN_WORK = """
CREATE FUNCTION begin_work(of_kind text, organizations uuid[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO work (kind, org_id, key) SELECT of_kind, unnest(organizations), ''
    ON CONFLICT (kind, org_id, key) DO NOTHING;
    SELECT pg_notify('work', '');
$$
"""

_FUNCTIONS = {
    "list_published_tools()": _LIST_PUBLISHED,
    "list_former_tools()": _LIST_FORMER,
    "want_tools(text[], timestamptz)": _WANT,
    "note_tool_create(text, timestamptz)": _ATTEMPT,
    "keep_tool(text, text, timestamptz)": _KEEP,
    "record_tool(text, text, text, timestamptz)": _RECORD,
    "note_former_tools(text[], text[], timestamptz)": _NOTE_FORMER,
    "forget_former_tools(text[])": _FORGET_FORMER,
    "begin_work(text, uuid[])": _BEGIN_WORK,
}


def upgrade() -> None:
    for statement in (
        _PUBLISHED_TOOLS,
        *keep_for_directory("published_tools", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
        _FORMER_TOOLS,
        *keep_for_directory("former_tools", _SCHEMA, verbs="SELECT, INSERT, DELETE"),
        _VAPI_NUMBERS,
        *protect("vapi_numbers", _SCHEMA),
        *open_to_directory("vapi_numbers", _SCHEMA),
    ):
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
    for table in ("vapi_numbers", "former_tools", "published_tools"):
        op.execute(f"DROP TABLE {table}")
