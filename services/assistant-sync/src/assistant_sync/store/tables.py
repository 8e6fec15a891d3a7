"""The tables, as queries name them. Their keys, checks and row security are made by the migrations."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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
    Column("adopt", Boolean, nullable=False),
    Column("webhook_url", Text),
    Column("synced", JSONB, nullable=False),
)

work = Table(
    "work",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("org_id", Uuid),
    Column("key", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("wanted", BigInteger, nullable=False),
    Column("holder", Uuid),
    Column("leased_until", DateTime(timezone=True)),
)

vapi_accounts = Table(
    "vapi_accounts",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("probe_at", DateTime(timezone=True)),
)

addresses = Table(
    "addresses",
    metadata,
    Column("is_the_one", Boolean, primary_key=True),
    Column("backend_url", Text, nullable=False),
    Column("webhook_url", Text, nullable=False),
    Column("configured_backend_url", Text, nullable=False),
    Column("configured_webhook_url", Text, nullable=False),
    Column("former_backend_urls", ARRAY(Text), nullable=False),
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

hidden_headers = Table(
    "hidden_headers",
    metadata,
    Column("vapi_id", Text, primary_key=True),
    Column("sent", Text, nullable=False),
    Column("shown", Text, nullable=False),
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

listed_calls = Table(
    "listed_calls",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("vapi_call_id", Text, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("listed_at", DateTime(timezone=True), nullable=False),
    Column("reported_at", DateTime(timezone=True)),
    Column("fetched_at", DateTime(timezone=True)),
    Column("lost_at", DateTime(timezone=True)),
)

call_comparisons = Table(
    "call_comparisons",
    metadata,
    Column("account", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("compared_until", DateTime(timezone=True), nullable=False),
    Column("began_at", DateTime(timezone=True)),
    Column("created_until", DateTime(timezone=True)),
    Column("listed", Integer, nullable=False),
    Column("nobodys", Integer, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)

rollouts = Table(
    "rollouts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("resumes_as", Text),
    Column("backend_url", Text, nullable=False),
    Column("webhook_url", Text, nullable=False),
    Column("previous_backend_url", Text, nullable=False),
    Column("previous_webhook_url", Text, nullable=False),
    Column("canaries", Integer, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)

rollout_targets = Table(
    "rollout_targets",
    metadata,
    Column("rollout_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("vapi_id", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("org_id", Uuid),
    Column("agent_type", Text),
    Column("name", Text, nullable=False),
    Column("url_before", Text, nullable=False),
    Column("url_after", Text, nullable=False),
    Column("own_url", Text),
    Column("is_canary", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("begun_at", DateTime(timezone=True)),
    Column("was_begun", Boolean, nullable=False),
)

departments = Table(
    "departments",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("synonyms", ARRAY(Text), nullable=False),
    Column("description", Text, nullable=False),
    Column("number", Text),
    Column("sip_uri", Text),
    Column("is_default", Boolean, nullable=False),
    Column("is_announced", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("conversation_id", Text, primary_key=True),
    Column("tool_call_id", Text, primary_key=True),
    Column("arguments_hash", LargeBinary, nullable=False),
    Column("say", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("ends_call", Boolean, nullable=False),
    Column("otherwise_say", Text),
    Column("otherwise_data", JSONB(none_as_null=True)),
    Column("tried", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
