"""The tables, as queries name them. Their keys, checks and row security are made by the migrations."""

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

agents = Table(
    "agents",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("first_message", Text),
    Column("prompt", Text),
    # None is what nothing particular is wanted for, never JSON's null.
    Column("voice", JSONB(none_as_null=True)),
    Column("model", JSONB(none_as_null=True)),
    Column("vapi", JSONB(none_as_null=True)),
    Column("unsynced", JSONB, nullable=False),
    Column("pending_reason", Text),
    Column("vapi_assistant_id", Text),
    Column("create_intent", Uuid),
    Column("create_attempted_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

agent_leases = Table(
    "agent_leases",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

published_tools = Table(
    "published_tools",
    metadata,
    Column("name", Text, primary_key=True),
    Column("vapi_tool_id", Text),
    Column("create_attempted_at", DateTime(timezone=True)),
    Column("pending_reason", Text),
    Column("url", Text),
    Column("synced_at", DateTime(timezone=True)),
    Column("wanted_at", DateTime(timezone=True), nullable=False),
)

former_tools = Table(
    "former_tools",
    metadata,
    Column("vapi_tool_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("former_since", DateTime(timezone=True), nullable=False),
)

vapi_numbers = Table(
    "vapi_numbers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("vapi_phone_number_id", Text, nullable=False),
    Column("assistant_id", Text),
    Column("pending_reason", Text),
    Column("url", Text),
    Column("synced_at", DateTime(timezone=True)),
)
