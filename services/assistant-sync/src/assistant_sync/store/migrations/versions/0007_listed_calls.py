"""Calls as Vapi lists them, with whether their report is here, and how far the list has been compared."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory, open_to_directory, protect

revision = "0007"
down_revision = "0006"

_SCHEMA = "assistant_sync"

# `listed_at` is when it was first compared; `lost_at`, when Vapi had it no more before its report was fetched.
_LISTED = """
CREATE TABLE listed_calls (
    org_id uuid NOT NULL,
    vapi_call_id text NOT NULL CHECK (vapi_call_id <> ''),
    began_at timestamptz NOT NULL,
    listed_at timestamptz NOT NULL,
    reported_at timestamptz,
    fetched_at timestamptz,
    lost_at timestamptz,
    PRIMARY KEY (org_id, vapi_call_id)
)
"""
_INDEXES = (
    "CREATE INDEX listed_calls_by_beginning ON listed_calls (org_id, began_at)",
    "CREATE INDEX listed_calls_by_age ON listed_calls (began_at)",
    """
    CREATE INDEX missing_calls ON listed_calls (org_id, vapi_call_id) INCLUDE (listed_at, fetched_at)
        WHERE reported_at IS NULL AND lost_at IS NULL
    """,
)

_COMPARISONS = """
CREATE TABLE call_comparisons (
    account text PRIMARY KEY CHECK (account <> ''),
    version bigint NOT NULL DEFAULT 0,
    compared_until timestamptz NOT NULL,
    began_at timestamptz,
    created_until timestamptz,
    listed integer NOT NULL DEFAULT 0,
    nobodys integer NOT NULL DEFAULT 0,
    ended_at timestamptz
)
"""

# A page after the last one of the page before; from the beginning if that is null.
_MISSING = """
CREATE FUNCTION list_missing_calls(after_org uuid, after_call text, most integer)
RETURNS TABLE (org_id uuid, vapi_call_id text, fetched_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT c.org_id, c.vapi_call_id, c.fetched_at FROM listed_calls c
    WHERE c.reported_at IS NULL AND c.lost_at IS NULL
      AND (after_org IS NULL OR (c.org_id, c.vapi_call_id) > (after_org, after_call))
    ORDER BY c.org_id, c.vapi_call_id LIMIT most
$$
"""

_COUNT = """
CREATE FUNCTION count_missing_calls() RETURNS TABLE (missing bigint, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT count(*), min(c.listed_at) FROM listed_calls c WHERE c.reported_at IS NULL AND c.lost_at IS NULL
$$
"""

_FORGET = """
CREATE FUNCTION forget_listed_calls(before timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ DELETE FROM listed_calls WHERE began_at < before $$
"""

_READ = """
CREATE FUNCTION read_call_comparison(of_account text)
RETURNS TABLE (
    version bigint, compared_until timestamptz, began_at timestamptz, created_until timestamptz,
    listed integer, nobodys integer, ended_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT c.version, c.compared_until, c.began_at, c.created_until, c.listed, c.nobodys, c.ended_at
    FROM call_comparisons c WHERE c.account = of_account
$$
"""

# False if it was rewound since it was read.
_KEEP = """
CREATE FUNCTION keep_call_comparison(
    of_account text, version_then bigint, compared timestamptz, began timestamptz, created timestamptz,
    listed_now integer, nobodys_now integer, ended timestamptz
)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    WITH kept AS (
        INSERT INTO call_comparisons AS known
            (account, version, compared_until, began_at, created_until, listed, nobodys, ended_at)
            VALUES (of_account, version_then, compared, began, created, listed_now, nobodys_now, ended)
        ON CONFLICT (account) DO UPDATE
            SET compared_until = compared, began_at = began, created_until = created, listed = listed_now,
                nobodys = nobodys_now, ended_at = ended
            WHERE known.version = version_then
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM kept)
$$
"""

_REWIND = """
CREATE FUNCTION rewind_call_comparison(of_account text, since timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO call_comparisons AS known (account, version, compared_until) VALUES (of_account, 1, since)
    ON CONFLICT (account) DO UPDATE
        SET version = known.version + 1, compared_until = least(known.compared_until, since),
            began_at = NULL, created_until = NULL
$$
"""

_FUNCTIONS = {
    "list_missing_calls(uuid, text, integer)": _MISSING,
    "count_missing_calls()": _COUNT,
    "forget_listed_calls(timestamptz)": _FORGET,
    "read_call_comparison(text)": _READ,
    ("keep_call_comparison(text, bigint, timestamptz, timestamptz, timestamptz, integer, integer, timestamptz)"): _KEEP,
    "rewind_call_comparison(text, timestamptz)": _REWIND,
}


def upgrade() -> None:
    for statement in (
        _LISTED,
        *_INDEXES,
        *protect("listed_calls", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
        *open_to_directory("listed_calls", _SCHEMA, verbs="SELECT, DELETE"),
        _COMPARISONS,
        *keep_for_directory("call_comparisons", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
    ):
        op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, _SCHEMA):
            op.execute(statement)


def downgrade() -> None:
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("RESET ROLE")
    op.execute("DROP TABLE call_comparisons")
    op.execute("DROP TABLE listed_calls")
