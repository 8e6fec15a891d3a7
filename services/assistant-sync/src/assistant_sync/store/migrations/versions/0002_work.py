"""Work that is due, whose turn at Vapi it is, where this deployment is reached; what agents were last seen to be.

Agents are leased by their work from here on, and the leases of before are gone: a process that still works by those
fails, instead of working on an agent beside one that works by these.
"""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory, protect

revision = "0002"
down_revision = "0001"

_SCHEMA = "assistant_sync"

_AGENTS = """
ALTER TABLE agents
    ADD COLUMN adopt boolean NOT NULL DEFAULT false,
    ADD COLUMN webhook_url text CHECK (webhook_url <> ''),
    ADD COLUMN synced jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(synced) = 'object')
"""

# `wanted` counts who asked for it, so that whoever works on it sees that somebody has asked again meanwhile.
_WORK = """
CREATE TABLE work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind <> ''),
    org_id uuid,
    key text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    wanted bigint NOT NULL DEFAULT 1,
    holder uuid,
    leased_until timestamptz,
    UNIQUE NULLS NOT DISTINCT (kind, org_id, key),
    CHECK ((holder IS NULL) = (leased_until IS NULL))
)
"""

_DUE = "CREATE INDEX work_due ON work (due_at)"

_WANT = """
CREATE FUNCTION want_work(of_kind text, organization uuid, of_key text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO work AS known (kind, org_id, key) VALUES (of_kind, organization, of_key)
    ON CONFLICT (kind, org_id, key) DO UPDATE
        SET due_at = least(known.due_at, clock_timestamp()), attempts = 0, wanted = known.wanted + 1;
    SELECT pg_notify('work', '');
$$
"""

_WANT_ALL = """
CREATE FUNCTION want_all_work(of_kinds text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE work SET due_at = least(due_at, clock_timestamp()), attempts = 0, wanted = wanted + 1
        WHERE kind = ANY (of_kinds);
    SELECT pg_notify('work', '');
$$
"""

# The clock is the database's: those of the replicas may differ.
_CLAIM = """
CREATE FUNCTION claim_work(of_kinds text[], by_holder uuid, lasting interval)
RETURNS TABLE (kind text, org_id uuid, key text, attempts integer, wanted bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE work SET holder = by_holder, leased_until = clock_timestamp() + lasting
    WHERE id = (
        SELECT due.id FROM work due
        WHERE due.kind = ANY (of_kinds) AND due.due_at <= clock_timestamp()
          AND (due.leased_until IS NULL OR due.leased_until < clock_timestamp())
        ORDER BY due.due_at LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING work.kind, work.org_id, work.key, work.attempts, work.wanted
$$
"""

# Due from then on, so that it is taken up by others if its holder is killed.
_LEASE = """
CREATE FUNCTION lease_work(of_kind text, organization uuid, of_key text, by_holder uuid, lasting interval)
RETURNS TABLE (attempts integer, wanted bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    INSERT INTO work AS known (kind, org_id, key, holder, leased_until)
        VALUES (of_kind, organization, of_key, by_holder, clock_timestamp() + lasting)
    ON CONFLICT (kind, org_id, key) DO UPDATE
        SET holder = excluded.holder, leased_until = excluded.leased_until,
            due_at = least(known.due_at, clock_timestamp())
        WHERE known.leased_until IS NULL OR known.leased_until < clock_timestamp()
    RETURNING known.attempts, known.wanted
$$
"""

_KEEP = """
CREATE FUNCTION keep_work(of_kind text, organization uuid, of_key text, by_holder uuid, lasting interval)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    WITH kept AS (
        UPDATE work SET leased_until = clock_timestamp() + lasting
        WHERE kind = of_kind AND org_id IS NOT DISTINCT FROM organization AND key = of_key AND holder = by_holder
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM kept)
$$
"""

# Whoever lost the lease ends nothing. What was asked for meanwhile is due; without a next time the work is over.
_FINISH = """
CREATE FUNCTION finish_work(
    of_kind text, organization uuid, of_key text, by_holder uuid, wanted_then bigint, due_in interval, attempts_now integer
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
BEGIN
    DELETE FROM work WHERE kind = of_kind AND org_id IS NOT DISTINCT FROM organization AND key = of_key
        AND holder = by_holder AND wanted = wanted_then AND due_in IS NULL;
    UPDATE work SET holder = NULL, leased_until = NULL,
            due_at = CASE WHEN wanted = wanted_then THEN clock_timestamp() + due_in ELSE clock_timestamp() END,
            attempts = CASE WHEN wanted = wanted_then THEN attempts_now ELSE 0 END
        WHERE kind = of_kind AND org_id IS NOT DISTINCT FROM organization AND key = of_key AND holder = by_holder;
    PERFORM pg_notify('work', '');
END
$$
"""

_ACCOUNTS = """
CREATE TABLE vapi_accounts (
    fingerprint text PRIMARY KEY CHECK (fingerprint <> ''),
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    probe_at timestamptz
)
"""

# Requests begin `spacing` seconds apart; one that comes up to `slack` seconds late does not delay those after it.
# While the account is refused, one request a minute is let through to see whether it still is.
_TAKE = """
CREATE FUNCTION take_vapi_request(
    account text, spacing double precision, slack double precision,
    OUT seconds double precision, OUT refused boolean, OUT is_probe boolean
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
DECLARE
    known vapi_accounts;
    moment timestamptz;
BEGIN
    SELECT * INTO known FROM vapi_accounts WHERE fingerprint = account FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO vapi_accounts (fingerprint) VALUES (account) ON CONFLICT DO NOTHING;
        SELECT * INTO known FROM vapi_accounts WHERE fingerprint = account FOR UPDATE;
    END IF;
    moment := clock_timestamp();
    refused := coalesce(known.probe_at > moment, false);
    is_probe := known.probe_at IS NOT NULL AND NOT refused;
    seconds := greatest(extract(epoch FROM known.next_at - moment), 0);
    IF refused OR seconds > 0 THEN
        RETURN;
    END IF;
    UPDATE vapi_accounts SET
        next_at = greatest(known.next_at, moment - make_interval(secs => slack)) + make_interval(secs => spacing),
        probe_at = CASE WHEN is_probe THEN moment + interval '1 minute' END
        WHERE fingerprint = account;
END
$$
"""

_HOLD = """
CREATE FUNCTION hold_vapi_requests(account text, seconds double precision) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE vapi_accounts SET next_at = greatest(next_at, clock_timestamp() + make_interval(secs => seconds))
        WHERE fingerprint = account
$$
"""

_REFUSE = """
CREATE FUNCTION note_vapi_account(account text, is_refused boolean) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE vapi_accounts SET probe_at = CASE WHEN is_refused THEN clock_timestamp() + interval '1 minute' END
        WHERE fingerprint = account
$$
"""

_ADDRESSES = """
CREATE TABLE addresses (
    is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
    backend_url text NOT NULL,
    webhook_url text NOT NULL,
    configured_backend_url text NOT NULL,
    configured_webhook_url text NOT NULL,
    former_backend_urls text[] NOT NULL DEFAULT '{}'
)
"""

_READ_ADDRESSES = """
CREATE FUNCTION read_addresses() RETURNS TABLE (backend_url text, webhook_url text, former_backend_urls text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT a.backend_url, a.webhook_url, a.former_backend_urls FROM addresses a $$
"""

_POINT_AT = """
CREATE FUNCTION point_at(backend text, webhook text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    UPDATE addresses SET backend_url = backend, webhook_url = webhook,
        former_backend_urls = array_remove(array_remove(former_backend_urls, backend_url), backend)
            || CASE WHEN backend_url = backend THEN '{}' ELSE ARRAY[backend_url] END
$$
"""

# What was set by a roll-out stands until whoever runs this deployment says otherwise: then all that is anywhere is due.
_CONFIGURE = """
CREATE FUNCTION configure_addresses(backend text, webhook text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
BEGIN
    INSERT INTO addresses (backend_url, webhook_url, configured_backend_url, configured_webhook_url)
        VALUES (backend, webhook, backend, webhook) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM FROM addresses WHERE (configured_backend_url, configured_webhook_url) <> (backend, webhook) FOR UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        PERFORM point_at(backend, webhook);
        UPDATE addresses SET configured_backend_url = backend, configured_webhook_url = webhook;
    END IF;
    PERFORM want_all_work(ARRAY['agent', 'tools', 'numbers']);
END
$$
"""

_IS_MIRRORED = """
CREATE FUNCTION is_anybodys_assistant(id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT EXISTS (SELECT FROM agents WHERE vapi_assistant_id = id) $$
"""

_FUNCTIONS = {
    "want_work(text, uuid, text)": _WANT,
    "want_all_work(text[])": _WANT_ALL,
    "claim_work(text[], uuid, interval)": _CLAIM,
    "lease_work(text, uuid, text, uuid, interval)": _LEASE,
    "keep_work(text, uuid, text, uuid, interval)": _KEEP,
    "finish_work(text, uuid, text, uuid, bigint, interval, integer)": _FINISH,
    "take_vapi_request(text, double precision, double precision)": _TAKE,
    "hold_vapi_requests(text, double precision)": _HOLD,
    "note_vapi_account(text, boolean)": _REFUSE,
    "read_addresses()": _READ_ADDRESSES,
    "point_at(text, text)": _POINT_AT,
    "configure_addresses(text, text)": _CONFIGURE,
    "is_anybodys_assistant(text)": _IS_MIRRORED,
}

_EVERY_AGENT = "INSERT INTO work (kind, org_id, key) SELECT 'agent', org_id, type FROM agents"

_LEASES = """
CREATE TABLE agent_leases (
    org_id uuid NOT NULL,
    type text NOT NULL,
    holder uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, type)
)
"""

_PENDING_AGENTS = """
CREATE FUNCTION pending_agents() RETURNS TABLE (org_id uuid, type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$ SELECT a.org_id, a.type FROM agents a WHERE a.pending_reason IS NOT NULL ORDER BY 1, 2 $$
"""


def upgrade() -> None:
    for statement in (
        _AGENTS,
        _WORK,
        _DUE,
        *keep_for_directory("work", _SCHEMA, verbs="SELECT, INSERT, UPDATE, DELETE"),
        _ACCOUNTS,
        *keep_for_directory("vapi_accounts", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
        _ADDRESSES,
        *keep_for_directory("addresses", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
    ):
        op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, _SCHEMA):
            op.execute(statement)
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    op.execute(_EVERY_AGENT)
    op.execute("DROP FUNCTION pending_agents()")
    op.execute("RESET ROLE")
    op.execute("DROP TABLE agent_leases")


def downgrade() -> None:
    for statement in (_LEASES, *protect("agent_leases", _SCHEMA), _PENDING_AGENTS):
        op.execute(statement)
    for statement in directory_function("pending_agents()", _SCHEMA):
        op.execute(statement)
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    for signature in reversed(_FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("RESET ROLE")
    for table in ("addresses", "vapi_accounts", "work"):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE agents DROP COLUMN adopt, DROP COLUMN webhook_url, DROP COLUMN synced")
