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
