"""What each service's schema promises, and why what crosses organizations does.

A new table, directory function or key across organizations is red until it stands here.
"""

from chassis.testing.row_security.promise import DirectoryFunction, Promise

_ORGANIZATION = "id, name, timezone, status, rate_limit_per_minute"
_PLATFORM_KEY = "id, name, scope, created_at, last_used_at, revoked_at"

_QUARANTINED = (
    "id, position, message_type, outcome, evidence, call_id, call_started_at, received_at, expires_at, state, org_id"
)
_TRIGGER = DirectoryFunction("trigger", "every change of a route has a place in one order, whoever made it")

TENANCY = Promise(
    "tenancy",
    grants={
        "phone_number_mapping": "INSERT, SELECT, UPDATE",
        "registered_assistants": "INSERT, SELECT",
        # No digest of a key is ever read, and nothing changes of a key but that it ends.
        "api_keys": (
            "INSERT, SELECT (created_at, id, last_used_at, name, org_id, revoked_at, scope), UPDATE (revoked_at)"
        ),
        "webhook_credentials": "INSERT, SELECT, UPDATE (not_after)",
        "webhook_credential_uses": "SELECT",
    },
    tenant_columns={"organizations": "id"},
    platform_tables=frozenset(
        {
            "audit_entries",
            "live_gateways",
            "platform_api_keys",
            "quarantined_messages",
            "route_changes",
            "route_version",
        }
    ),
    keys_across={
        "one_organization_per_number": "a number has one owner at a time, or a call could be two clinics'",
        "one_organization_per_vapi_phone_number_id": "so has Vapi's id of it",
        "one_organization_per_assistant": "an assistant in Vapi mirrors one agent",
        "one_organization_per_api_key": "a key says by itself whose it is",
    },
    directory_functions={
        # Whose is it: asked before there is a tenant.
        "routes_of_evidence(text[], uuid[], uuid[], uuid[], timestamp with time zone)": DirectoryFunction(
            "source, value, org_id, status, changed_at, rate_limit_per_minute", "whose call is it"
        ),
        "authenticate_api_key(bytea)": DirectoryFunction("org_id, id, scope, rate_limit_per_minute", "whose key is it"),
        # Every gateway is told of every route that changes: by its evidence, never by its owner.
        "announce_organizations()": _TRIGGER,
        "announce_phone_number_mapping()": _TRIGGER,
        "announce_registered_assistants()": _TRIGGER,
        "announce_webhook_credentials()": _TRIGGER,
        "route_version()": DirectoryFunction("bigint", "how many changes there have been"),
        "route_changes_since(bigint)": DirectoryFunction(
            "present, version, evidence", "which routes are no longer true"
        ),
        "note_gateways(uuid[], interval)": DirectoryFunction("bigint", "how many gateways share a limit"),
        # Numbers pass from one organization to another.
        "beginning_of_holding(text, uuid)": DirectoryFunction(
            "timestamp with time zone", "a number that somebody has held has a past, which is not the next one's"
        ),
        "move_phone_number(text, uuid, uuid, text, uuid, boolean)": DirectoryFunction(
            "id, inbound_phone_number, clinic_name, vapi_phone_number_id, held, former",
            "two organizations' rows change in one step; answers the receiver's, and the id of what ended",
        ),
        # Administration, which is of all organizations.
        "create_organization(uuid, text, text)": DirectoryFunction(
            f"{_ORGANIZATION}, created", "there is no tenant before it"
        ),
        "get_organization(uuid)": DirectoryFunction(_ORGANIZATION, "other services ask too whether there is one"),
        "list_organizations(uuid, integer)": DirectoryFunction(_ORGANIZATION, "administration"),
        "update_organization(uuid, text, text, text, integer)": DirectoryFunction(_ORGANIZATION, "administration"),
        "record_webhook_credential_uses(uuid[], uuid[], bigint[], timestamp with time zone[])": DirectoryFunction(
            "void", "one gateway counts for many organizations; it hears nothing"
        ),
        # The platform's own tables: nobody's, reached by these alone.
        "create_platform_api_key(uuid, text, text, bytea, integer)": DirectoryFunction(
            _PLATFORM_KEY, "the platform's keys"
        ),
        "list_platform_api_keys(uuid, integer)": DirectoryFunction(_PLATFORM_KEY, "the platform's keys"),
        "revoke_platform_api_key(uuid)": DirectoryFunction(_PLATFORM_KEY, "the platform's keys"),
        "quarantine_message(uuid, bytea, bytea, bigint, text, text, jsonb, text, text, uuid[], uuid[], uuid[], text,"
        " timestamp with time zone, timestamp with time zone, timestamp with time zone, text)": DirectoryFunction(
            "void", "messages of which nobody knows whose they are"
        ),
        "quarantined_message_of_digest(bytea)": DirectoryFunction("uuid", "a message that comes again is the same one"),
        "make_room_in_quarantine(text, text, bigint, bigint, bigint, bigint, bigint)": DirectoryFunction(
            "boolean", "its bounds"
        ),
        "forget_expired_messages()": DirectoryFunction("bigint", "its end"),
        "list_quarantined_messages(bigint, integer)": DirectoryFunction(_QUARANTINED, "administration; without bodies"),
        "read_quarantined_message(uuid)": DirectoryFunction(
            f"{_QUARANTINED}, sealed_body", "administration; who reads is recorded"
        ),
        "claim_quarantined_messages(interval, integer, bigint)": DirectoryFunction(
            f"{_QUARANTINED}, sealed_body", "recorded late, once its evidence names an organization"
        ),
        "finish_quarantined_message(uuid, uuid)": DirectoryFunction("boolean", "recorded late"),
        "record_audit_entry(uuid, text, text, text, text, jsonb)": DirectoryFunction(
            "void", "entries are added, nothing else"
        ),
        "list_audit_entries(uuid, bigint, integer)": DirectoryFunction(
            "id, at, org_id, actor, caller, action, subject, details", "administration"
        ),
    },
)

BOOKING = Promise(
    "booking",
    grants={
        "calendars": "INSERT, SELECT, UPDATE",
        "opening_hours": "DELETE, INSERT, SELECT",
        "closures": "DELETE, INSERT, SELECT",
        "extra_openings": "DELETE, INSERT, SELECT",
        "services": "INSERT, SELECT, UPDATE",
        "service_calendars": "DELETE, INSERT, SELECT",
        "contacts": "DELETE, INSERT, SELECT, UPDATE",
        "appointments": "DELETE, INSERT, SELECT, UPDATE",
        "appointment_changes": "INSERT, SELECT",
        "calls": "INSERT, SELECT, UPDATE",
        "erasures": "INSERT, SELECT",
        "tool_calls": "INSERT, SELECT, UPDATE",
        # Nothing changes of an event but that what was said is erased.
        "call_events": "INSERT, SELECT, UPDATE (sealed_details)",
        "misses": "DELETE, INSERT, SELECT, UPDATE",
        "erased_numbers": "INSERT, SELECT, UPDATE",
        "feeds": "DELETE, INSERT, SELECT",
        "busy_sources": "DELETE, INSERT, SELECT, UPDATE",
        "busy_times": "DELETE, INSERT, SELECT",
        "caldav_connections": "DELETE, INSERT, SELECT, UPDATE",
        "caldav_outbox": "DELETE, INSERT, SELECT, UPDATE",
        "caldav_events": "DELETE, INSERT, SELECT, UPDATE",
    },
    keys_across={"one_organization_per_feed": "a link to a calendar says by itself whose it is"},
    directory_functions={
        "organization_of_feed(bytea)": DirectoryFunction("uuid", "whose link is it: asked before there is a tenant"),
        "claim_busy_sources(timestamp with time zone, timestamp with time zone, integer)": DirectoryFunction(
            "org_id, id", "calendars outside are read again when their time has come, whoever's they are"
        ),
        "claim_caldav_connections(timestamp with time zone, timestamp with time zone, integer)": DirectoryFunction(
            "org_id, id", "and kept in step when there is something to do"
        ),
        "forget_tool_calls(timestamp with time zone, integer)": DirectoryFunction(
            "integer", "what was answered is forgotten when its time is over, whoever was answered"
        ),
        "forget_call_event_details(timestamp with time zone, integer)": DirectoryFunction(
            "integer", "so is what was said in calls"
        ),
        "forget_call_events(timestamp with time zone, integer)": DirectoryFunction(
            "integer", "and, later, that there was anything"
        ),
        "forget_erased_numbers(timestamp with time zone, integer)": DirectoryFunction(
            "integer", "nothing is told late any more of calls from before an erasure, whoever was erased"
        ),
    },
)

ASSISTANT_SYNC = Promise(
    "assistant_sync",
    grants={
        "agents": "DELETE, INSERT, SELECT, UPDATE",
        "departments": "DELETE, INSERT, SELECT, UPDATE",
        "tool_calls": "DELETE, INSERT, SELECT, UPDATE",
        "vapi_numbers": "DELETE, INSERT, SELECT, UPDATE",
        "listed_calls": "INSERT, SELECT, UPDATE",
    },
    platform_tables=frozenset(
        {
            "addresses",
            "call_comparisons",
            "former_tools",
            "hidden_headers",
            "published_tools",
            "rollout_targets",
            "rollouts",
            "vapi_accounts",
            "work",
        }
    ),
    keys_across={"agents_vapi_assistant_id": "an assistant in Vapi mirrors one agent"},
    directory_functions={
        # What is due is done by whoever is free, whoever's it is.
        "want_work(text, uuid, text)": DirectoryFunction("void", "something is to be looked at"),
        "want_all_work(text[])": DirectoryFunction("void", "everything of a kind is to be looked at"),
        "claim_work(text[], uuid, interval)": DirectoryFunction(
            "kind, org_id, key, attempts, wanted", "what has been due for longest, for one process alone"
        ),
        "lease_work(text, uuid, text, uuid, interval)": DirectoryFunction(
            "attempts, wanted", "a save works on its agent alone"
        ),
        "keep_work(text, uuid, text, uuid, interval)": DirectoryFunction("boolean", "whether it still is"),
        "finish_work(text, uuid, text, uuid, bigint, interval, integer)": DirectoryFunction("void", "and is no more"),
        # A Vapi account serves all organizations.
        "take_vapi_request(text, double precision, double precision)": DirectoryFunction(
            "seconds, refused, is_probe", "all replicas together keep to the account's rate"
        ),
        "hold_vapi_requests(text, double precision)": DirectoryFunction("void", "what Vapi asks of one, all do"),
        "note_vapi_account(text, boolean)": DirectoryFunction("void", "a key that is refused is refused for all"),
        "read_hidden_headers(text)": DirectoryFunction(
            "vapi_id, sent, shown", "what Vapi hides of the platform's own secret, by digests"
        ),
        "keep_hidden_headers(text, text, text)": DirectoryFunction("void", "likewise"),
        # An account's calls are compared with what is here, whoever's they are.
        "list_missing_calls(uuid, text, integer)": DirectoryFunction(
            "org_id, vapi_call_id, fetched_at", "what never arrived is fetched"
        ),
        "count_missing_calls()": DirectoryFunction("missing, since", "an alarm is about everybody's"),
        "forget_listed_calls(timestamp with time zone)": DirectoryFunction("void", "in time"),
        "read_call_comparison(text)": DirectoryFunction(
            "version, compared_until, began_at, created_until, listed, nobodys, ended_at", "how far it has come"
        ),
        "keep_call_comparison(text, bigint, timestamp with time zone, timestamp with time zone,"
        " timestamp with time zone, integer, integer, timestamp with time zone)": DirectoryFunction(
            "boolean", "and comes"
        ),
        "rewind_call_comparison(text, timestamp with time zone)": DirectoryFunction("void", "again, from then on"),
        # A deployment is reached at one place, for all organizations.
        "read_addresses()": DirectoryFunction(
            "backend_url, webhook_url, former_backend_urls", "where assistants are pointed"
        ),
        "point_at(text, text)": DirectoryFunction("void", "a roll-out moves everybody's"),
        "configure_addresses(text, text)": DirectoryFunction("void", "so does whoever runs the deployment"),
        "is_anybodys_assistant(text)": DirectoryFunction(
            "boolean", "nobody adopts another's assistant; not told whose it is"
        ),
        "begin_work(text, uuid[])": DirectoryFunction("void", "organizations of which nobody knew are looked at too"),
        # The tools are published once, for all organizations.
        "list_published_tools()": DirectoryFunction(
            "name, vapi_tool_id, create_attempted_at, pending_reason, url, synced_at, wanted_at", "every assistant's"
        ),
        "list_former_tools()": DirectoryFunction("vapi_tool_id, name, former_since", "no assistant's"),
        "want_tools(text[], timestamp with time zone)": DirectoryFunction("void", "what the catalogue has"),
        "note_tool_create(text, timestamp with time zone)": DirectoryFunction("void", "before Vapi is asked"),
        "keep_tool(text, text, timestamp with time zone)": DirectoryFunction("void", "which one of a name is used"),
        "record_tool(text, text, text, timestamp with time zone)": DirectoryFunction("void", "what became of it"),
        "note_former_tools(text[], text[], timestamp with time zone)": DirectoryFunction("void", "and which are not"),
        "forget_former_tools(text[])": DirectoryFunction("void", "once they are gone"),
        # A roll-out is of everybody's.
        "rollout_candidates(text, text)": DirectoryFunction(
            "kind, vapi_id, org_id, agent_type, name, url_before, url_after", "what a roll-out would be of"
        ),
        "start_rollout(uuid, text, text, integer)": DirectoryFunction("void", "of everybody's"),
        "get_rollout(uuid)": DirectoryFunction(
            "id, state, resumes_as, backend_url, previous_backend_url, started_at, ended_at, is_latest, is_overruled,"
            " waiting, pointed, failed, restored, canaries_waiting, canaries_failed",
            "how it stands",
        ),
        "list_rollout_targets(uuid, bigint, integer)": DirectoryFunction(
            "place, kind, vapi_id, org_id, name, url_before, url_after, state, reason", "administration"
        ),
        "move_rollout(uuid, text, text, boolean)": DirectoryFunction("boolean", "its steps, and those back"),
        "begin_rollout_targets(uuid, integer)": DirectoryFunction("void", "whose turn it is, whoever's it is"),
        "begun_rollout_targets(text, uuid, text)": DirectoryFunction("rollout_id, vapi_id", "whose turn it is"),
        "note_rollout_targets(uuid, text, text[], text[], text[])": DirectoryFunction("void", "what became of them"),
        "addresses_for(text, uuid, text)": DirectoryFunction(
            "backend_url, webhook_url, former_backend_urls", "where to point something before and after its turn"
        ),
    },
)

PROMISES = (TENANCY, BOOKING, ASSISTANT_SYNC)
