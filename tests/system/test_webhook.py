"""What Vapi posts, in every shape, to every route, for both clinics: and what stands in the tables afterwards."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Clinic

BODIES = sorted((Path(__file__).parents[1] / "fixtures" / "vapi").glob("*.json"))
CALLER = "+14155550177"
Body = dict[str, Any]
Shape = Callable[[str, Body], Body]


def object_arguments(name: str, arguments: Body) -> Body:
    return {"toolCallList": [{"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}]}


def text_arguments(name: str, arguments: Body) -> Body:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"toolCallList": [{"id": "call_1", "type": "function", "function": function}]}


def flat_arguments(name: str, arguments: Body) -> Body:
    return {"toolCallList": [{"id": "call_1", "name": name, "arguments": arguments}]}


def flat_parameters(name: str, arguments: Body) -> Body:
    return {"toolCallList": [], "toolCalls": [{"id": "call_1", "name": name, "parameters": arguments}]}


SHAPES: list[Shape] = [object_arguments, text_arguments, flat_arguments, flat_parameters]
ROUTES = ["/api/vapi/webhook", "/api/vapi/tools", "/api/vapi/tools/bookClinicAppointment"]


def message(clinic: Clinic, fields: Body) -> Body:
    line = {"number": clinic.organization.phone_number}
    call = {"id": str(uuid4()), "type": "inboundPhoneCall"}
    customer = {"number": CALLER}
    return {"message": {"type": "tool-calls", "call": call, "phoneNumber": line, "customer": customer, **fields}}


def wish(clinic: Clinic, **changes: str) -> Body:
    usual = {"appointmentDate": str(clinic.day), "appointmentTime": "11:00", "patientName": "Ana Exempla"}
    return usual | changes


def older(clinic: Clinic, **changes: str) -> Body:
    """The body of older prompts' tools: neither a call nor a number, the organization beside the message."""
    function = {"name": "bookClinicAppointment", "arguments": wish(clinic, **changes)}
    return {
        "customer": {"metadata": {"org_id": clinic.organization.id}},
        "message": {"toolCall": {"function": function}},
    }


async def post(
    client: httpx.AsyncClient, stack: StackFile, body: object, route: str = ROUTES[0], secret: str | None = None
) -> httpx.Response:
    headers = {"X-Vapi-Secret": stack.webhook_secret if secret is None else secret}
    return await client.post(f"{stack.gateway_url}{route}", json=body, headers=headers)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
async def test_a_booking_lands_in_the_clinic_whose_number_was_called(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic], shape: Shape, route: str
) -> None:
    for clinic in clinics:
        body = message(clinic, shape("bookClinicAppointment", wish(clinic)))

        (entry,) = (await post(client, stack, body, route)).json()["results"]

        assert entry["toolCallId"] == "call_1"
        assert entry["result"].startswith("It is booked: ")
        (made,) = await clinic.appointments()
        assert made["vapi_call_id"] == body["message"]["call"]["id"]
        assert str(made["org_id"]) == clinic.organization.id
        assert str(made["id"]) == entry["metadata"]["appointmentId"]
        assert f"{made['local_start']:%H:%M}" == "11:00"
        assert made["timezone"] == clinic.organization.timezone


async def test_the_older_body_books_and_finds_the_contact_by_email(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    clinic = clinics[1]
    for time in ("11:00", "14:00"):
        body = older(clinic, appointmentTime=time, patientEmail="ana@example.com")

        (entry,) = (await post(client, stack, body, ROUTES[2])).json()["results"]

        assert entry["result"].startswith("It is booked: ")
        assert entry["toolCallId"]
    assert len({made["contact_id"] for made in await clinic.appointments()}) == 1
    assert await clinics[0].appointments() == []


async def test_the_older_body_books_for_a_local_telephone_number(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    """It has neither a caller's number nor a line: only the clinic itself says in which country the number is."""
    clinic = clinics[1]
    details = {"patientPhone": "415 555 0199", "patientEmail": "ana@example.com"}

    (entry,) = (await post(client, stack, older(clinic, **details), ROUTES[2])).json()["results"]

    assert entry.get("result", "").startswith("It is booked: "), entry
    (made,) = await clinic.appointments()
    (contact,) = await clinic.fetch("booking", "select id, phone, email from contacts")
    assert dict(contact) == {"id": made["contact_id"], "phone": "+14155550199", "email": "ana@example.com"}


async def test_a_contact_who_called_by_telephone_is_found_by_email_afterwards(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    clinic = clinics[1]
    called = message(clinic, object_arguments("bookClinicAppointment", wish(clinic, patientEmail="ana@example.com")))
    written = older(clinic, appointmentTime="14:00", patientEmail="ana@example.com")

    for body in (called, written):
        (entry,) = (await post(client, stack, body, ROUTES[2])).json()["results"]
        assert entry.get("result", "").startswith("It is booked: "), entry

    assert len({made["contact_id"] for made in await clinic.appointments()}) == 1
    ((phone,),) = await clinic.fetch("booking", "select phone from contacts")
    assert phone == CALLER


async def test_the_legacy_function_call_is_answered_with_a_result(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    function = {"name": "bookClinicAppointment", "parameters": wish(clinics[0])}
    body = message(clinics[0], {"type": "function-call", "functionCall": function})

    answer = (await post(client, stack, body)).json()

    assert list(answer) == ["result"]
    assert len(await clinics[0].appointments()) == 1


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
async def test_every_message_is_answered_and_none_of_a_foreign_clinic_books(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic], path: Path
) -> None:
    """The fixtures are about a clinic that is not among the seeded ones: whatever they ask, nothing is booked."""
    body = json.loads(path.read_text())
    kind = body["message"].get("type", "")

    answer = await post(client, stack, body)

    assert answer.status_code == 200
    if kind == "tool-calls" or "toolCall" in body["message"]:
        assert all("error" in entry and "\n" not in entry["error"] for entry in answer.json()["results"])
        assert answer.json()["results"]
    elif kind == "function-call":
        assert isinstance(answer.json()["result"], str)
    elif kind in ("assistant-request", "transfer-destination-request", "handoff-destination-request"):
        assert isinstance(answer.json()["error"], str)
    elif kind == "knowledge-base-request":
        assert answer.json() == {"documents": []}
    else:
        assert answer.json() == {}
    assert [await clinic.appointments() for clinic in clinics] == [[], []]


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
async def test_every_message_with_a_wrong_secret_is_refused_alike(
    client: httpx.AsyncClient, stack: StackFile, path: Path
) -> None:
    answer = await post(client, stack, json.loads(path.read_text()), secret="not-the-secret")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_several_calls_of_one_message_are_answered_in_order_and_one_bad_call_spoils_none(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    calls = [
        {"id": "a", "name": "checkAvailability", "arguments": {"date": str(clinics[0].day)}},
        {"id": "b", "name": "readMinds", "arguments": {}},
        {"id": "c", "name": "bookClinicAppointment", "arguments": {"appointmentDate": str(clinics[0].day)}},
        {"id": "d", "name": "bookClinicAppointment", "arguments": "{not json"},
        {"id": "e", "name": "bookClinicAppointment", "arguments": wish(clinics[0])},
    ]

    results = (await post(client, stack, message(clinics[0], {"toolCallList": calls}))).json()["results"]

    assert [entry["toolCallId"] for entry in results] == list("abcde")
    assert [next(key for key in ("result", "error") if key in entry) for entry in results] == [
        "result",
        "error",
        "error",
        "error",
        "result",
    ]
    assert "What time would suit you?" in results[2]["error"]
    assert len(await clinics[0].appointments()) == 1


async def test_a_tenant_named_in_arguments_or_headers_counts_for_nothing(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    first, second = clinics
    smuggled = {"org_id": second.organization.id, "tenantId": second.organization.id}
    context = {"context": {"callerNumber": "+19995550100", "vapiCallId": "chosen-by-the-model"}}
    body = message(first, object_arguments("bookClinicAppointment", wish(first) | smuggled | context))
    headers = {"X-Vapi-Secret": stack.webhook_secret, "X-Org-Id": second.organization.id}
    headers |= {"X-Organization-Id": second.organization.id, "x-switchboard-organization": second.organization.id}

    await client.post(f"{stack.gateway_url}/api/vapi/webhook", json=body, headers=headers)

    (made,) = await first.appointments()
    assert made["vapi_call_id"] == body["message"]["call"]["id"]
    assert await second.appointments() == []


@pytest.mark.parametrize(
    "contradiction",
    [
        lambda other: {"assistant": {"id": other.assistant_id}},
        lambda other: {"assistant": {"metadata": {"org_id": other.id}}},
        lambda other: {"assistant": {"metadata": {"org_id": "no-organization-at-all"}}},
        lambda other: {"customer": {"number": CALLER, "metadata": {"org_id": other.id}}},
    ],
    ids=["assistant id", "assistant metadata", "malformed metadata", "customer metadata"],
)
async def test_contradicting_evidence_is_refused_and_books_for_nobody(
    client: httpx.AsyncClient,
    stack: StackFile,
    clinics: tuple[Clinic, Clinic],
    contradiction: Callable[[Any], Body],
) -> None:
    first, second = clinics
    fields = object_arguments("bookClinicAppointment", wish(first)) | contradiction(second.organization)

    (entry,) = (await post(client, stack, message(first, fields))).json()["results"]

    assert "error" in entry
    assert [await clinic.appointments() for clinic in clinics] == [[], []]


async def test_a_message_delivered_again_is_answered_byte_for_byte_and_booked_once(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    """Two booking processes answer in turn; whichever gets the second delivery knows the first."""
    body = message(clinics[0], object_arguments("bookClinicAppointment", wish(clinics[0])))

    answers = {(await post(client, stack, body)).content for _ in range(6)}

    assert len(answers) == 1
    assert len(await clinics[0].appointments()) == 1


@pytest.mark.parametrize(
    ("content", "status"), [(b"{not json", 400), (b"[]", 400), (b'{"no": "message"}', 400), (b"", 400)]
)
async def test_what_is_no_message_is_a_problem_that_says_what_to_do(
    client: httpx.AsyncClient, stack: StackFile, content: bytes, status: int
) -> None:
    headers = {"X-Vapi-Secret": stack.webhook_secret, "Content-Type": "application/json"}

    answer = await client.post(f"{stack.gateway_url}/api/vapi/webhook", content=content, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail", "fix", "trace_id"} <= set(answer.json())
