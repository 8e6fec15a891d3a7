"""Triggers that announce what is no longer true of whom, in words a migration uses. Frozen like a migration."""

from collections.abc import Iterator, Sequence

_FUNCTION = """
CREATE FUNCTION announce_{table}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp
AS $$
DECLARE
  changed text[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    changed := ARRAY(SELECT unnest({evidence})
      FROM ((SELECT {columns} FROM former EXCEPT SELECT {columns} FROM present)
            UNION ALL
            (SELECT {columns} FROM present EXCEPT SELECT {columns} FROM former)) AS different);
  ELSIF TG_OP = 'INSERT' THEN
    changed := ARRAY(SELECT unnest({evidence}) FROM present);
  ELSIF TG_OP = 'DELETE' THEN
    changed := ARRAY(SELECT unnest({evidence}) FROM former);
  ELSE
    changed := ARRAY(SELECT unnest({evidence}) FROM {table});
  END IF;
  PERFORM announce_route_change(changed);
  RETURN NULL;
END
$$
"""
_TRIGGERS = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS present",
    "update": "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS former NEW TABLE AS present",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS former",
    "truncate": "BEFORE TRUNCATE ON {table}",
}


def announce_changes(table: str, schema: str, *, columns: Sequence[str], evidence: Sequence[str]) -> Iterator[str]:
    """Statements that have every change of these columns announced, by whichever hand and in its transaction.

    `evidence` are SQL expressions over the columns: the values, as text, that then mean something else.
    """
    words = {
        "table": table,
        "schema": schema,
        "columns": ", ".join(columns),
        "evidence": f"ARRAY[{', '.join(evidence)}]",
    }
    yield _FUNCTION.format(**words)
    for event, firing in _TRIGGERS.items():
        yield (
            f"CREATE TRIGGER announce_{event} {firing.format(**words)}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION announce_{table}()"
        )
    yield from for_the_directory_alone(f"announce_{table}()", schema)


def for_the_directory_alone(signature: str, schema: str) -> list[str]:
    """Statements that hand a function to the directory role; nobody else may call it, triggers need not."""
    return [
        f"ALTER FUNCTION {signature} OWNER TO {schema}_directory",
        f"SET LOCAL ROLE {schema}_directory",
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        "RESET ROLE",
    ]
