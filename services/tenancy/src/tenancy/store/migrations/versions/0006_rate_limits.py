"""How much an organization may ask for in a minute, where it is not what all may."""

from collections.abc import Iterable

from alembic import context, op

from chassis.database.row_security import directory_function
from tenancy.store.route_changes import announce_changes

revision = "0006"
down_revision = "0005"

SCHEMA = "tenancy"

# Null: as the deployment says.
RATE_LIMIT = "ALTER TABLE organizations ADD rate_limit_per_minute integer CHECK (rate_limit_per_minute > 0)"

CREATE_ORGANIZATION = """
CREATE FUNCTION create_organization(new_id uuid, new_name text, new_timezone text)
RETURNS TABLE (id uuid, name text, timezone text, status text, rate_limit_per_minute integer, created boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
BEGIN
  INSERT INTO organizations (id, name, timezone) VALUES (new_id, new_name, new_timezone)
    ON CONFLICT ON CONSTRAINT organizations_pkey DO NOTHING;
  created := FOUND;
  RETURN QUERY SELECT o.id, o.name, o.timezone, o.status, o.rate_limit_per_minute, created
    FROM organizations o WHERE o.id = new_id;
END
$$
"""
GET_ORGANIZATION = """
CREATE FUNCTION get_organization(wanted uuid)
RETURNS TABLE (id uuid, name text, timezone text, status text, rate_limit_per_minute integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT o.id, o.name, o.timezone, o.status, o.rate_limit_per_minute FROM organizations o WHERE o.id = wanted;
$$
"""
LIST_ORGANIZATIONS = """
CREATE FUNCTION list_organizations(after uuid, size integer)
RETURNS TABLE (id uuid, name text, timezone text, status text, rate_limit_per_minute integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT o.id, o.name, o.timezone, o.status, o.rate_limit_per_minute FROM organizations o
  WHERE after IS NULL OR o.id > after
  ORDER BY o.id
  LIMIT size;
$$
"""

# What is null stays as it is; a limit of 0 is the deployment's again. The organization as it was comes first, then as it
# is. Whoever knows of no limit leaves it out.
UPDATE_ORGANIZATION = """
CREATE FUNCTION update_organization(
  wanted uuid, new_name text, new_timezone text, new_status text, new_limit integer DEFAULT NULL
)
RETURNS TABLE (id uuid, name text, timezone text, status text, rate_limit_per_minute integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT o.id, o.name, o.timezone, o.status, o.rate_limit_per_minute
    FROM organizations o WHERE o.id = wanted FOR NO KEY UPDATE;
  RETURN QUERY UPDATE organizations AS o
    SET name = coalesce(new_name, o.name), timezone = coalesce(new_timezone, o.timezone),
        status = coalesce(new_status, o.status),
        rate_limit_per_minute = CASE WHEN new_limit IS NULL THEN o.rate_limit_per_minute ELSE nullif(new_limit, 0) END
    WHERE o.id = wanted RETURNING o.id, o.name, o.timezone, o.status, o.rate_limit_per_minute;
END
$$
"""

# As before, and the limit of whom a value names.
ROUTES_OF_EVIDENCE = """
CREATE FUNCTION routes_of_evidence(
  called_numbers text[], phone_number_ids uuid[], assistant_ids uuid[], organization_ids uuid[], moment timestamptz
)
RETURNS TABLE (source text, value text, org_id uuid, status text, changed_at timestamptz,
               rate_limit_per_minute integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  present CONSTANT timestamptz := clock_timestamp();
  asked_for CONSTANT timestamptz := least(moment, present);
BEGIN
  RETURN QUERY
  SELECT route.source, route.value, route.org_id,
         (SELECT o.status FROM organizations o WHERE o.id = route.org_id), route.changed_at,
         (SELECT o.rate_limit_per_minute FROM organizations o WHERE o.id = route.org_id)
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

# As before, and the limit of whose key it is.
AUTHENTICATE = """
CREATE FUNCTION authenticate_api_key(key_digest bytea)
RETURNS TABLE (org_id uuid, id uuid, scope text, rate_limit_per_minute integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  WITH due AS (
    SELECT k.digest FROM api_keys k
    WHERE k.digest = key_digest AND k.revoked_at IS NULL
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
    FOR UPDATE SKIP LOCKED
  )
  UPDATE api_keys k SET last_used_at = now() FROM due WHERE k.digest = due.digest;
  WITH due AS (
    SELECT k.digest FROM platform_api_keys k
    WHERE k.digest = key_digest AND k.revoked_at IS NULL
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
    FOR UPDATE SKIP LOCKED
  )
  UPDATE platform_api_keys k SET last_used_at = now() FROM due WHERE k.digest = due.digest;
  SELECT k.org_id, k.id, k.scope, o.rate_limit_per_minute FROM api_keys k JOIN organizations o ON o.id = k.org_id
    WHERE k.digest = key_digest AND k.revoked_at IS NULL
  UNION ALL
  SELECT NULL, k.id, k.scope, NULL FROM platform_api_keys k WHERE k.digest = key_digest AND k.revoked_at IS NULL;
$$
"""

FORMER_FUNCTIONS = {
    "create_organization(uuid, text, text)": ("0003", "CREATE_ORGANIZATION"),
    "get_organization(uuid)": ("0001", "GET_ORGANIZATION"),
    "list_organizations(uuid, integer)": ("0001", "LIST_ORGANIZATIONS"),
    "update_organization(uuid, text, text, text)": ("0003", "UPDATE_ORGANIZATION"),
    "routes_of_evidence(text[], uuid[], uuid[], uuid[], timestamptz)": ("0003", "ROUTES_OF_EVIDENCE"),
    "authenticate_api_key(bytea)": ("0004", "AUTHENTICATE"),
}
FUNCTIONS = {
    "create_organization(uuid, text, text)": CREATE_ORGANIZATION,
    "get_organization(uuid)": GET_ORGANIZATION,
    "list_organizations(uuid, integer)": LIST_ORGANIZATIONS,
    "update_organization(uuid, text, text, text, integer)": UPDATE_ORGANIZATION,
    "routes_of_evidence(text[], uuid[], uuid[], uuid[], timestamptz)": ROUTES_OF_EVIDENCE,
    "authenticate_api_key(bytea)": AUTHENTICATE,
}


def upgrade() -> None:
    op.execute(RATE_LIMIT)
    _announce("id", "status", "rate_limit_per_minute")
    _replace(FORMER_FUNCTIONS, FUNCTIONS)


def downgrade() -> None:
    former = {
        signature: getattr(context.script.get_revision(revision).module, name)
        for signature, (revision, name) in FORMER_FUNCTIONS.items()
    }
    _replace(FUNCTIONS, former)
    _announce("id", "status")
    op.execute("ALTER TABLE organizations DROP rate_limit_per_minute")


def _announce(*columns: str) -> None:
    """A change of these columns of an organization is told to whoever keeps its routes."""
    op.execute("DROP FUNCTION announce_organizations() CASCADE")
    for statement in announce_changes("organizations", SCHEMA, columns=columns, evidence=["id::text"]):
        op.execute(statement)


def _replace(former: Iterable[str], present: dict[str, str]) -> None:
    for signature in former:
        op.execute(f"DROP FUNCTION {signature}")
    for signature, function in present.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)
