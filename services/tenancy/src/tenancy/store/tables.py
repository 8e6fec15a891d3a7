"""Tenancy's tables, as the migrations make them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

metadata = MetaData()

organizations = Table(
    "organizations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("rate_limit_per_minute", Integer),
)

phone_number_mapping = Table(
    "phone_number_mapping",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("inbound_phone_number", Text, nullable=False),
    Column("clinic_name", Text, nullable=False),
    Column("vapi_phone_number_id", Uuid),
    Column("held", TSTZRANGE, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

registered_assistants = Table(
    "registered_assistants",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("vapi_assistant_id", Uuid, primary_key=True),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("scope", Text, nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)

webhook_credentials = Table(
    "webhook_credentials",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("plan", JSONB, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("not_before", DateTime(timezone=True)),
    Column("not_after", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)

webhook_credential_uses = Table(
    "webhook_credential_uses",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("credential_id", Uuid, primary_key=True),
    Column("uses", BigInteger, nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False),
)

platform_api_keys = Table(
    "platform_api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("scope", Text, nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)
"""Belongs to no organization: the directory's functions alone reach it."""

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("org_id", Uuid),
    Column("actor", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False),
)
"""Belongs to no organization: the directory's functions alone reach it."""

route_version = Table(
    "route_version",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=true()),
    Column("version", BigInteger, nullable=False),
)
"""One row, which counts the changes of routes; reached like the audit log."""

route_changes = Table(
    "route_changes",
    metadata,
    Column("version", BigInteger, primary_key=True),
    Column("evidence", ARRAY(Text), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)
"""What is no longer true of whom, for an hour; reached like the audit log."""

live_gateways = Table(
    "live_gateways",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
"""Which gateways there are; reached like the audit log."""

quarantined_messages = Table(
    "quarantined_messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed_body", LargeBinary),
    Column("size", BigInteger, nullable=False),
    Column("message_type", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("line", Text, nullable=False),
    Column("called_number", Text),
    Column("phone_number_ids", ARRAY(Uuid), nullable=False),
    Column("assistant_ids", ARRAY(Uuid), nullable=False),
    Column("organization_ids", ARRAY(Uuid), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("call_started_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("org_id", Uuid),
    Column("examined_version", BigInteger),
    Column("leased_until", DateTime(timezone=True)),
)
"""Belongs to no organization until it is delivered; reached like the audit log."""
