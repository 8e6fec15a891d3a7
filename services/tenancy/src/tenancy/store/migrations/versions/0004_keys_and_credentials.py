"""Keys with scopes that can be revoked, the platform's own keys, and how an organization's Vapi proves itself."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory, open_to_directory, protect
from tenancy.store.route_changes import announce_changes

revision = "0004"
down_revision = "0003"

SCHEMA = "tenancy"

API_KEYS = """
ALTER TABLE api_keys
  ADD scope text NOT NULL DEFAULT 'write' CHECK (scope IN ('read', 'write')),
  ADD last_used_at timestamptz,
  ADD revoked_at timestamptz
"""
# Everything but the digest, which only the directory compares; and nothing changes of a key but that it ends.
API_KEYS_GRANTS = [
    """
    GRANT SELECT (org_id, id, name, created_at, scope, last_used_at, revoked_at), UPDATE (revoked_at)
      ON api_keys TO tenancy_app
    """,
    "GRANT UPDATE (last_used_at) ON api_keys TO tenancy_directory",
]

PLATFORM_API_KEYS = """
CREATE TABLE platform_api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  scope text NOT NULL CHECK (scope IN ('read', 'write')),
  last_used_at timestamptz,
  revoked_at timestamptz
)
"""

# A revoked credential is one that has ended. One revoked before it began ends before it begins.
WEBHOOK_CREDENTIALS = """
CREATE TABLE webhook_credentials (
  org_id uuid NOT NULL REFERENCES organizations (id),
  id uuid NOT NULL,
  name text NOT NULL,
  plan jsonb NOT NULL CHECK (plan ->> 'type' IN ('secret', 'bearer', 'hmac')),
  sealed_secret bytea NOT NULL,
  not_before timestamptz,
  not_after timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (org_id, id)
)
"""
# Apart from the credentials: counting a use changes nobody's route.
WEBHOOK_CREDENTIAL_USES = """
CREATE TABLE webhook_credential_uses (
  org_id uuid NOT NULL,
  credential_id uuid NOT NULL,
  uses bigint NOT NULL CHECK (uses > 0),
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, credential_id),
  FOREIGN KEY (org_id, credential_id) REFERENCES webhook_credentials (org_id, id)
)
"""

# A use is noted once a minute, and nobody waits to note it. No row for a key that is unknown or revoked; the
# organization is null for the platform's.
AUTHENTICATE = """
CREATE FUNCTION authenticate_api_key(key_digest bytea)
RETURNS TABLE (org_id uuid, id uuid, scope text)
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
  SELECT k.org_id, k.id, k.scope FROM api_keys k WHERE k.digest = key_digest AND k.revoked_at IS NULL
  UNION ALL
  SELECT NULL, k.id, k.scope FROM platform_api_keys k WHERE k.digest = key_digest AND k.revoked_at IS NULL;
$$
"""

# No row if `most` keys of the name are live. Those who ask at the same time take turns, for the count to be true.
CREATE_PLATFORM_API_KEY = """
CREATE FUNCTION create_platform_api_key(new_id uuid, new_name text, new_scope text, new_digest bytea, most integer)
RETURNS TABLE (id uuid, name text, scope text, created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('platform_api_keys', 0));
  INSERT INTO platform_api_keys (id, name, scope, digest)
    SELECT new_id, new_name, new_scope, new_digest
    WHERE (SELECT count(*) FROM platform_api_keys k WHERE k.name = new_name AND k.revoked_at IS NULL) < most
    RETURNING id, name, scope, created_at, last_used_at, revoked_at;
$$
"""
# Oldest first; `after` is the last key of the page before.
LIST_PLATFORM_API_KEYS = """
CREATE FUNCTION list_platform_api_keys(after uuid, size integer)
RETURNS TABLE (id uuid, name text, scope text, created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT k.id, k.name, k.scope, k.created_at, k.last_used_at, k.revoked_at FROM platform_api_keys k
  WHERE after IS NULL
    OR (k.created_at, k.id) > (SELECT last.created_at, last.id FROM platform_api_keys last WHERE last.id = after)
  ORDER BY k.created_at, k.id
  LIMIT size;
$$
"""
REVOKE_PLATFORM_API_KEY = """
CREATE FUNCTION revoke_platform_api_key(ended uuid)
RETURNS TABLE (id uuid, name text, scope text, created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  UPDATE platform_api_keys k SET revoked_at = clock_timestamp() WHERE k.id = ended AND k.revoked_at IS NULL
    RETURNING k.id, k.name, k.scope, k.created_at, k.last_used_at, k.revoked_at;
$$
"""

# Of any organizations; a credential that is not known is passed over. In one order, so that no two reports deadlock.
RECORD_USES = """
CREATE FUNCTION record_webhook_credential_uses(
  organizations uuid[], credentials uuid[], counts bigint[], moments timestamptz[]
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  INSERT INTO webhook_credential_uses AS known (org_id, credential_id, uses, last_used_at)
    SELECT c.org_id, c.id, sum(told.count), least(max(told.moment), clock_timestamp())
    FROM unnest(organizations, credentials, counts, moments) AS told (org_id, id, count, moment)
    JOIN webhook_credentials c ON c.org_id = told.org_id AND c.id = told.id
    GROUP BY c.org_id, c.id
    ORDER BY c.org_id, c.id
  ON CONFLICT (org_id, credential_id) DO UPDATE
    SET uses = known.uses + excluded.uses, last_used_at = greatest(known.last_used_at, excluded.last_used_at);
$$
"""

FUNCTIONS = {
    "authenticate_api_key(bytea)": AUTHENTICATE,
    "create_platform_api_key(uuid, text, text, bytea, integer)": CREATE_PLATFORM_API_KEY,
    "list_platform_api_keys(uuid, integer)": LIST_PLATFORM_API_KEYS,
    "revoke_platform_api_key(uuid)": REVOKE_PLATFORM_API_KEY,
    "record_webhook_credential_uses(uuid[], uuid[], bigint[], timestamptz[])": RECORD_USES,
}
OWNER_OF_API_KEY = """
CREATE FUNCTION owner_of_api_key(key_digest bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT k.org_id FROM api_keys k WHERE k.digest = key_digest;
$$
"""
"""What `authenticate_api_key` takes the place of: it knew nothing of an end."""


def upgrade() -> None:
    for statement in (
        "DROP FUNCTION owner_of_api_key(bytea)",
        API_KEYS,
        *API_KEYS_GRANTS,
        PLATFORM_API_KEYS,
        *keep_for_directory("platform_api_keys", SCHEMA, verbs="SELECT, INSERT, UPDATE (last_used_at, revoked_at)"),
        WEBHOOK_CREDENTIALS,
        *protect("webhook_credentials", SCHEMA, verbs="SELECT, INSERT, UPDATE (not_after)"),
        *open_to_directory("webhook_credentials", SCHEMA, verbs="SELECT (org_id, id)"),
        *announce_changes(
            "webhook_credentials",
            SCHEMA,
            columns=["org_id", "id", "plan", "sealed_secret", "not_before", "not_after"],
            evidence=["org_id::text"],
        ),
        WEBHOOK_CREDENTIAL_USES,
        *protect("webhook_credential_uses", SCHEMA, verbs="SELECT"),
        *open_to_directory("webhook_credential_uses", SCHEMA, verbs="SELECT, INSERT, UPDATE (uses, last_used_at)"),
    ):
        op.execute(statement)
    _create(FUNCTIONS)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    for statement in (
        "DROP TABLE webhook_credential_uses, webhook_credentials, platform_api_keys",
        "DROP FUNCTION announce_webhook_credentials()",
        "REVOKE UPDATE (last_used_at) ON api_keys FROM tenancy_directory",
        "REVOKE SELECT (org_id, id, name, created_at), UPDATE (revoked_at) ON api_keys FROM tenancy_app",
        "ALTER TABLE api_keys DROP scope, DROP last_used_at, DROP revoked_at",
    ):
        op.execute(statement)
    _create({"owner_of_api_key(bytea)": OWNER_OF_API_KEY})


def _create(functions: dict[str, str]) -> None:
    for signature, function in functions.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)
