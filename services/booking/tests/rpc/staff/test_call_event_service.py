"""What happened in calls, as the gateway tells it and staff see it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.rpc.staff.conftest import NUMBER, Clinic, Refused
from switchboard.booking.v1 import call_event_service_pb2 as event_pb2
from switchboard.booking.v1 import receptionist_service_pb2 as receptionist_pb2
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, Explanation
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.tools.v1.tools_pb2 import ToolReply

BEGINNING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
CALL = "call-1"
MASK = "•••"


def at(seconds: float) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(BEGINNING + timedelta(seconds=seconds))
    return told


def message(seconds: float, message_type: str = "conversation-update", **told: Any) -> CallEvent:
    what = event_pb2.MessageEvent(type=message_type, **told)
    return CallEvent(id=str(uuid4()), vapi_call_id=CALL, at=at(seconds), milliseconds=1.5, message=what)


def use(seconds: float, tool: str = "bookClinicAppointment", **told: Any) -> CallEvent:
    read = {name: json.dumps(told.pop(name)) for name in ("arguments", "data", "because") if name in told}
    what = event_pb2.ToolCallEvent(**{"tool": tool, "tool_call_id": "tool-1", "ended": "said"} | told | read)
    return CallEvent(id=str(uuid4()), vapi_call_id=CALL, at=at(seconds), milliseconds=20, tool_call=what)


def answered(reply: ToolReply, seconds: float = 1, tool: str = "checkAvailability") -> CallEvent:
    """The event of an answer, as the gateway makes it."""
    return use(seconds, tool, say=reply.say, data=dict(reply.data), because=dict(reply.because))


class Recorder:
    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    async def record(self, *events: CallEvent) -> None:
        request = event_pb2.RecordCallEventsRequest(events=events)
        await self.clinic.ask(CallEventServiceStub, "RecordCallEvents", request)

    async def timeline(self, call_id: str = CALL, why: str = "") -> event_pb2.GetCallTimelineResponse:
        request = event_pb2.GetCallTimelineRequest(id=call_id, why=why)
        told: event_pb2.GetCallTimelineResponse = await self.clinic.ask(CallEventServiceStub, "GetCallTimeline", request)
        return told

    async def why(self, reply: ToolReply, start: str) -> list[Any]:
        """The reasons for a start in an answer, calendar by calendar."""
        await self.record(answered(reply))
        (entry,) = (await self.timeline(why=start)).entries
        return list(entry.explanations)


@pytest.fixture
async def recorder(desk: Clinic, store: PostgresStore, clock: StoppedClock) -> AsyncIterator[Recorder]:
    """The gateway, which alone tells of events."""
    serve = partial(add_services, store=store, clock=clock)
    async with served(serve, domain=DOMAIN, caller="gateway") as client:
        yield Recorder(replace(desk, client=client))


async def test_a_timeline_tells_what_happened_in_order_of_time_however_it_came(recorder: Recorder) -> None:
    told = [message(0, "status-update", status="in-progress"), message(2, turns=2), use(3), message(3, "tool-calls")]

    await recorder.record(told[3], told[1])
    await recorder.record(told[2], told[0])

    entries = (await recorder.timeline()).entries
    assert [(one.event.message.type, one.event.tool_call.tool) for one in entries] == [
        ("status-update", ""),
        ("conversation-update", ""),
        ("tool-calls", ""),
        ("", "bookClinicAppointment"),
    ]
    assert [one.event.at for one in entries] == [at(0), at(2), at(3), at(3)]


async def test_an_event_that_is_told_again_is_the_same(recorder: Recorder) -> None:
    event = message(1, turns=3)

    await recorder.record(event, event)
    await recorder.record(event)

    (entry,) = (await recorder.timeline()).entries
    assert entry.event == event
