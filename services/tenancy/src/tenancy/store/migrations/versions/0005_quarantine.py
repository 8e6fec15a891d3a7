"""Quarantine: messages of which nobody knows whose they are."""

from alembic import op

from chassis.database.row_security import directory_function, keep_for_directory

revision = "0005"
down_revision = "0004"

SCHEMA = "tenancy"

# What waits is delivered one day; evidence never is. `line` is what the message came in on, in whatever form it says so.
# `examined_version` is that of the routes when it was last handed out; null before that.
QUARANTINED_MESSAGES = """
CREATE TABLE quarantined_messages (
  id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  sealed_body bytea,
  size bigint NOT NULL CHECK (size > 0),
  message_type text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('contradiction', 'unknown')),
  evidence jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'object'),
  line text NOT NULL,
  called_number text,
  phone_number_ids uuid[] NOT NULL,
  assistant_ids uuid[] NOT NULL,
  organization_ids uuid[] NOT NULL,
  call_id text NOT NULL,
  call_started_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'evidence')),
  org_id uuid CHECK ((org_id IS NOT NULL) = (state = 'delivered')),
  examined_version bigint,
  leased_until timestamptz,
  CHECK ((sealed_body IS NULL) = (state = 'delivered'))
)
"""
CHANGES = "UPDATE (state, org_id, sealed_body, examined_version, leased_until)"
INDEXES = {
    "quarantined_messages_by_line": "quarantined_messages (state, line, received_at, position) INCLUDE (size)",
    "quarantined_messages_in_order": "quarantined_messages (state, received_at, position)",
    "quarantined_messages_by_expiry": "quarantined_messages (expires_at)",
}

FORGET_EXPIRED = """
CREATE FUNCTION forget_expired_messages() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  WITH forgotten AS (DELETE FROM quarantined_messages WHERE expires_at <= now() RETURNING 1)
  SELECT count(*) FROM forgotten;
$$
"""

# False if there is none. Each state has its own bounds, of a line and of all lines, in messages and in bytes. Evidence
# makes room for newer evidence: the oldest of the same line first, so that a flood of one line costs no other.
MAKE_ROOM = """
CREATE FUNCTION make_room_in_quarantine(
  new_state text, new_line text, new_size bigint,
  most_of_line bigint, most_bytes_of_line bigint, most_of_all bigint, most_bytes_of_all bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
DECLARE
  of_line bigint;
  bytes_of_line bigint;
  of_all bigint;
  bytes_of_all bigint;
  former record;
BEGIN
  PERFORM forget_expired_messages();
  SELECT count(*) FILTER (WHERE line = new_line), coalesce(sum(size) FILTER (WHERE line = new_line), 0),
         count(*), coalesce(sum(size), 0)
    INTO of_line, bytes_of_line, of_all, bytes_of_all
    FROM quarantined_messages WHERE state = new_state;
  WHILE of_line >= most_of_line OR bytes_of_line + new_size > most_bytes_of_line
      OR of_all >= most_of_all OR bytes_of_all + new_size > most_bytes_of_all LOOP
    IF new_state <> 'evidence' THEN
      RETURN false;
    END IF;
    DELETE FROM quarantined_messages WHERE id = coalesce(
      (SELECT id FROM quarantined_messages WHERE state = 'evidence' AND line = new_line
        ORDER BY received_at, position LIMIT 1),
      (SELECT id FROM quarantined_messages WHERE state = 'evidence' ORDER BY received_at, position LIMIT 1)
    ) RETURNING line, size INTO former;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    of_all := of_all - 1;
    bytes_of_all := bytes_of_all - former.size;
    IF former.line = new_line THEN
      of_line := of_line - 1;
      bytes_of_line := bytes_of_line - former.size;
    END IF;
  END LOOP;
  RETURN true;
END
$$
"""

# Whoever adds has taken turns, asked for the digest and made room, in the same transaction.
ADD = """
CREATE FUNCTION quarantine_message(
  new_id uuid, new_digest bytea, new_sealed_body bytea, new_size bigint, new_message_type text, new_outcome text,
  new_evidence jsonb, new_line text, new_called_number text, new_phone_number_ids uuid[], new_assistant_ids uuid[],
  new_organization_ids uuid[], new_call_id text, new_call_started_at timestamptz, new_received_at timestamptz,
  new_expires_at timestamptz, new_state text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  INSERT INTO quarantined_messages (
    id, digest, sealed_body, size, message_type, outcome, evidence, line, called_number, phone_number_ids,
    assistant_ids, organization_ids, call_id, call_started_at, received_at, expires_at, state
  ) VALUES (
    new_id, new_digest, new_sealed_body, new_size, new_message_type, new_outcome, new_evidence, new_line,
    new_called_number, new_phone_number_ids, new_assistant_ids, new_organization_ids, new_call_id,
    new_call_started_at, new_received_at, new_expires_at, new_state
  );
$$
"""
BY_DIGEST = """
CREATE FUNCTION quarantined_message_of_digest(wanted bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT m.id FROM quarantined_messages m WHERE m.digest = wanted AND m.expires_at > now();
$$
"""

_SHOWN = """
  id uuid, "position" bigint, message_type text, outcome text, evidence jsonb, call_id text, call_started_at timestamptz,
  received_at timestamptz, expires_at timestamptz, state text, org_id uuid
"""
_COLUMNS = """
  m.id, m.position, m.message_type, m.outcome, m.evidence, m.call_id, m.call_started_at, m.received_at, m.expires_at,
  m.state, m.org_id
"""
# In the order in which they were kept; `after` is the last of the page before.
LIST = f"""
CREATE FUNCTION list_quarantined_messages(after bigint, most integer) RETURNS TABLE ({_SHOWN})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT {_COLUMNS} FROM quarantined_messages m
  WHERE (after IS NULL OR m.position > after) AND m.expires_at > now()
  ORDER BY m.position
  LIMIT most;
$$
"""
READ = f"""
CREATE FUNCTION read_quarantined_message(wanted uuid) RETURNS TABLE ({_SHOWN}, sealed_body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
  SELECT {_COLUMNS}, m.sealed_body FROM quarantined_messages m
  WHERE m.id = wanted AND m.expires_at > now();
$$
"""

# Messages of one line. Whoever claims takes turns with the others, so that no two see the same line free. A lease that
# has run out was never finished: the message is due whatever has changed since. One that was examined is due again when
# something that it names has changed, or when it is no longer known what has: a backlog of messages that contradict
# themselves is not looked through with every change of somebody else's.
CLAIM = f"""
CREATE FUNCTION claim_quarantined_messages(lease interval, most integer, most_bytes bigint)
RETURNS TABLE ({_SHOWN}, sealed_body bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  present bigint;
  known_after bigint;
  this_moment timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('claim_quarantined_messages', 0));
  present := route_version();
  known_after := coalesce((SELECT min(c.version) - 1 FROM route_changes c), present);
  this_moment := clock_timestamp();
  RETURN QUERY
  WITH changed AS MATERIALIZED (
    SELECT value, max(c.version) AS version FROM route_changes c, unnest(c.evidence) AS value GROUP BY value
  ), named AS (
    SELECT n.id, n.examined_version, unnest(ARRAY[n.called_number]
      || n.phone_number_ids::text[] || n.assistant_ids::text[] || n.organization_ids::text[]) AS value
    FROM quarantined_messages n WHERE n.state = 'waiting' AND n.examined_version < present
  ), concerned AS MATERIALIZED (
    SELECT DISTINCT n.id FROM named n JOIN changed USING (value) WHERE changed.version > n.examined_version
  ), due AS (
    SELECT d.id, d.line, d.received_at, d.position, d.size FROM quarantined_messages d
    WHERE d.state = 'waiting' AND d.expires_at > this_moment
      AND (d.leased_until <= this_moment
           OR d.leased_until IS NULL AND d.examined_version IS DISTINCT FROM present
             AND (d.examined_version IS NULL OR d.examined_version NOT BETWEEN known_after AND present
                  OR d.id IN (SELECT c.id FROM concerned c)))
      AND NOT EXISTS (SELECT FROM quarantined_messages taken
        WHERE taken.state = 'waiting' AND taken.line = d.line AND taken.leased_until > this_moment)
      AND (EXISTS (SELECT FROM phone_number_mapping p
             WHERE p.inbound_phone_number = d.called_number AND p.held @> d.call_started_at)
        OR EXISTS (SELECT FROM phone_number_mapping p
             WHERE p.vapi_phone_number_id = ANY (d.phone_number_ids) AND p.held @> d.call_started_at)
        OR EXISTS (SELECT FROM registered_assistants a WHERE a.vapi_assistant_id = ANY (d.assistant_ids))
        OR d.called_number IS NULL AND EXISTS (SELECT FROM organizations o
             WHERE o.id = ANY (d.organization_ids) AND o.status = 'active'))
  ), first_line AS (
    SELECT d.line FROM due d ORDER BY d.received_at, d.position LIMIT 1
  ), in_order AS (
    SELECT d.id, row_number() OVER so_far AS nth, sum(d.size) OVER so_far AS bytes
    FROM due d JOIN first_line USING (line)
    WINDOW so_far AS (ORDER BY d.received_at, d.position)
  )
  UPDATE quarantined_messages m SET leased_until = this_moment + lease, examined_version = present
    FROM in_order i WHERE i.id = m.id AND (i.nth = 1 OR i.nth <= most AND i.bytes <= most_bytes)
    RETURNING {_COLUMNS}, m.sealed_body;
END
$$
"""

# False for what does not wait and was not delivered before. `receiver` is null for what still is nobody's.
FINISH = """
CREATE FUNCTION finish_quarantined_message(wanted uuid, receiver uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = tenancy, pg_temp
AS $$
BEGIN
  IF receiver IS NULL THEN
    UPDATE quarantined_messages m SET leased_until = NULL WHERE m.id = wanted AND m.state = 'waiting';
  ELSE
    UPDATE quarantined_messages m SET state = 'delivered', org_id = receiver, sealed_body = NULL, leased_until = NULL
      WHERE m.id = wanted AND m.state = 'waiting';
  END IF;
  RETURN EXISTS (SELECT FROM quarantined_messages m
    WHERE m.id = wanted AND m.state IN ('waiting', 'delivered') AND m.expires_at > now());
END
$$
"""

FUNCTIONS = {
    "forget_expired_messages()": FORGET_EXPIRED,
    "make_room_in_quarantine(text, text, bigint, bigint, bigint, bigint, bigint)": MAKE_ROOM,
    (
        "quarantine_message(uuid, bytea, bytea, bigint, text, text, jsonb, text, text, uuid[], uuid[], uuid[], text,"
        " timestamptz, timestamptz, timestamptz, text)"
    ): ADD,
    "quarantined_message_of_digest(bytea)": BY_DIGEST,
    "list_quarantined_messages(bigint, integer)": LIST,
    "read_quarantined_message(uuid)": READ,
    "claim_quarantined_messages(interval, integer, bigint)": CLAIM,
    "finish_quarantined_message(uuid, uuid)": FINISH,
}


def upgrade() -> None:
    op.execute(QUARANTINED_MESSAGES)
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")
    for statement in keep_for_directory("quarantined_messages", SCHEMA, verbs=f"SELECT, INSERT, {CHANGES}, DELETE"):
        op.execute(statement)
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        for statement in directory_function(signature, SCHEMA):
            op.execute(statement)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TABLE quarantined_messages")
