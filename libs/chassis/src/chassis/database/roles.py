"""Who may do what in a service's schema; the SQL that an operator runs once as a superuser.

Three roles a service: `<schema>_owner` migrates, `<schema>_app` serves and cannot bypass row security,
`<schema>_directory` owns the few functions that look across tenants and cannot log in.
"""

from string import Template

_ROLES = Template(
    """\
-- $schema: its roles and schema. Safe to run again.
DO $$$$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${schema}_owner') THEN
    CREATE ROLE ${schema}_owner;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${schema}_app') THEN
    CREATE ROLE ${schema}_app;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${schema}_directory') THEN
    CREATE ROLE ${schema}_directory;
  END IF;
END $$$$;
-- NOINHERIT: the owner is not the directory unless it says so, or row security would show it everybody's rows.
ALTER ROLE ${schema}_owner LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '$owner_password';
ALTER ROLE ${schema}_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '$app_password';
ALTER ROLE ${schema}_directory NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
-- The owner hands functions to the directory role in migrations; it may become it only for that.
GRANT ${schema}_directory TO ${schema}_owner;
GRANT CONNECT, TEMPORARY ON DATABASE "$database" TO ${schema}_owner, ${schema}_app;
CREATE SCHEMA IF NOT EXISTS $schema AUTHORIZATION ${schema}_owner;
GRANT USAGE ON SCHEMA $schema TO ${schema}_app;
GRANT USAGE, CREATE ON SCHEMA $schema TO ${schema}_directory;
ALTER ROLE ${schema}_owner IN DATABASE "$database" SET search_path = $schema, public;
ALTER ROLE ${schema}_app IN DATABASE "$database" SET search_path = $schema, public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
"""
)


def roles_sql(schema: str, *, owner_password: str, app_password: str, database: str) -> str:
    """The statements for one service, to be run in `database` by a superuser."""
    return _ROLES.substitute(
        schema=schema,
        owner_password=_literal(owner_password),
        app_password=_literal(app_password),
        database=database.replace('"', '""'),
    )


def _literal(value: str) -> str:
    return value.replace("'", "''")
