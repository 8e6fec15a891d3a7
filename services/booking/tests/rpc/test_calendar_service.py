from typing import Any

import pytest

from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from switchboard.booking.v1.calendar_service_pb2 import CreateCalendarRequest, CreateServiceRequest, Service
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

FIGURES: dict[str, Any] = {"duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}


@pytest.mark.parametrize("name", ["Room\n1", " Room\0 1 ", "Room\u20281"])
async def test_names_are_one_line_that_can_be_said_and_kept(
    booking: RpcClient, organization: TenantId, name: str
) -> None:
    stub = booking.stub(CalendarServiceStub)
    with tenant_scope(organization):
        calendar = await stub.CreateCalendar(CreateCalendarRequest(name=name, timezone="UTC"), timeout=5)
        service = await stub.CreateService(CreateServiceRequest(service=Service(name=name, **FIGURES)), timeout=5)
    assert (calendar.calendar.name, service.service.name) == ("Room 1", "Room 1")


@pytest.mark.parametrize("name", ["", "  ", "\n\0"])
async def test_a_name_of_nothing_is_missing(booking: RpcClient, organization: TenantId, name: str) -> None:
    request = CreateCalendarRequest(name=name, timezone="UTC")
    with tenant_scope(organization), pytest.raises(RemoteError) as refused:
        await booking.stub(CalendarServiceStub).CreateCalendar(request, timeout=5)
    assert refused.value.reason == "MISSING_NAME"
