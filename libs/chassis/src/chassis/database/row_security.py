"""Row-level security, in words a migration uses. Frozen like a migration: a change here is a new function."""

_TENANT = "(select nullif(current_setting('app.org_id', true), '')::uuid)"


def protect(table: str, schema: str, *, verbs: str = "SELECT, INSERT, UPDATE, DELETE") -> list[str]:
    """Statements that show each organization its own rows of a tenant table, and bind the table's owner too.

    Without a tenant the setting is null or '', the comparison is null, and no row is seen.
    """
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        (
            f"CREATE POLICY tenant ON {table} FOR ALL TO {schema}_app, {schema}_owner"
            f" USING (org_id = {_TENANT}) WITH CHECK (org_id = {_TENANT})"
        ),
        f"GRANT {verbs} ON {table} TO {schema}_app",
    ]


def open_to_directory(table: str, schema: str, *, verbs: str = "SELECT") -> list[str]:
    """Statements that let the directory role, which cannot log in, see a table's rows of all organizations."""
    return [
        f"GRANT {verbs} ON {table} TO {schema}_directory",
        f"CREATE POLICY directory ON {table} FOR ALL TO {schema}_directory USING (true) WITH CHECK (true)",
    ]


def keep_for_directory(table: str, schema: str, *, verbs: str = "SELECT, INSERT") -> list[str]:
    """Statements that close a table which belongs to no organization: the directory's functions alone reach it."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *open_to_directory(table, schema, verbs=verbs),
    ]


def directory_function(signature: str, schema: str) -> list[str]:
    """Statements that hand a SECURITY DEFINER function to the directory role; the application may only call it."""
    return [
        f"ALTER FUNCTION {signature} OWNER TO {schema}_directory",
        f"SET LOCAL ROLE {schema}_directory",
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {schema}_app",
        "RESET ROLE",
    ]
