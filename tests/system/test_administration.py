"""Administration over HTTP on a running set: what is shown, what is shown once, and who is told to have done what."""

import json
import os
import signal
from typing import Any
from uuid import uuid4

import pytest

from tests.system.administering import Desk, new_number
from tests.system.roles import MAPPINGS, NOBODY, Roles
from tests.system.running import Running
from tests.system.test_faults import until_replaced


async def test_an_organization_is_made_read_changed_and_listed(desk: Desk) -> None:
    made = await desk.told("POST", "/api/organizations", {"name": "Elm Practice", "timezone": "America/Denver"})
    path = f"/api/organizations/{made['id']}"

    told = {"name": "Elm Practice", "timezone": "America/Denver", "status": "active", "rate_limit_per_minute": None}
    assert made == {"id": made["id"], **told}
    assert await desk.told("GET", path) == made
    changed = await desk.told("PATCH", path, {"name": "Oak Practice"})
    assert changed == made | {"name": "Oak Practice"}
    assert changed in await desk.every("/api/organizations", limit="3")


async def test_an_organization_is_suspended_and_resumed_and_keeps_what_it_has(desk: Desk) -> None:
    organization = await desk.new_organization()
    mapping = await desk.new_mapping(organization["id"])
    path = f"/api/organizations/{organization['id']}"

    assert (await desk.told("PATCH", path, {"status": "suspended"}))["status"] == "suspended"
    assert await desk.every(MAPPINGS, organization=organization["id"]) == [mapping]
    assert (await desk.told("PATCH", path, {"status": "active"})) == organization


async def test_a_number_is_mapped_described_looked_up_and_released(desk: Desk) -> None:
    organization = (await desk.new_organization())["id"]
    number, vapi_id = new_number(), str(uuid4())

    made = await desk.new_mapping(organization, number, clinic_name="Front desk", vapi_phone_number_id=vapi_id)

    assert made == {
        "id": made["id"],
        "org_id": organization,
        "inbound_phone_number": number,
        "clinic_name": "Front desk",
        "vapi_phone_number_id": vapi_id,
        "held_from": None,
        "held_until": None,
    }
    assert await desk.new_mapping(organization, number, clinic_name="Back office") == made | {
        "clinic_name": "Back office"
    }
    assert await desk.told("GET", f"/api/inbound/phone-lookup/{number}") == {
        "org_id": organization,
        "inbound_phone_number": number,
        "clinic_name": "Back office",
        "assistants": [],
    }
    assert (await desk.ask("DELETE", f"{MAPPINGS}/{made['id']}", organization=organization)).status_code == 204
    assert (await desk.ask("GET", f"/api/inbound/phone-lookup/{number}")).status_code == 404
    assert await desk.every(MAPPINGS, organization=organization) == []
    (former,) = await desk.every(MAPPINGS, organization=organization, with_former="true")
    assert (former["id"], bool(former["held_until"])) == (made["id"], True)


async def test_a_look_up_names_the_assistants_of_a_clinic(desk: Desk, running: Running) -> None:
    for clinic in running.stack.organizations:
        found = await desk.told("GET", f"/api/inbound/phone-lookup/{clinic.phone_number}", key=clinic.api_key)

        assert found["org_id"] == clinic.id
        assert found["assistants"] == [{"type": "inbound", "vapi_assistant_id": clinic.assistant_id}]


async def test_a_look_up_fails_while_nobody_knows_the_assistants(desk: Desk, running: Running) -> None:
    """It does not say that there are none."""
    killed = running.stack.pids["assistant_sync"]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    path = f"/api/inbound/phone-lookup/{running.stack.organizations[0].phone_number}"

    answer = await desk.ask("GET", path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    await until_replaced(running, "assistant_sync", killed)
    assert (await desk.ask("GET", path)).status_code == 200


@pytest.mark.parametrize("spelling", ["{}", "tel:{}", "%2B{digits}", "+49 30 {rest}", "+49-30-{rest}"])
async def test_a_number_is_looked_up_in_any_spelling(roles: Roles, spelling: str) -> None:
    written = spelling.format(roles.number, digits=roles.number[1:], rest=roles.number[5:])

    found = await roles.desk.told("GET", f"/api/inbound/phone-lookup/{written}")

    assert found["inbound_phone_number"] == roles.number


async def test_a_foreign_number_cannot_be_told_from_an_unknown_one(roles: Roles) -> None:
    south = roles.keys["other organization"]
    foreign = await roles.desk.ask("GET", f"/api/inbound/phone-lookup/{roles.number}", key=south)
    unknown = await roles.desk.ask("GET", f"/api/inbound/phone-lookup/{new_number()}", key=south)

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


async def test_a_number_that_is_taken_is_refused_without_saying_by_whom(roles: Roles) -> None:
    body = {"inbound_phone_number": roles.number}

    answer = await roles.desk.ask("POST", MAPPINGS, body, organization=roles.south)

    assert (answer.status_code, answer.json()["code"]) == (409, "PHONE_NUMBER_TAKEN")
    assert "move_from" in answer.json()["fix"]
    assert roles.north not in answer.text


async def test_a_number_is_moved_and_its_former_owner_keeps_the_past(desk: Desk) -> None:
    former, heir = [(await desk.new_organization(name))["id"] for name in ("Former Practice", "Heir Practice")]
    vapi_id = str(uuid4())
    mapping = await desk.new_mapping(former, vapi_phone_number_id=vapi_id)
    number = mapping["inbound_phone_number"]

    moved = await desk.new_mapping(heir, number, move_from=former)

    assert (moved["org_id"], moved["vapi_phone_number_id"], moved["held_until"]) == (heir, vapi_id, None)
    (past,) = await desk.every(MAPPINGS, organization=former, with_former="true")
    assert (past["id"], past["held_until"]) == (mapping["id"], moved["held_from"])
    assert (await desk.told("GET", f"/api/inbound/phone-lookup/{number}"))["org_id"] == heir


async def test_a_number_can_be_given_another_vapi_id_while_it_is_moved(desk: Desk) -> None:
    former, heir = [(await desk.new_organization())["id"] for _ in range(2)]
    number = (await desk.new_mapping(former, vapi_phone_number_id=str(uuid4())))["inbound_phone_number"]
    vapi_id = str(uuid4())

    moved = await desk.new_mapping(heir, number, move_from=former, vapi_phone_number_id=vapi_id)

    assert (moved["org_id"], moved["vapi_phone_number_id"]) == (heir, vapi_id)


@pytest.mark.parametrize("vapi_id", ["no id", "taken"])
async def test_a_move_that_is_refused_for_its_vapi_id_moves_nothing(roles: Roles, vapi_id: str) -> None:
    if vapi_id == "taken":
        vapi_id = str(uuid4())
        await roles.desk.new_mapping(roles.south, vapi_phone_number_id=vapi_id)
    body = {"inbound_phone_number": roles.number, "move_from": roles.north, "vapi_phone_number_id": vapi_id}

    answer = await roles.desk.ask("POST", MAPPINGS, body, organization=roles.south)

    assert answer.status_code in (400, 409)
    owner = await roles.desk.told("GET", f"/api/inbound/phone-lookup/{roles.number}")
    assert owner["org_id"] == roles.north


async def test_a_number_is_not_moved_from_somebody_who_does_not_hold_it(roles: Roles) -> None:
    body = {"inbound_phone_number": new_number(), "move_from": roles.north}

    answer = await roles.desk.ask("POST", MAPPINGS, body, organization=roles.south)

    assert (answer.status_code, answer.json()["code"]) == (404, "PHONE_NUMBER_NOT_FOUND")


async def test_an_organizations_key_cannot_tell_foreign_mappings_from_none(roles: Roles) -> None:
    mapping = await roles.desk.new_mapping(roles.south)
    key = roles.keys["organization, write"]

    foreign = await roles.desk.ask("DELETE", f"{MAPPINGS}/{mapping['id']}", key=key)
    unknown = await roles.desk.ask("DELETE", f"{MAPPINGS}/{NOBODY}", key=key)

    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


@pytest.mark.parametrize("kind", ["organization", "platform"])
async def test_a_key_is_shown_once_and_refused_from_the_moment_it_is_revoked(desk: Desk, kind: str) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/api-keys" if kind == "organization" else "/api/platform/api-keys"
    use = MAPPINGS if kind == "organization" else "/api/organizations"
    made = await desk.told("POST", path, {"name": str(uuid4()), "scope": "read"})
    key = made.pop("api_key")

    assert key.startswith("sb_" if kind == "organization" else "sbp_")
    assert (made["scope"], made["last_used_at"], made["revoked_at"]) == ("read", None, None)
    assert (await desk.ask("GET", use, key=key)).status_code == 200
    known = await desk.every(path)
    assert key.rpartition("_")[2] not in str(known)
    (used,) = [item for item in known if item["id"] == made["id"]]
    assert used | {"last_used_at": None} == made
    assert used["last_used_at"] is not None

    assert (await desk.ask("DELETE", f"{path}/{made['id']}")).status_code == 204

    answer = await desk.ask("GET", use, key=key)
    assert (answer.status_code, answer.json()["code"]) == (401, "API_KEY_UNKNOWN")
    assert (await desk.ask("DELETE", f"{path}/{made['id']}")).status_code == 404
    (ended,) = [item for item in await desk.every(path) if item["id"] == made["id"]]
    assert ended["revoked_at"] is not None


async def test_a_third_live_key_of_a_name_is_refused(desk: Desk) -> None:
    path = f"/api/organizations/{(await desk.new_organization())['id']}/api-keys"
    for _ in range(2):
        await desk.told("POST", path, {"name": "website"})

    answer = await desk.ask("POST", path, {"name": "website"})

    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_LIVE_API_KEYS")
    assert "Revoke" in answer.json()["fix"]


HMAC = {"type": "hmac", "algorithm": "sha256"}
PLANS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "secret"}, {"type": "secret"}),
    ({"type": "bearer"}, {"type": "bearer", "headerName": "Authorization", "bearerPrefixEnabled": True}),
    (
        {"type": "bearer", "headerName": "X-Token", "bearerPrefixEnabled": False},
        {"type": "bearer", "headerName": "X-Token", "bearerPrefixEnabled": False},
    ),
    (
        HMAC,
        {
            "type": "hmac", "algorithm": "sha256", "signatureHeader": "x-signature", "timestampHeader": "x-timestamp",
            "includeTimestamp": True, "payloadFormat": "{timestamp}.{body}", "signatureEncoding": "hex",
            "secretIsBase64": False,
        },
    ),
    *(
        (plan, plan)
        for plan in [
            {
                "type": "hmac", "algorithm": "sha512", "signatureHeader": "x-a", "timestampHeader": "x-b",
                "includeTimestamp": True, "payloadFormat": "{svix-id}.{timestamp}.{method}.{url}.{body}",
                "signaturePrefix": "v1,", "signatureEncoding": "base64", "secretIsBase64": True,
                "messageIdHeader": "x-c",
            },
            {
                "type": "hmac", "algorithm": "sha1", "signatureHeader": "x-a", "timestampHeader": "x-b",
                "includeTimestamp": False, "payloadFormat": "{body}", "signatureEncoding": "hex",
                "secretIsBase64": False,
            },
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "shown"), PLANS, ids=lambda plan: plan["type"])
async def test_a_plan_is_written_and_shown_as_vapi_writes_it(
    desk: Desk, plan: dict[str, Any], shown: dict[str, Any]
) -> None:
    organization = (await desk.new_organization())["id"]

    made = await desk.new_credential(organization, plan=plan, name="Vapi", not_after="2099-01-01T00:00:00+01:00")

    assert made["plan"] == shown
    assert (made["name"], made["not_after"], made["uses"]) == ("Vapi", "2098-12-31T23:00:00Z", 0)


@pytest.mark.parametrize(
    "plan",
    [
        {"type": "secret", "secret": "a secret that exists already"},
        {"type": "bearer", "token": "a secret that exists already"},
        HMAC | {"secretKey": "a secret that exists already"},
    ],
    ids=lambda plan: plan["type"],
)
async def test_a_credentials_secret_is_shown_once(desk: Desk, plan: dict[str, Any]) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/webhook-credentials"

    made = await desk.new_credential(organization, plan=plan)

    assert made.pop("secret") == "a secret that exists already"
    assert "a secret" not in str(made)
    assert await desk.every(path) == [made]


async def test_a_third_live_credential_is_refused_until_one_is_revoked(desk: Desk) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/webhook-credentials"
    first, _ = [await desk.new_credential(organization) for _ in range(2)]

    answer = await desk.ask("POST", path, {"plan": {"type": "secret"}})

    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_LIVE_WEBHOOK_CREDENTIALS")
    assert (await desk.ask("DELETE", f"{path}/{first['id']}")).status_code == 204
    await desk.new_credential(organization)


@pytest.mark.parametrize("things", ["api-keys", "webhook-credentials"])
async def test_what_is_anothers_is_not_there_to_be_revoked(desk: Desk, things: str) -> None:
    owner, other = [(await desk.new_organization())["id"] for _ in range(2)]
    made = await (desk.new_key(owner) if things == "api-keys" else desk.new_credential(owner))

    answer = await desk.ask("DELETE", f"/api/organizations/{other}/{things}/{made['id']}")

    assert answer.status_code == 404
    assert (await desk.ask("DELETE", f"/api/organizations/{owner}/{things}/{made['id']}")).status_code == 204


async def test_the_audit_log_tells_who_did_what(desk: Desk) -> None:
    platform_key = await desk.new_platform_key()
    key = {"key": platform_key["api_key"]}
    former, heir = [(await desk.new_organization())["id"] for _ in range(2)]
    path = f"/api/organizations/{heir}"
    await desk.told("PATCH", path, {"status": "suspended"}, **key)
    await desk.told("PATCH", path, {"status": "active"}, **key)
    mapping = await desk.new_mapping(former)
    body = {"inbound_phone_number": mapping["inbound_phone_number"], "move_from": former}
    moved = await desk.told("POST", MAPPINGS, body, organization=heir, **key)
    await desk.told("DELETE", f"{MAPPINGS}/{moved['id']}", organization=heir, **key)
    made = await desk.new_key(heir)
    await desk.told("DELETE", f"{path}/api-keys/{made['id']}", **key)
    credential = await desk.new_credential(heir)
    await desk.told("DELETE", f"{path}/webhook-credentials/{credential['id']}", **key)

    entries = await desk.every(f"{path}/audit", limit="3")

    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    assert {entry["organization_id"] for entry in entries} == {heir}
    assert {entry["caller"] for entry in entries} == {"gateway"}
    actor = f"platform-key:{platform_key['id']}"
    assert [(entry["action"], entry["actor"]) for entry in reversed(entries)] == [
        ("organization.created", "administrator"),
        ("organization.suspended", actor),
        ("organization.resumed", actor),
        ("phone_number.moved", actor),
        ("phone_number.released", actor),
        ("api_key.created", "administrator"),
        ("api_key.revoked", actor),
        ("webhook_credential.created", "administrator"),
        ("webhook_credential.revoked", actor),
    ]
    assert made["api_key"].rpartition("_")[2] not in str(entries)
    assert credential["secret"] not in str(entries)


async def test_the_platforms_audit_log_tells_of_its_own_keys(desk: Desk) -> None:
    made = await desk.new_platform_key()
    await desk.told("DELETE", f"/api/platform/api-keys/{made['id']}")

    newest = (await desk.told("GET", "/api/audit", limit="2"))["items"]

    assert [(entry["action"], entry["organization_id"]) for entry in newest] == [
        ("platform_api_key.revoked", None),
        ("platform_api_key.created", None),
    ]


async def test_a_repetition_that_changes_nothing_is_not_told(desk: Desk) -> None:
    organization = await desk.new_organization("Willow Practice")
    path = f"/api/organizations/{organization['id']}"

    await desk.told("PATCH", path, {"name": "Willow Practice", "status": "active"})

    assert [entry["action"] for entry in await desk.every(f"{path}/audit")] == ["organization.created"]


async def test_a_message_that_is_nobodys_can_be_read_and_the_audit_log_tells_who_did(
    desk: Desk, running: Running
) -> None:
    platform_key = await desk.new_platform_key("read")
    number, call_id, transcript = new_number(), str(uuid4()), "Half an emoji \ud83d and no more"
    message = {
        "type": "end-of-call-report",
        "phoneNumber": {"number": number},
        "call": {"id": call_id},
        "transcript": transcript,
    }
    headers = {"X-Vapi-Secret": running.stack.webhook_secret, "Content-Type": "application/json"}
    content = json.dumps({"message": message})
    answer = await desk.http.post(f"{desk.gateway_url}/api/vapi/webhook", content=content, headers=headers)
    assert answer.status_code == 200

    (listed,) = [item for item in await desk.every("/api/quarantine", limit="200") if item["call_id"] == call_id]
    read = await desk.told("GET", f"/api/quarantine/{listed['id']}", key=platform_key["api_key"])

    assert (listed["message_type"], listed["outcome"], listed["state"]) == ("end-of-call-report", "unknown", "waiting")
    assert listed["evidence"]["called_number"] == number
    assert "body" not in listed
    shown = {**message, "transcript": transcript.replace("\ud83d", "\ufffd")}
    assert read == listed | {"body": {"message": shown}, "body_encoding": "json"}
    (entry,) = [
        entry
        for entry in (await desk.told("GET", "/api/audit", limit="20"))["items"]
        if entry["action"] == "quarantined_message.read" and entry["subject"] == listed["id"]
    ]
    assert entry["actor"] == f"platform-key:{platform_key['id']}"
