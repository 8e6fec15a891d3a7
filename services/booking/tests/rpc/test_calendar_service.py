from typing import Any

import asyncpg
import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.conftest import PATIENCE
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    CreateServiceResponse,
    Service,
    UpdateServiceRequest,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

FIGURES: dict[str, Any] = {"duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}
CHOSEN = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"


async def create_service(booking: RpcClient, organization: TenantId, **service: Any) -> CreateServiceResponse:
    with tenant_scope(organization):
        return await booking.stub(CalendarServiceStub).CreateService(
            CreateServiceRequest(service=Service(**FIGURES, **service)), timeout=PATIENCE
        )


@pytest.mark.parametrize("name", ["Room\n1", " Room\0 1 ", "Room\u20281"])
async def test_names_are_one_line_that_can_be_said_and_kept(
    booking: RpcClient, organization: TenantId, name: str
) -> None:
    stub = booking.stub(CalendarServiceStub)
    with tenant_scope(organization):
        calendar = await stub.CreateCalendar(CreateCalendarRequest(name=name, timezone="UTC"), timeout=PATIENCE)
        service = await stub.CreateService(
            CreateServiceRequest(service=Service(name=name, **FIGURES)), timeout=PATIENCE
        )
    assert (calendar.calendar.name, service.service.name) == ("Room 1", "Room 1")


@pytest.mark.parametrize("name", ["", "  ", "\n\0"])
async def test_a_name_of_nothing_is_missing(booking: RpcClient, organization: TenantId, name: str) -> None:
    request = CreateCalendarRequest(name=name, timezone="UTC")
    with tenant_scope(organization), pytest.raises(RemoteError) as refused:
        await booking.stub(CalendarServiceStub).CreateCalendar(request, timeout=PATIENCE)
    assert refused.value.reason == "MISSING_NAME"


async def test_a_name_that_nobody_could_say_is_refused(booking: RpcClient, organization: TenantId) -> None:
    assert (await create_service(booking, organization, name="x" * 80)).service.name == "x" * 80
    stub = booking.stub(CalendarServiceStub)
    with pytest.raises(RemoteError) as of_service:
        await create_service(booking, organization, name="x" * 81)
    with tenant_scope(organization), pytest.raises(RemoteError) as of_calendar:
        await stub.CreateCalendar(CreateCalendarRequest(name="x" * 81, timezone="UTC"), timeout=PATIENCE)
    assert (of_service.value.reason, of_calendar.value.reason) == ("MISSING_NAME", "MISSING_NAME")


async def test_a_longer_name_from_before_stays(
    booking: RpcClient, organization: TenantId, service_database: ServiceDatabase
) -> None:
    made = await create_service(booking, organization, name="Check-up")
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("UPDATE booking.services SET name = $2 WHERE org_id = $1", organization, "x" * 200)
    await connection.close()
    with tenant_scope(organization):
        request = UpdateServiceRequest(id=made.service.id, duration_minutes=45)
        changed = await booking.stub(CalendarServiceStub).UpdateService(request, timeout=PATIENCE)
    assert changed.service.name == "x" * 200


@pytest.mark.parametrize(
    "spelling", [f"{{{CHOSEN}}}", f"urn:uuid:{CHOSEN}", CHOSEN.replace("-", ""), f" {CHOSEN}", "seven"]
)
async def test_an_id_in_any_but_the_usual_spelling_is_refused(
    booking: RpcClient, organization: TenantId, spelling: str
) -> None:
    with pytest.raises(RemoteError) as of_service:
        await create_service(booking, organization, id=spelling, name="Check-up")
    request = CreateCalendarRequest(calendar_id=spelling, name="Room", timezone="UTC")
    with tenant_scope(organization), pytest.raises(RemoteError) as of_calendar:
        await booking.stub(CalendarServiceStub).CreateCalendar(request, timeout=PATIENCE)

    assert (of_service.value.reason, of_service.value.metadata) == ("MALFORMED_ID", {"field": "service_id"})
    assert (of_calendar.value.reason, of_calendar.value.metadata) == ("MALFORMED_ID", {"field": "calendar_id"})


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"name": "Consultation"}, "SERVICE_NAME_TAKEN"),
        ({"name": "Check-up", "default_service": True}, "DEFAULT_SERVICE_EXISTS"),
    ],
)
async def test_a_second_service_is_refused_for_what_the_first_has(
    booking: RpcClient, organization: TenantId, second: dict[str, Any], reason: str
) -> None:
    await create_service(booking, organization, name="Consultation", default_service=True)

    with pytest.raises(RemoteError) as refused:
        await create_service(booking, organization, **second)

    assert refused.value.reason == reason
