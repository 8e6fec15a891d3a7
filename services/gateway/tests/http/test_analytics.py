"""Reports over HTTP: in figures as JSON, row by row as CSV."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.actor import Actor, actor_scope, current_actor
from chassis.errors import Kind, RemoteError
from chassis.tenant import current_tenant, establish, tenant_scope
from gateway.http.csv_tables import csv_table
from gateway.routes.analytics import pages_of
from services.gateway.tests.http.staff import CLINIC, ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import analytics_service_pb2 as analytics
from switchboard.booking.v1.call_service_pb2 import Call

TEN = Timestamp(seconds=1_804_000_000)
"""2027-03-02, six minutes past ten in New York."""
CALL = analytics.CountedCall(
    id=ID,
    vapi_call_id="call-1",
    at=TEN,
    started_at=TEN,
    direction=Call.INBOUND,
    outcome="booked",
    answered=True,
    ended_reason="customer-ended-call",
    seconds=90.5,
    cost=0.12,
    cost_parts={"voice": 0.02, "model": 0.1},
    caller="known",
    asked=True,
    booked=1,
    tools_used=["bookClinicAppointment", "checkAvailability"],
)


async def rows(room: Any, path: str, **params: str) -> list[dict[str, str]]:
    answer = await ask(room, "GET", path, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_period_is_asked_about_in_the_organizations_zone(room):
    room.booking.answer = analytics.GetSummaryResponse()
    await told(room, "GET", "/api/analytics/summary", **{"from": "2026-11-01", "to": "2026-12-01T09:00:00+01:00"})
    assert heard(room) == analytics.GetSummaryRequest(
        period=analytics.ReportPeriod(
            begins="2026-11-01", ends="2026-12-01T09:00:00+01:00", timezone="America/New_York"
        )
    )


async def test_what_cannot_be_known_is_null_and_never_nought(room):
    tool = analytics.Summary.Tool(tool="endCall", calls=2)
    room.booking.answer = analytics.GetSummaryResponse(summary=analytics.Summary(tools=[tool]))
    found = await told(room, "GET", "/api/analytics/summary")
    assert found["tools"] == [
        {"tool": "endCall", "calls": 2, "uses": None, "failures": {}, "no_answers": {}, "latency_ms": None}
    ]
    assert (found["duration"]["mean_seconds"], found["cost"]["per_call"], found["conversion"]["rate"]) == (None,) * 3


async def test_a_period_that_cannot_be_is_refused_with_what_helps(room):
    room.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_PERIOD")
    for path in ("summary", "calls.csv", "appointments.csv", "tools.csv"):
        answer = await ask(room, "GET", f"/api/analytics/{path}", **{"from": "yesterday"})
        assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_PERIOD")
        assert "366 days" in answer.json()["detail"]


async def test_calls_are_exported_with_all_that_figures_are_made_of(room):
    room.booking.answer = analytics.ListCountedCallsResponse(calls=[CALL])
    assert await rows(room, "/api/analytics/calls.csv") == [
        {
            "id": ID,
            "vapi_call_id": "call-1",
            "at": "2027-03-02T10:06:40-05:00",
            "started_at": "2027-03-02T15:06:40Z",
            "ended_at": "",
            "direction": "inbound",
            "outcome": "booked",
            "answered": "true",
            "incomplete": "false",
            "ended_reason": "customer-ended-call",
            "duration_seconds": "90.5",
            "cost": "0.12",
            "cost_parts": '{"model": 0.1, "voice": 0.02}',
            "caller": "known",
            "asked": "true",
            "booked": "1",
            "moved": "0",
            "cancelled": "0",
            "tools_used": "bookClinicAppointment checkAvailability",
        }
    ]


async def test_changes_and_uses_of_tools_are_exported(room):
    change = analytics.AppointmentChange(id=ID, appointment_id=OTHER_ID, at=TEN, change="moved")
    room.booking.answer = analytics.ListAppointmentChangesResponse(changes=[change])
    (row,) = await rows(room, "/api/analytics/appointments.csv")
    assert (row["change"], row["by"], row["conversation_id"]) == ("moved", "staff", "")

    use = analytics.ToolUse(id=ID, vapi_call_id="call-1", at=TEN, tool="holdSlot", ended="said", milliseconds=12.5)
    room.booking.answer = analytics.ListToolUsesResponse(uses=[use])
    (row,) = await rows(room, "/api/analytics/tools.csv")
    assert (row["tool"], row["milliseconds"], row["no_answer"]) == ("holdSlot", "12.5", "")


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
async def test_no_text_from_outside_becomes_a_formula(room, formula: str):
    room.booking.answer = analytics.ListCountedCallsResponse(calls=[analytics.CountedCall(ended_reason=formula)])
    (row,) = await rows(room, "/api/analytics/calls.csv")
    assert row["ended_reason"] == f"'{formula}"


async def test_every_page_is_read_for_whoever_asked_though_they_have_been_answered_by_then():
    asked_by = []

    async def list_calls(request: analytics.ListCountedCallsRequest) -> analytics.ListCountedCallsResponse:
        asked_by.append((request.page_token, str(current_tenant()), current_actor().name))
        following = {"": "second", "second": "third", "third": ""}[request.page_token]
        return analytics.ListCountedCallsResponse(calls=[CALL], next_page_token=following)

    with tenant_scope(establish(CLINIC)), actor_scope(Actor("api-key:1", "gateway")):
        pages = pages_of(list_calls, analytics.ListCountedCallsRequest(), lambda page: page.calls)
        answer = await csv_table("calls", {"id": lambda call: call.id}, pages)
        assert [token for token, *_ in asked_by] == [""]

    body = "".join([str(part) async for part in answer.body_iterator])
    assert body.split() == ["id", ID, ID, ID]
    assert {told[1:] for told in asked_by} == {(CLINIC, "api-key:1")}
    assert [token for token, *_ in asked_by] == ["", "second", "third"]


async def test_a_table_that_cannot_be_begun_is_refused_as_a_whole():
    async def pages() -> AsyncIterator[list[str]]:
        raise RemoteError(Kind.INVALID, "MALFORMED_PERIOD")
        yield []

    with pytest.raises(RemoteError):
        await csv_table("calls", {}, pages())
