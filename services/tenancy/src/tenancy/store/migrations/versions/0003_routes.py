"""Routes: found at one price however many there are, moved in one step, and announced when they change."""

from alembic import context, op

from chassis.database.row_security import directory_function, keep_for_directory
from tenancy.store.route_changes import announce_changes, for_the_directory_alone

revision = "0003"
down_revision = "0002"

SCHEMA = "tenancy"

# Beside the exclusion constraints' trees, in which a look-up costs more the more numbers there are. Hashed: the planner
# holds a tree of plain order for dearer than those, and takes them instead.
INDEXES = {
    "phone_number_mapping_by_number": "phone_number_mapping USING hash (inbound_phone_number)",
    "phone_number_mapping_by_vapi_phone_number_id": "phone_number_mapping USING hash (vapi_phone_number_id)",
}

ROUTE_VERSION = """
CREATE TABLE route_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
)
"""
FIRST_VERSION = "INSERT INTO route_version (version) VALUES (0)"
ROUTE_CHANGES = """
CREATE TABLE route_changes (
  version bigint PRIMARY KEY,
  evidence text[] NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
ROUTE_CHANGES_BY_AGE = "CREATE INDEX route_changes_by_age ON route_changes (changed_at)"

# The row of route_version is locked until the transaction ends: versions are in the order of commits, without gaps.
# What changes very many routes at once is told in pieces that fit into a message.
ANNOUNCE_ROUTE_CHANGE = """
CREATE FUNCTION announce_route_change(changed text[]) RETURNS void
LANGUAGE plpgsql SET search_path = tenancy, pg_temp
AS $$
DECLARE
  piece CONSTANT integer := 1000;
  named CONSTANT text[] := ARRAY(SELECT DISTINCT value FROM unnest(changed) AS value WHERE value IS NOT NULL);
  next bigint;
BEGIN
  FOR begin_at IN 1 .. cardinality(named) BY piece LOOP
    UPDATE route_version SET version = version + 1 RETURNING version INTO next;
    INSERT INTO route_changes (version, evidence) VALUES (next, named[begin_at : begin_at + piece - 1]);
  END LOOP;
  IF next IS NOT NULL THEN
    DELETE FROM route_changes WHERE changed_at < clock_timestamp() - interval '1 hour';
    PERFORM pg_notify('tenancy_routes', next::text);
  END IF;
END
$$
"""

ROUTE_VERSION_NOW = """
CREATE FUNCTION route_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$ SELECT v.version FROM route_version v $$
"""

# At least one row, which tells the present version: what is seen of the one and of the others is of one moment. Whoever
# missed more than that many changes does better to forget.
ROUTE_CHANGES_SINCE = """
CREATE FUNCTION route_changes_since(seen bigint)
RETURNS TABLE (present bigint, version bigint, evidence text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT v.version, c.version, c.evidence
  FROM route_version v LEFT JOIN route_changes c ON c.version > seen
  ORDER BY c.version
  LIMIT 1000
$$
"""

# One row for each value, whether or not it names anybody. `changed_at`: when, last, it came to mean what it means now.
# An aggregate or a single value for each: the planner can do nothing but look it up, however little it knows, and needs
# to plan it once. Now is the clock's, which is past any move that is seen; the transaction's may be before it.
ROUTES_OF_EVIDENCE = """
CREATE FUNCTION routes_of_evidence(
  called_numbers text[], phone_number_ids uuid[], assistant_ids uuid[], organization_ids uuid[], moment timestamptz
)
RETURNS TABLE (source text, value text, org_id uuid, status text, changed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  present CONSTANT timestamptz := clock_timestamp();
  asked_for CONSTANT timestamptz := least(moment, present);
BEGIN
  RETURN QUERY
  SELECT route.source, route.value, route.org_id,
         (SELECT o.status FROM organizations o WHERE o.id = route.org_id), route.changed_at
  FROM (
    SELECT 'called_number', asked.number, held.by_whom, held.changed_at
    FROM unnest(called_numbers) AS asked (number) CROSS JOIN LATERAL (
      SELECT (array_agg(m.org_id) FILTER (WHERE m.held @> asked_for))[1] AS by_whom,
             max(bound) FILTER (WHERE bound <= present AND isfinite(bound)) AS changed_at
      FROM phone_number_mapping m CROSS JOIN LATERAL (VALUES (lower(m.held)), (upper(m.held))) AS of_range (bound)
      WHERE m.inbound_phone_number = asked.number
    ) AS held
    UNION ALL
    SELECT 'phone_number_id', asked.id::text, held.by_whom, held.changed_at
    FROM unnest(phone_number_ids) AS asked (id) CROSS JOIN LATERAL (
      SELECT (array_agg(m.org_id) FILTER (WHERE m.held @> asked_for))[1] AS by_whom,
             max(bound) FILTER (WHERE bound <= present AND isfinite(bound)) AS changed_at
      FROM phone_number_mapping m CROSS JOIN LATERAL (VALUES (lower(m.held)), (upper(m.held))) AS of_range (bound)
      WHERE m.vapi_phone_number_id = asked.id
    ) AS held
    UNION ALL
    SELECT 'assistant_id', asked.id::text,
           (SELECT a.org_id FROM registered_assistants a WHERE a.vapi_assistant_id = asked.id), NULL
    FROM unnest(assistant_ids) AS asked (id)
    UNION ALL
    SELECT 'metadata', asked.id::text, asked.id, NULL FROM unnest(organization_ids) AS asked (id)
  ) AS route (source, value, org_id, changed_at);
END
$$
"""

# Null for a number that nobody has held: its first owner always has. Otherwise the past is somebody's, and stays so.
BEGINNING_OF_HOLDING = """
CREATE FUNCTION beginning_of_holding(number text, vapi_id uuid) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM phone_number_mapping m WHERE m.inbound_phone_number = number)
      OR EXISTS (SELECT FROM phone_number_mapping m WHERE m.vapi_phone_number_id = vapi_id) THEN
    RETURN clock_timestamp();
  END IF;
  RETURN NULL;
END
$$
"""

# The number as its receiver holds it then; nothing if the holder does not hold it. `former` is the holding that ended;
# null if it had been moved before.
MOVE_PHONE_NUMBER = """
CREATE FUNCTION move_phone_number(
  number text, holder uuid, receiver uuid, new_clinic_name text, new_vapi_id uuid, keeps_vapi_id boolean
)
RETURNS TABLE (id uuid, inbound_phone_number text, clinic_name text, vapi_phone_number_id uuid, held tstzrange,
               former uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  ended phone_number_mapping;
BEGIN
  SELECT * INTO ended FROM phone_number_mapping m
    WHERE m.inbound_phone_number = number AND m.org_id = holder AND upper_inf(m.held) FOR UPDATE;
  IF NOT FOUND OR holder = receiver THEN
    RETURN QUERY SELECT m.id, m.inbound_phone_number, m.clinic_name, m.vapi_phone_number_id, m.held, NULL::uuid
      FROM phone_number_mapping m
      WHERE m.inbound_phone_number = number AND m.org_id = receiver AND upper_inf(m.held)
        AND (holder = receiver OR EXISTS (
          SELECT FROM phone_number_mapping f
          WHERE f.inbound_phone_number = number AND f.org_id = holder AND upper(f.held) = lower(m.held)));
    RETURN;
  END IF;
  UPDATE phone_number_mapping m SET held = until_now(m.held)
    WHERE m.org_id = ended.org_id AND m.id = ended.id RETURNING m.held INTO ended.held;
  RETURN QUERY INSERT INTO phone_number_mapping AS m
      (org_id, inbound_phone_number, clinic_name, vapi_phone_number_id, held)
    VALUES (receiver, number, new_clinic_name,
            CASE WHEN keeps_vapi_id THEN ended.vapi_phone_number_id ELSE new_vapi_id END,
            tstzrange(upper(ended.held), NULL))
    RETURNING m.id, m.inbound_phone_number, m.clinic_name, m.vapi_phone_number_id, m.held, ended.id;
END
$$
"""

# A clock that was set back must not end what began after it.
UNTIL_NOW = """
CREATE FUNCTION until_now(held tstzrange) RETURNS tstzrange
LANGUAGE sql VOLATILE SET search_path = tenancy, pg_temp
AS $$ SELECT tstzrange(lower(held), greatest(clock_timestamp(), lower(held) + interval '1 microsecond')) $$
"""

CREATE_ORGANIZATION = """
CREATE FUNCTION create_organization(new_id uuid, new_name text, new_timezone text)
RETURNS TABLE (id uuid, name text, timezone text, status text, created boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
BEGIN
  INSERT INTO organizations (id, name, timezone) VALUES (new_id, new_name, new_timezone)
    ON CONFLICT ON CONSTRAINT organizations_pkey DO NOTHING;
  created := FOUND;
  RETURN QUERY SELECT o.id, o.name, o.timezone, o.status, created FROM organizations o WHERE o.id = new_id;
END
$$
"""

# What is null stays as it is. The organization as it was comes first, then as it is.
UPDATE_ORGANIZATION = """
CREATE FUNCTION update_organization(wanted uuid, new_name text, new_timezone text, new_status text)
RETURNS TABLE (id uuid, name text, timezone text, status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT o.id, o.name, o.timezone, o.status FROM organizations o WHERE o.id = wanted FOR NO KEY UPDATE;
  RETURN QUERY UPDATE organizations AS o
    SET name = coalesce(new_name, o.name), timezone = coalesce(new_timezone, o.timezone),
        status = coalesce(new_status, o.status)
    WHERE o.id = wanted RETURNING o.id, o.name, o.timezone, o.status;
END
$$
"""

FORMER_FUNCTIONS = {
    "create_organization(uuid, text, text)": "CREATE_ORGANIZATION",
    "owners_of_evidence(text[], uuid[], uuid[], uuid[], timestamptz)": "OWNERS_OF_EVIDENCE",
}
FUNCTIONS = {
    "route_version()": ROUTE_VERSION_NOW,
    "route_changes_since(bigint)": ROUTE_CHANGES_SINCE,
    "routes_of_evidence(text[], uuid[], uuid[], uuid[], timestamptz)": ROUTES_OF_EVIDENCE,
    "beginning_of_holding(text, uuid)": BEGINNING_OF_HOLDING,
    "move_phone_number(text, uuid, uuid, text, uuid, boolean)": MOVE_PHONE_NUMBER,
    "create_organization(uuid, text, text)": CREATE_ORGANIZATION,
    "update_organization(uuid, text, text, text)": UPDATE_ORGANIZATION,
}
ANNOUNCED = {
    "organizations": {"columns": ["id", "status"], "evidence": ["id::text"]},
    "phone_number_mapping": {
        "columns": ["org_id", "id", "inbound_phone_number", "vapi_phone_number_id", "held"],
        "evidence": ["inbound_phone_number", "vapi_phone_number_id::text"],
    },
    "registered_assistants": {"columns": ["org_id", "vapi_assistant_id"], "evidence": ["vapi_assistant_id::text"]},
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")
    for statement in (
        ROUTE_VERSION,
        FIRST_VERSION,
        *keep_for_directory("route_version", SCHEMA, verbs="SELECT, UPDATE"),
        ROUTE_CHANGES,
        ROUTE_CHANGES_BY_AGE,
        *keep_for_directory("route_changes", SCHEMA, verbs="SELECT, INSERT, DELETE"),
        f"GRANT INSERT, UPDATE ON phone_number_mapping TO {SCHEMA}_directory",
        f"GRANT UPDATE ON organizations TO {SCHEMA}_directory",
        UNTIL_NOW,
        ANNOUNCE_ROUTE_CHANGE,
        *for_the_directory_alone("announce_route_change(text[])", SCHEMA),
    ):
        op.execute(statement)
    for table, announced in ANNOUNCED.items():
        for statement in announce_changes(table, SCHEMA, **announced):
            op.execute(statement)
    for signature in FORMER_FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    _make(FUNCTIONS)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    for table in ANNOUNCED:
        op.execute(f"DROP FUNCTION announce_{table}() CASCADE")
    op.execute("DROP FUNCTION announce_route_change(text[]), until_now(tstzrange)")
    op.execute("DROP TABLE route_version, route_changes")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute(f"REVOKE INSERT, UPDATE ON phone_number_mapping FROM {SCHEMA}_directory")
    op.execute(f"REVOKE UPDATE ON organizations FROM {SCHEMA}_directory")
    first = context.script.get_revision("0001").module
    _make({signature: getattr(first, name) for signature, name in FORMER_FUNCTIONS.items()})


def _make(functions: dict[str, str]) -> None:
    for signature, function in functions.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)
