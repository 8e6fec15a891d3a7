"""Agents, and the leases of those who work on them."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0001"
down_revision = None

_SCHEMA = "assistant_sync"

_AGENTS = """
CREATE TABLE agents (
    org_id uuid NOT NULL,
    type text NOT NULL CHECK (type IN ('inbound', 'follow_up', 'outbound')),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 40),
    first_message text,
    prompt text,
    voice jsonb CHECK (jsonb_typeof(voice) = 'object'),
    model jsonb CHECK (jsonb_typeof(model) = 'object'),
    vapi jsonb CHECK (jsonb_typeof(vapi) = 'object'),
    unsynced jsonb NOT NULL CHECK (jsonb_typeof(unsynced) = 'object'),
    pending_reason text,
    vapi_assistant_id text CHECK (vapi_assistant_id <> ''),
    create_intent uuid,
    create_attempted_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (org_id, type),
    CHECK ((create_intent IS NULL) = (create_attempted_at IS NULL))
)
"""

# An assistant in Vapi mirrors one agent, whoever's it is; a violation says "taken", never by whom.
_ONE_OWNER = "CREATE UNIQUE INDEX agents_vapi_assistant_id ON agents (vapi_assistant_id)"

_PENDING = "CREATE INDEX agents_pending ON agents (org_id, type) WHERE pending_reason IS NOT NULL"

_LEASES = """
CREATE TABLE agent_leases (
    org_id uuid NOT NULL,
    type text NOT NULL,
    holder uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, type)
)
"""

_PENDING_AGENTS = """
CREATE FUNCTION pending_agents() RETURNS TABLE (org_id uuid, type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT a.org_id, a.type FROM agents a WHERE a.pending_reason IS NOT NULL ORDER BY 1, 2 $$
"""


def upgrade() -> None:
    for statement in (
        _AGENTS,
        _ONE_OWNER,
        _PENDING,
        *protect("agents", _SCHEMA),
        *open_to_directory("agents", _SCHEMA),
        _LEASES,
        *protect("agent_leases", _SCHEMA),
        _PENDING_AGENTS,
        *directory_function("pending_agents()", _SCHEMA),
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    op.execute("DROP FUNCTION pending_agents()")
    op.execute("RESET ROLE")
    op.execute("DROP TABLE agent_leases")
    op.execute("DROP TABLE agents")
