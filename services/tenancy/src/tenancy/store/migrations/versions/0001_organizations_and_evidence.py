"""Organizations, what names them (numbers, assistants), their API keys, and the directory that looks across them."""

from alembic import op

from chassis.database.row_security import directory_function, open_to_directory, protect

revision = "0001"
down_revision = None

SCHEMA = "tenancy"

ORGANIZATIONS = """
CREATE TABLE organizations (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  timezone text NOT NULL CHECK (timezone <> ''),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  created_at timestamptz NOT NULL DEFAULT now()
)
"""

# An organization's own row is the one whose id is the tenant. The application holds no grant: it calls the functions.
ORGANIZATIONS_ROW_SECURITY = [
    "ALTER TABLE organizations ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE organizations FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY tenant ON organizations FOR ALL TO tenancy_app, tenancy_owner
      USING (id = (select nullif(current_setting('app.org_id', true), '')::uuid))
      WITH CHECK (id = (select nullif(current_setting('app.org_id', true), '')::uuid))
    """,
]

# A number has one organization at a time, and so has Vapi's id of it. `held` is when; the first owner's is unbounded.
PHONE_NUMBER_MAPPING = """
CREATE TABLE phone_number_mapping (
  org_id uuid NOT NULL REFERENCES organizations (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  inbound_phone_number text NOT NULL CHECK (inbound_phone_number ~ '^[+][0-9]{3,20}$'),
  clinic_name text NOT NULL,
  vapi_phone_number_id uuid,
  held tstzrange NOT NULL CHECK (NOT isempty(held)),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CONSTRAINT one_organization_per_number
    EXCLUDE USING gist (inbound_phone_number WITH =, held WITH &&),
  CONSTRAINT one_organization_per_vapi_phone_number_id
    EXCLUDE USING gist (vapi_phone_number_id WITH =, held WITH &&)
)
"""

REGISTERED_ASSISTANTS = """
CREATE TABLE registered_assistants (
  org_id uuid NOT NULL REFERENCES organizations (id),
  vapi_assistant_id uuid NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, vapi_assistant_id),
  CONSTRAINT one_organization_per_assistant UNIQUE (vapi_assistant_id)
)
"""

API_KEYS = """
CREATE TABLE api_keys (
  org_id uuid NOT NULL REFERENCES organizations (id),
  id uuid NOT NULL,
  name text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CONSTRAINT one_organization_per_api_key UNIQUE (digest)
)
"""

CREATE_ORGANIZATION = """
CREATE FUNCTION create_organization(new_id uuid, new_name text, new_timezone text)
RETURNS TABLE (id uuid, name text, timezone text, status text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  INSERT INTO organizations (id, name, timezone) VALUES (new_id, new_name, new_timezone)
    ON CONFLICT ON CONSTRAINT organizations_pkey DO NOTHING;
  SELECT o.id, o.name, o.timezone, o.status FROM organizations o WHERE o.id = new_id;
$$
"""

GET_ORGANIZATION = """
CREATE FUNCTION get_organization(wanted uuid)
RETURNS TABLE (id uuid, name text, timezone text, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT o.id, o.name, o.timezone, o.status FROM organizations o WHERE o.id = wanted;
$$
"""

LIST_ORGANIZATIONS = """
CREATE FUNCTION list_organizations(after uuid, size integer)
RETURNS TABLE (id uuid, name text, timezone text, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT o.id, o.name, o.timezone, o.status FROM organizations o
  WHERE after IS NULL OR o.id > after
  ORDER BY o.id
  LIMIT size;
$$
"""

OWNER_OF_API_KEY = """
CREATE FUNCTION owner_of_api_key(key_digest bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT k.org_id FROM api_keys k WHERE k.digest = key_digest;
$$
"""

# One row for each value that names an organization at `moment`; none for a value that names nobody.
OWNERS_OF_EVIDENCE = """
CREATE FUNCTION owners_of_evidence(
  called_numbers text[], phone_number_ids uuid[], assistant_ids uuid[], organization_ids uuid[], moment timestamptz
)
RETURNS TABLE (source text, value text, org_id uuid, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT named.source, named.value, named.org_id, o.status
  FROM (
    SELECT 'called_number', m.inbound_phone_number, m.org_id
    FROM unnest(called_numbers) AS asked (number)
    JOIN phone_number_mapping m ON m.inbound_phone_number = asked.number AND m.held @> least(moment, now())
    UNION
    SELECT 'phone_number_id', m.vapi_phone_number_id::text, m.org_id
    FROM unnest(phone_number_ids) AS asked (id)
    JOIN phone_number_mapping m ON m.vapi_phone_number_id = asked.id AND m.held @> least(moment, now())
    UNION
    SELECT 'assistant_id', a.vapi_assistant_id::text, a.org_id
    FROM unnest(assistant_ids) AS asked (id)
    JOIN registered_assistants a ON a.vapi_assistant_id = asked.id
    UNION
    SELECT 'metadata', asked.id::text, asked.id FROM unnest(organization_ids) AS asked (id)
  ) AS named (source, value, org_id)
  JOIN organizations o ON o.id = named.org_id;
$$
"""

FUNCTIONS = {
    "create_organization(uuid, text, text)": CREATE_ORGANIZATION,
    "get_organization(uuid)": GET_ORGANIZATION,
    "list_organizations(uuid, integer)": LIST_ORGANIZATIONS,
    "owner_of_api_key(bytea)": OWNER_OF_API_KEY,
    "owners_of_evidence(text[], uuid[], uuid[], uuid[], timestamptz)": OWNERS_OF_EVIDENCE,
}


def upgrade() -> None:
    for table in (ORGANIZATIONS, PHONE_NUMBER_MAPPING, REGISTERED_ASSISTANTS, API_KEYS):
        op.execute(table)
    for statement in (
        *ORGANIZATIONS_ROW_SECURITY,
        *open_to_directory("organizations", SCHEMA, verbs="SELECT, INSERT"),
        *protect("phone_number_mapping", SCHEMA, verbs="SELECT, INSERT, UPDATE"),
        *open_to_directory("phone_number_mapping", SCHEMA),
        *protect("registered_assistants", SCHEMA, verbs="SELECT, INSERT"),
        *open_to_directory("registered_assistants", SCHEMA),
        *protect("api_keys", SCHEMA, verbs="INSERT"),
        *open_to_directory("api_keys", SCHEMA),
    ):
        op.execute(statement)
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TABLE api_keys, registered_assistants, phone_number_mapping, organizations")
