"""A clinic with a calendar or several, and how its callers reach booking over gRPC."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from google.protobuf.json_format import MessageToDict

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.tools import load_catalogue
from services.booking.tests.history.callers import Ask, Facts, Question, room_name
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

TUESDAY = date(2026, 12, 1)
CATALOGUE = load_catalogue()
SECONDS = 30.0


def asking(booking: RpcClient, tenant: TenantId) -> Ask:
    """Tool calls over gRPC, by the catalogue alone."""

    async def ask(question: Question) -> Facts | None:
        tool = CATALOGUE[question.tool]
        request: Any = tool.request(question.arguments)
        request.context.CopyFrom(
            CallContext(
                vapi_call_id=question.call, tool_call_id=question.tool_call, caller_number=question.caller_number
            )
        )
        method = booking.method(tool.method, tool.request_class.SerializeToString, ToolReply.FromString)
        with tenant_scope(tenant):
            reply = await method(request, timeout=SECONDS)
        facts: Mapping[str, Any] = MessageToDict(reply.data)
        return facts

    return ask


def new_rooms(how_many: int) -> list[str]:
    """Calendars' ids, in the order in which calendars are locked."""
    return sorted(str(uuid4()) for _ in range(how_many))


async def open_clinic(booking: RpcClient, rooms: Sequence[str], **service: Any) -> TenantId:
    """A new clinic in New York with these calendars (ids), open every day from 8 to 18."""
    tenant = TenantId(uuid4())
    stub = booking.stub(CalendarServiceStub)
    week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 8)]
    usual = {"name": "Consultation", "duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}
    with tenant_scope(tenant):
        for number, room in enumerate(rooms):
            calendar = CreateCalendarRequest(
                calendar_id=room, name=room_name(number), timezone="America/New_York", opening_hours=week
            )
            await stub.CreateCalendar(calendar, timeout=SECONDS)
        await stub.CreateService(
            CreateServiceRequest(service=Service(**{**usual, "default_service": True, **service})), timeout=SECONDS
        )
    return tenant
