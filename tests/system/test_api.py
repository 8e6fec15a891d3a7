"""The HTTP API as a clinic's program and the administrator use it."""

import httpx
import pytest

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Clinic
from tests.system.test_faults import book


def bearer(key: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}


async def test_an_organizations_key_sees_only_its_own_appointments(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    for clinic, name in zip(clinics, ("Ana Exempla", "Ben Sample"), strict=True):
        await book(client, stack, clinic, patientName=name)

    for clinic, name in zip(clinics, ("Ana Exempla", "Ben Sample"), strict=True):
        answer = await client.get(f"{stack.gateway_url}/api/appointments", headers=bearer(clinic.organization.api_key))

        (item,) = answer.json()["items"]
        assert item["patient_name"] == name
        assert item["status"] == "booked"
        assert set(item) == {
            "id", "calendar_id", "service_id", "contact_id", "patient_name",
            "starts_at", "ends_at", "status", "vapi_call_id",
        }  # fmt: skip
        assert answer.json()["next_cursor"] is None


async def test_an_organization_named_in_a_header_does_not_widen_its_key(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    first, second = clinics
    await book(client, stack, second)

    answer = await client.get(
        f"{stack.gateway_url}/api/appointments",
        headers=bearer(first.organization.api_key, X_Organization_Id=second.organization.id),
    )

    assert second.organization.id not in answer.text
    assert answer.json().get("items", []) == []


async def test_the_administrator_names_an_organization(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    await book(client, stack, clinics[1])

    answer = await client.get(
        f"{stack.gateway_url}/api/appointments",
        headers=bearer(stack.admin_key, X_Organization_Id=clinics[1].organization.id),
    )

    assert len(answer.json()["items"]) == 1


async def test_pages_follow_one_another_without_gap_or_repetition(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    times = ["09:00", "10:00", "11:00", "14:00", "15:00"]
    for time in times:
        await book(client, stack, clinics[0], appointmentTime=time)

    seen, cursor = [], None
    while True:
        answer = await client.get(
            f"{stack.gateway_url}/api/appointments",
            params={"limit": 2} | ({"cursor": cursor} if cursor else {}),
            headers=bearer(clinics[0].organization.api_key),
        )
        seen += [item["starts_at"] for item in answer.json()["items"]]
        if (cursor := answer.json()["next_cursor"]) is None:
            break

    assert len(seen) == len(times)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("headers", [{}, bearer("sb_no_such_key"), {"Authorization": "Basic YTpi"}])
async def test_without_a_key_nothing_is_told(
    client: httpx.AsyncClient, stack: StackFile, headers: dict[str, str]
) -> None:
    answer = await client.get(f"{stack.gateway_url}/api/appointments", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_every_answer_carries_security_headers_and_none_is_open_to_other_origins(
    client: httpx.AsyncClient, stack: StackFile
) -> None:
    for path in ("/health", "/ready", "/api/appointments", "/no-such-page"):
        answer = await client.get(f"{stack.gateway_url}{path}", headers={"Origin": "https://example.com"})

        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
