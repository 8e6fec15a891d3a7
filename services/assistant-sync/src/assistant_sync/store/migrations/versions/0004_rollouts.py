"""Roll-outs of another URL, and what each is of."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory

revision = "0004"
down_revision = "0003"

_SCHEMA = "assistant_sync"

_ROLLOUTS = """
CREATE TABLE rollouts (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    state text NOT NULL CHECK (
        state IN ('canary', 'running', 'paused', 'halted', 'completed', 'rolling_back', 'rolled_back')
    ),
    resumes_as text CHECK ((resumes_as IS NOT NULL) = (state = 'paused')),
    backend_url text NOT NULL,
    webhook_url text NOT NULL,
    previous_backend_url text NOT NULL,
    previous_webhook_url text NOT NULL,
    canaries integer NOT NULL CHECK (canaries > 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz CHECK ((ended_at IS NOT NULL) = (state IN ('completed', 'rolled_back')))
)
"""

_ONE_UNDER_WAY = "CREATE UNIQUE INDEX one_rollout_under_way ON rollouts ((true)) WHERE ended_at IS NULL"

# `own_url` is the one that an assistant had for itself and gets back. `begun_at` is of this attempt: what is waiting and
# begun is being worked on; `was_begun` is of any, since when it may have the new URL.
_TARGETS = """
CREATE TABLE rollout_targets (
    rollout_id uuid NOT NULL REFERENCES rollouts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('assistant', 'tool', 'phone_number')),
    vapi_id text NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    org_id uuid CHECK ((org_id IS NULL) = (kind = 'tool')),
    agent_type text CHECK ((agent_type IS NOT NULL) = (kind = 'assistant')),
    name text NOT NULL,
    url_before text NOT NULL,
    url_after text NOT NULL,
    own_url text,
    is_canary boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'pointed', 'failed', 'restored')),
    reason text,
    begun_at timestamptz,
    was_begun boolean NOT NULL DEFAULT false,
    PRIMARY KEY (rollout_id, kind, vapi_id)
)
"""

_INDEXES = (
    "CREATE INDEX rollout_targets_in_order ON rollout_targets (rollout_id, state, position)",
    "CREATE INDEX rollout_targets_by_owner ON rollout_targets (rollout_id, kind, org_id, agent_type)",
)

# Agents that are in sync first: those are the better canaries.
_CANDIDATES = """
CREATE FUNCTION rollout_candidates(backend text, webhook text) RETURNS TABLE (
    kind text, vapi_id text, org_id uuid, agent_type text, name text, url_before text, url_after text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT * FROM (
        SELECT 'assistant', a.vapi_assistant_id, a.org_id, a.type, a.name, coalesce(a.webhook_url, now_at.webhook_url), webhook
        FROM agents a, addresses now_at WHERE a.vapi_assistant_id IS NOT NULL
        ORDER BY a.pending_reason IS NOT NULL, a.type <> 'inbound', a.org_id, a.type
    ) assistants
    UNION ALL
    SELECT * FROM (
        SELECT 'tool', t.vapi_tool_id, NULL::uuid, NULL, t.name, now_at.backend_url || '/api/vapi/tools/' || t.name,
               backend || '/api/vapi/tools/' || t.name
        FROM published_tools t, addresses now_at WHERE t.vapi_tool_id IS NOT NULL
        ORDER BY t.name
    ) tools
    UNION ALL
    SELECT * FROM (
        SELECT 'phone_number', n.vapi_phone_number_id, n.org_id, NULL, n.number, now_at.webhook_url, webhook
        FROM vapi_numbers n, addresses now_at
        ORDER BY n.org_id, n.number
    ) numbers
$$
"""

_START = """
CREATE FUNCTION start_rollout(new_id uuid, backend text, webhook text, first integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
BEGIN
    INSERT INTO rollouts (id, state, backend_url, webhook_url, previous_backend_url, previous_webhook_url, canaries)
        SELECT new_id, 'canary', backend, webhook, a.backend_url, a.webhook_url, first FROM addresses a;
    INSERT INTO rollout_targets (rollout_id, kind, vapi_id, org_id, agent_type, name, url_before, url_after, is_canary)
        SELECT new_id, c.kind, c.vapi_id, c.org_id, c.agent_type, c.name, c.url_before, c.url_after,
               c.kind = 'assistant' AND row_number() OVER (ORDER BY c.kind <> 'assistant', c.ordinality) <= first
        FROM rollout_candidates(backend, webhook) WITH ORDINALITY c
        ORDER BY c.ordinality;
    PERFORM want_work('rollout', NULL, '');
END
$$
"""

_SHOWN = """
    id uuid, state text, resumes_as text, backend_url text, previous_backend_url text, started_at timestamptz,
    ended_at timestamptz, is_latest boolean, is_overruled boolean, waiting integer, pointed integer, failed integer,
    restored integer, canaries_waiting integer, canaries_failed integer
"""

# Without an id: the latest.
_GET = f"""
CREATE FUNCTION get_rollout(wanted uuid) RETURNS TABLE ({_SHOWN})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT r.id, r.state, r.resumes_as, r.backend_url, r.previous_backend_url, r.started_at, r.ended_at,
           NOT EXISTS (SELECT FROM rollouts later WHERE later.position > r.position),
           NOT EXISTS (
               SELECT FROM addresses a WHERE a.webhook_url IN (r.webhook_url, r.previous_webhook_url)
           ),
           t.*
    FROM rollouts r, LATERAL (
        SELECT count(*) FILTER (WHERE c.state = 'waiting')::integer,
               count(*) FILTER (WHERE c.state = 'pointed')::integer,
               count(*) FILTER (WHERE c.state = 'failed')::integer,
               count(*) FILTER (WHERE c.state = 'restored')::integer,
               count(*) FILTER (WHERE c.is_canary AND c.state = 'waiting')::integer,
               count(*) FILTER (WHERE c.is_canary AND c.state = 'failed')::integer
        FROM rollout_targets c WHERE c.rollout_id = r.id
    ) t
    WHERE wanted IS NULL OR r.id = wanted
    ORDER BY r.position DESC LIMIT 1
$$
"""

# What is in trouble first; `after` is the place of the last of the page before.
_LIST = """
CREATE FUNCTION list_rollout_targets(wanted uuid, after bigint, most integer) RETURNS TABLE (
    place bigint, kind text, vapi_id text, org_id uuid, name text, url_before text, url_after text, state text, reason text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT * FROM (
        SELECT (CASE WHEN t.state = 'failed' THEN 0 WHEN t.reason IS NOT NULL THEN 1::bigint ELSE 2 END << 48) + t.position
               AS place, t.kind, t.vapi_id, t.org_id, t.name, t.url_before, t.url_after, t.state, t.reason
        FROM rollout_targets t WHERE t.rollout_id = wanted
    ) placed
    WHERE placed.place > after
    ORDER BY placed.place
    LIMIT most
$$
"""

# What was changed gets back what it had; the rest has it still.
_TURN_BACK = """
CREATE FUNCTION turn_rollout_back(turned uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path = assistant_sync, pg_temp
AS $$
    SELECT point_at(r.previous_backend_url, r.previous_webhook_url) FROM rollouts r WHERE r.id = turned;
    UPDATE agents a SET webhook_url = t.own_url
        FROM rollout_targets t
        WHERE t.rollout_id = turned AND t.kind = 'assistant' AND t.was_begun AND t.own_url IS NOT NULL
          AND a.org_id = t.org_id AND a.type = t.agent_type AND a.webhook_url IS NULL;
    UPDATE rollout_targets t SET state = CASE WHEN t.was_begun THEN 'waiting' ELSE 'restored' END,
                                 reason = NULL, begun_at = NULL
        WHERE t.rollout_id = turned;
$$
"""

# What came into being meanwhile.
_ADD_TARGETS = """
CREATE FUNCTION add_rollout_targets(grown uuid) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = assistant_sync, pg_temp
AS $$
    WITH added AS (
        INSERT INTO rollout_targets (rollout_id, kind, vapi_id, org_id, agent_type, name, url_before, url_after)
            SELECT r.id, c.kind, c.vapi_id, c.org_id, c.agent_type, c.name, c.url_before, c.url_after
            FROM rollouts r, rollout_candidates(r.backend_url, r.webhook_url) WITH ORDINALITY c
            WHERE r.id = grown
            ORDER BY c.ordinality
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM added
$$
"""

# False if it is in another state by now, or if something is left to do after all.
_MOVE = """
CREATE FUNCTION move_rollout(moved uuid, from_state text, to_state text, is_overruled boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
DECLARE
    goes_back_already boolean;
BEGIN
    SELECT 'rolling_back' = coalesce(resumes_as, '') OR from_state = 'rolled_back' INTO goes_back_already
        FROM rollouts WHERE id = moved AND state = from_state FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF to_state = 'completed' AND NOT is_overruled AND add_rollout_targets(moved) > 0 THEN
        RETURN false;
    END IF;
    UPDATE rollouts SET state = to_state,
                        resumes_as = CASE WHEN to_state = 'paused' THEN from_state END,
                        ended_at = CASE WHEN to_state IN ('completed', 'rolled_back') THEN now() END
        WHERE id = moved;
    IF from_state = 'canary' AND to_state = 'running' THEN
        PERFORM point_at(backend_url, webhook_url) FROM rollouts WHERE id = moved;
        PERFORM add_rollout_targets(moved);
    ELSIF to_state = 'rolling_back' AND NOT goes_back_already THEN
        PERFORM turn_rollout_back(moved);
    ELSIF to_state IN ('canary', 'running', 'rolling_back') THEN
        UPDATE rollout_targets SET state = 'waiting', reason = NULL, begun_at = NULL
            WHERE rollout_id = moved AND state = 'failed';
    END IF;
    PERFORM want_work('rollout', NULL, '');
    RETURN true;
END
$$
"""

# After a pause has been told of, nothing further is begun: both lock the roll-out.
_BEGIN = """
CREATE FUNCTION begin_rollout_targets(begun uuid, most integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
DECLARE
    current_state text;
    target record;
BEGIN
    SELECT state INTO current_state FROM rollouts
        WHERE id = begun AND state IN ('canary', 'running', 'rolling_back') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    most := most - (
        SELECT count(*) FROM rollout_targets WHERE rollout_id = begun AND state = 'waiting' AND begun_at IS NOT NULL
    );
    FOR target IN
        SELECT kind, vapi_id, org_id, agent_type FROM rollout_targets
        WHERE rollout_id = begun AND state = 'waiting' AND begun_at IS NULL AND (current_state <> 'canary' OR is_canary)
        ORDER BY position LIMIT greatest(most, 0)
    LOOP
        UPDATE rollout_targets t SET begun_at = now(), was_begun = true, own_url = CASE
                WHEN current_state = 'rolling_back' OR target.kind <> 'assistant' THEN t.own_url
                ELSE coalesce(
                    t.own_url, (SELECT a.webhook_url FROM agents a WHERE a.org_id = t.org_id AND a.type = t.agent_type)
                )
            END
            WHERE t.rollout_id = begun AND t.kind = target.kind AND t.vapi_id = target.vapi_id;
        IF target.kind = 'assistant' AND current_state <> 'rolling_back' THEN
            UPDATE agents a SET webhook_url = NULL
                WHERE a.org_id = target.org_id AND a.type = target.agent_type AND a.webhook_url IS NOT NULL;
        END IF;
        PERFORM want_work(
            CASE target.kind WHEN 'assistant' THEN 'agent' WHEN 'tool' THEN 'tools' ELSE 'numbers' END,
            target.org_id, coalesce(target.agent_type, '')
        );
    END LOOP;
END
$$
"""

# Those whose turn it is, of an organization or of none; one that failed may get there all the same.
_BEGUN = """
CREATE FUNCTION begun_rollout_targets(of_kind text, of_organization uuid, of_type text) RETURNS TABLE (
    rollout_id uuid, vapi_id text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT t.rollout_id, t.vapi_id FROM rollouts r JOIN rollout_targets t ON t.rollout_id = r.id
    WHERE r.ended_at IS NULL AND t.state IN ('waiting', 'failed') AND t.begun_at IS NOT NULL AND t.kind = of_kind
      AND t.org_id IS NOT DISTINCT FROM of_organization AND t.agent_type IS NOT DISTINCT FROM of_type
$$
"""

# What became of them, by what is recorded of the objects themselves. One that is no longer ours is no target.
_NOTE = """
CREATE FUNCTION note_rollout_targets(noted uuid, of_kind text, ids text[], done_all_the_same text[], hopeless text[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
DECLARE
    done_state text;
BEGIN
    SELECT CASE WHEN 'rolling_back' IN (state, coalesce(resumes_as, '')) THEN 'restored' ELSE 'pointed' END
        INTO done_state FROM rollouts WHERE id = noted FOR UPDATE;
    WITH known AS (
        SELECT vapi_assistant_id AS id, pending_reason FROM agents WHERE of_kind = 'assistant'
        UNION ALL SELECT vapi_tool_id, pending_reason FROM published_tools WHERE of_kind = 'tool'
        UNION ALL SELECT vapi_phone_number_id, pending_reason FROM vapi_numbers WHERE of_kind = 'phone_number'
    )
    UPDATE rollout_targets t SET
        reason = CASE WHEN known.pending_reason = ANY (done_all_the_same) THEN NULL ELSE known.pending_reason END,
        state = CASE WHEN known.pending_reason IS NULL OR known.pending_reason = ANY (done_all_the_same) THEN done_state
                     WHEN known.pending_reason = ANY (hopeless) THEN 'failed' ELSE t.state END
        FROM known
        WHERE t.rollout_id = noted AND t.kind = of_kind AND t.vapi_id = known.id AND t.vapi_id = ANY (ids)
          AND t.state IN ('waiting', 'failed') AND t.begun_at IS NOT NULL;
    DELETE FROM rollout_targets t
        WHERE t.rollout_id = noted AND t.kind = of_kind AND t.vapi_id = ANY (ids) AND NOT EXISTS (
            SELECT FROM agents WHERE of_kind = 'assistant' AND vapi_assistant_id = t.vapi_id
            UNION ALL SELECT FROM published_tools WHERE of_kind = 'tool' AND vapi_tool_id = t.vapi_id
            UNION ALL SELECT FROM vapi_numbers WHERE of_kind = 'phone_number' AND vapi_phone_number_id = t.vapi_id
        );
    PERFORM want_work('rollout', NULL, '');
END
$$
"""

# Nothing is moved before its turn, whoever looks at it; whatever is no target goes by the deployment's addresses.
_ADDRESSES_FOR = """
CREATE FUNCTION addresses_for(of_kind text, of_organization uuid, of_type text) RETURNS TABLE (
    backend_url text, webhook_url text, former_backend_urls text[]
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assistant_sync, pg_temp
AS $$
    SELECT coalesce(held.backend_url, a.backend_url), coalesce(held.webhook_url, a.webhook_url),
           a.former_backend_urls || a.backend_url
    FROM addresses a LEFT JOIN LATERAL (
        SELECT CASE WHEN bool_or(t.was_begun) THEN r.backend_url ELSE r.previous_backend_url END,
               CASE WHEN bool_or(t.was_begun) THEN r.webhook_url ELSE r.previous_webhook_url END
        FROM rollouts r JOIN rollout_targets t ON t.rollout_id = r.id
        WHERE r.ended_at IS NULL AND 'rolling_back' NOT IN (r.state, coalesce(r.resumes_as, ''))
          AND a.webhook_url IN (r.webhook_url, r.previous_webhook_url)
          AND t.kind = of_kind AND t.org_id IS NOT DISTINCT FROM of_organization
          AND t.agent_type IS NOT DISTINCT FROM of_type
        GROUP BY r.id
    ) held (backend_url, webhook_url) ON true
$$
"""

_FUNCTIONS = {
    "rollout_candidates(text, text)": _CANDIDATES,
    "start_rollout(uuid, text, text, integer)": _START,
    "get_rollout(uuid)": _GET,
    "list_rollout_targets(uuid, bigint, integer)": _LIST,
    "move_rollout(uuid, text, text, boolean)": _MOVE,
    "begin_rollout_targets(uuid, integer)": _BEGIN,
    "begun_rollout_targets(text, uuid, text)": _BEGUN,
    "note_rollout_targets(uuid, text, text[], text[], text[])": _NOTE,
    "addresses_for(text, uuid, text)": _ADDRESSES_FOR,
}

# Parts of others, which act as whoever calls them.
_PARTS = {
    "turn_rollout_back(uuid)": _TURN_BACK,
    "add_rollout_targets(uuid)": _ADD_TARGETS,
}


def upgrade() -> None:
    for statement in (
        _ROLLOUTS,
        _ONE_UNDER_WAY,
        *keep_for_directory("rollouts", _SCHEMA, verbs="SELECT, INSERT, UPDATE"),
        _TARGETS,
        *_INDEXES,
        *keep_for_directory("rollout_targets", _SCHEMA, verbs="SELECT, INSERT, UPDATE, DELETE"),
        f"GRANT UPDATE (webhook_url) ON agents TO {_SCHEMA}_directory",
    ):
        op.execute(statement)
    for signature, function in _FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, _SCHEMA):
            op.execute(statement)
    for function in _PARTS.values():
        op.execute(function)


def downgrade() -> None:
    for signature in _PARTS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute(f"SET LOCAL ROLE {_SCHEMA}_directory")
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("RESET ROLE")
    op.execute(f"REVOKE UPDATE (webhook_url) ON agents FROM {_SCHEMA}_directory")
    op.execute("DROP TABLE rollout_targets")
    op.execute("DROP TABLE rollouts")
