"""What is asked of PostgreSQL's catalogue about one schema, $1."""

RELATIONS = """
SELECT c.relname AS name, c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner,
  c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  coalesce('security_invoker=true' = ANY(c.reloptions), false) AS invoker,
  EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent)) AS inherits,
  EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid AND rulename <> '_RETURN') AS rules
FROM pg_class c WHERE c.relnamespace = $1::text::regnamespace AND c.relkind NOT IN ('i', 'I', 'c', 't')
"""

RELATIONS_ELSEWHERE = """
SELECT relname FROM pg_class
WHERE pg_get_userbyid(relowner) = ANY($2::text[]) AND relpersistence <> 't'
  AND relnamespace NOT IN ($1::text::regnamespace, 'pg_toast'::regnamespace)
"""

PUBLICATIONS = "SELECT pubname FROM pg_publication"

COLUMNS = """
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS needed,
  EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary) AS identified
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY($2::text[]) AND NOT a.attisdropped
"""

POLICIES = """
SELECT tablename AS table, policyname AS name, roles::text[] AS roles, cmd, permissive, qual, with_check
FROM pg_policies WHERE schemaname = $1
"""

OPENED_TO = """
SELECT relname FROM pg_class c WHERE relnamespace = $1::text::regnamespace AND EXISTS (
  SELECT FROM aclexplode(c.relacl) WHERE pg_get_userbyid(grantee) = $2
  UNION ALL
  SELECT FROM pg_attribute, aclexplode(attacl) WHERE attrelid = c.oid AND pg_get_userbyid(grantee) = $2
)
"""

KEYS = """
SELECT c.relname AS table, i.relname AS name, pg_get_indexdef(x.indexrelid, 1, true) AS first,
  (SELECT o.oprname FROM pg_constraint k JOIN pg_operator o ON o.oid = k.conexclop[1]
   WHERE k.conindid = x.indexrelid AND k.contype = 'x') AS excludes_by
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY($2::text[])
  AND (x.indisunique OR x.indisexclusion)
"""

FOREIGN_KEYS = """
SELECT k.conname AS name, c.relname AS table, a.attname AS column, r.relname AS other, b.attname AS other_column
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
  JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
WHERE k.contype = 'f' AND c.relnamespace = $1::text::regnamespace AND c.relname = ANY($2::text[])
"""

GRANTS = """
SELECT g.relation, coalesce(r.rolname, 'PUBLIC') AS grantee, g.privilege_type AS verb, g.is_grantable AS lent,
  g.privilege_type || coalesce(' (' || string_agg(g.part, ', ' ORDER BY g.part) || ')', '') AS spelled
FROM (
  SELECT relname AS relation, NULL AS part, (aclexplode(relacl)).* FROM pg_class
  WHERE relnamespace = $1::text::regnamespace
  UNION ALL
  SELECT c.relname, a.attname, (aclexplode(a.attacl)).* FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = $1::text::regnamespace
) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
GROUP BY g.relation, r.rolname, g.privilege_type, g.is_grantable, g.part IS NULL
ORDER BY 1, 2, 5
"""
"""Of tables, views, sequences and columns; `spelled` as GRANT would write it."""

SCHEMA_GRANTS = """
SELECT coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type AS verb, a.is_grantable AS lent
FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = $1 AND a.grantee <> n.nspowner
"""

MAY_CREATE_IN = """
SELECT nspname FROM pg_namespace WHERE has_schema_privilege($1, oid, 'CREATE') AND nspname NOT LIKE 'pg\\_%temp\\_%'
"""

DEFAULT_PRIVILEGES = "SELECT count(*) FROM pg_default_acl"

SETTINGS = """
SELECT setting FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  AND (s.setrole = 0 OR pg_get_userbyid(s.setrole) = ANY($1::text[]))
"""

ROLES = """
SELECT rolname AS name, rolcanlogin AS logs_in,
  rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS gets_around
FROM pg_roles WHERE rolname = ANY($1::text[])
"""

MEMBERS = """
SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, admin_option AS lends FROM pg_auth_members
WHERE pg_get_userbyid(roleid) = ANY($1::text[]) OR pg_get_userbyid(member) = ANY($1::text[])
"""

IS_ALSO = "SELECT pg_has_role($1::text, $2::text, 'USAGE')"

OWNS = """
SELECT count(*) FROM pg_shdepend
WHERE deptype = 'o' AND refobjid = $1::text::regrole::oid AND classid <> ALL($2::text[]::regclass[]::oid[])
"""

FUNCTIONS = """
SELECT format('%s(%s)', proname, oidvectortypes(proargtypes)) AS name, prosecdef AS definer,
  pg_get_userbyid(proowner) AS owner, proconfig AS config, proleakproof AS leakproof, lanname AS language,
  CASE
    WHEN proargmodes && '{o,t,b}' THEN (
      SELECT string_agg(argument, ', ' ORDER BY place)
      FROM unnest(proargnames, proargmodes) WITH ORDINALITY AS a (argument, mode, place) WHERE mode IN ('o', 't', 'b'))
    WHEN typrelid <> 0 THEN (
      SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped)
    ELSE format_type(prorettype, NULL)
  END AS answers,
  ARRAY(
    SELECT coalesce(rolname, 'PUBLIC')::text
    FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> proowner) AS callers
FROM pg_proc JOIN pg_type t ON t.oid = prorettype JOIN pg_language l ON l.oid = prolang
WHERE pronamespace = $1::text::regnamespace
"""

FUNCTIONS_ELSEWHERE = """
SELECT proname FROM pg_proc
WHERE (pg_get_userbyid(proowner) = ANY($3::text[])
    OR prosecdef AND has_function_privilege($2, oid, 'EXECUTE') AND has_schema_privilege($2, pronamespace, 'USAGE'))
  AND pronamespace NOT IN ($1::text::regnamespace, 'pg_catalog'::regnamespace)
"""
