"""The tables as queries use them; the migrations are the truth about them.

In every tenant table `org_id` comes first in each key, so no constraint can tell one organization about another.
"""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

metadata = MetaData()

calendars = Table(
    "calendars",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("retired_at", DateTime(timezone=True)),
)

opening_hours = Table(
    "opening_hours",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, primary_key=True),
    Column("weekday", SmallInteger, primary_key=True),
    Column("opens_minute", SmallInteger, primary_key=True),
    Column("closes_minute", SmallInteger, nullable=False),
)

closures = Table(
    "closures",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("from_minute", SmallInteger, primary_key=True),
    Column("until_minute", SmallInteger, primary_key=True),
    Column("reason", Text, nullable=False),
)

extra_openings = Table(
    "extra_openings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("opens_minute", SmallInteger, primary_key=True),
    Column("closes_minute", SmallInteger, nullable=False),
)

services = Table(
    "services",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("step_minutes", Integer, nullable=False),
    Column("buffer_before_minutes", Integer, nullable=False),
    Column("buffer_after_minutes", Integer, nullable=False),
    Column("lead_time_minutes", Integer, nullable=False),
    Column("horizon_days", Integer, nullable=False),
    Column("default_service", Boolean, nullable=False),
    Column("retired_at", DateTime(timezone=True)),
    Column("synonyms", ARRAY(Text), nullable=False),
)

service_calendars = Table(
    "service_calendars",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("service_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, primary_key=True),
)

contacts = Table(
    "contacts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("phone_since", DateTime(timezone=True), nullable=False),
)

appointments = Table(
    "appointments",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("contact_id", Uuid),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("occupied", TSTZRANGE, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("local_start", DateTime(timezone=False), nullable=False),
    Column("status", Text, nullable=False),
    Column("vapi_call_id", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("held_until", DateTime(timezone=True)),
    Column("calendar_chosen", Boolean, nullable=False),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("cancel_reason", Text),
    Column("version", Integer, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("told_to", Text),
)

appointment_changes = Table(
    "appointment_changes",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("appointment_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("change", Text, nullable=False),
    Column("by_assistant", Boolean, nullable=False),
    Column("conversation_id", Text),
)

calls = Table(
    "calls",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("vapi_call_id", Text, nullable=False),
    Column("caller_number", Text),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("duration_seconds", Double),
    Column("ended_reason", Text),
    Column("cost", Double),
    Column("summary", Text),
    Column("status", Text),
    Column("erased", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("direction", Text),
    Column("called_number", Text),
    Column("assistant_id", Text),
    Column("cost_parts", JSONB, nullable=False),
    Column("structured_data", Text),
    Column("success_evaluation", Text),
    Column("sealed_transcript", LargeBinary),
    Column("sealed_recording_urls", LargeBinary),
    Column("tools_used", ARRAY(Text), nullable=False),
    Column("reported", Boolean, nullable=False),
    Column("counted_at", DateTime(timezone=True), Computed("coalesce(started_at, created_at)")),
    Column("start_reported", Boolean, nullable=False, server_default=text("false")),
    Column("end_reported", Boolean, nullable=False, server_default=text("false")),
)

erasures = Table(
    "erasures",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("appointments", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("tool_calls", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
)

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("conversation_id", Text, primary_key=True),
    Column("tool_call_id", Text, primary_key=True),
    Column("arguments_hash", LargeBinary, nullable=False),
    Column("say", Text),
    Column("data", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("appointment_id", Uuid, Computed("(data ->> 'appointmentId')::uuid")),
)

call_events = Table(
    "call_events",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("vapi_call_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("milliseconds", Double, nullable=False),
    Column("message_type", Text),
    Column("tool", Text),
    Column("ended", Text),
    Column("outcome", Text),
    Column("appointment_id", Uuid),
    Column("facts", JSONB, nullable=False),
    Column("sealed_details", LargeBinary),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

misses = Table(
    "misses",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("subject", LargeBinary, primary_key=True),
    Column("guess", LargeBinary, primary_key=True),
    Column("missed_at", DateTime(timezone=True), nullable=False),
)

erased_numbers = Table(
    "erased_numbers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, nullable=False),
    Column("with_names", Boolean, nullable=False),
    Column("secret_digest", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

busy_sources = Table(
    "busy_sources",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("sealed_url", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("etag", Text),
    Column("read_at", DateTime(timezone=True)),
    Column("failure", Text),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("leased_until", DateTime(timezone=True)),
)

busy_times = Table(
    "busy_times",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, nullable=False),
    Column("occupied", TSTZRANGE, primary_key=True),
    Column("of_connection", Boolean, nullable=False),
    Column("busy_source_id", Uuid, Computed("CASE WHEN NOT of_connection THEN source_id END")),
    Column("connection_id", Uuid, Computed("CASE WHEN of_connection THEN source_id END")),
    Column("begins_at", DateTime(timezone=True), Computed("lower(occupied)"), nullable=False),
    Column("ends_at", DateTime(timezone=True), Computed("upper(occupied)"), nullable=False),
    Column("lasts_long", Boolean, Computed("upper(occupied) - lower(occupied) > interval '24 hours'"), nullable=False),
)

caldav_connections = Table(
    "caldav_connections",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, nullable=False),
    Column("url", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("sealed_password", LargeBinary, nullable=False),
    Column("with_names", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("pushed_at", DateTime(timezone=True)),
    Column("looked_at", DateTime(timezone=True)),
    Column("trouble", Text),
    Column("failures", Integer, nullable=False),
    Column("resumes_at", DateTime(timezone=True)),
    Column("look_at", DateTime(timezone=True), nullable=False),
    Column("seen", Text),
    Column("read_at", DateTime(timezone=True)),
    Column("ending", Boolean, nullable=False),
    Column("leased_until", DateTime(timezone=True)),
)

caldav_outbox = Table(
    "caldav_outbox",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("connection_id", Uuid, primary_key=True),
    Column("appointment_id", Uuid, primary_key=True),
    Column("change", Uuid, nullable=False, server_default=text("gen_random_uuid()")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default="-infinity"),
)

caldav_events = Table(
    "caldav_events",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("connection_id", Uuid, primary_key=True),
    Column("appointment_id", Uuid, primary_key=True),
    Column("etag", Text),
    Column("version", Integer, nullable=False),
    Column("drift", Text),
    Column("outside_starts_at", DateTime(timezone=True)),
    Column("outside_ends_at", DateTime(timezone=True)),
    Column("noticed_at", DateTime(timezone=True)),
)
