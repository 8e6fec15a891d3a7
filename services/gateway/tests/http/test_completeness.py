"""Over HTTP: of how many calls the report is here, and comparing Vapi's calls with what is here."""

from google.protobuf.timestamp_pb2 import Timestamp

from services.gateway.tests.conftest import ADMIN_KEY
from services.gateway.tests.http.staff import CLINIC, ask, told
from switchboard.assistants.v1 import vapi_call_service_pb2 as pb

AT = Timestamp(seconds=1_804_000_000)


async def test_an_organization_reads_its_completeness_by_the_day(room):
    days = [pb.DayOfCalls(day="2027-03-02", in_vapi=7, reported=6, fetched=2, missing=1)]
    room.assistant_sync.answers["CountReports"] = pb.CountReportsResponse(days=days)

    found = await told(
        room, "GET", "/api/calls/completeness", **{"from": "2027-03-02T15:06:40Z", "to": "2027-03-03T00:00:00+01:00"}
    )

    assert found == {"days": [{"day": "2027-03-02", "in_vapi": 7, "reported": 6, "fetched": 2, "missing": 1}]}
    until = Timestamp(seconds=1_804_028_400)
    assert room.assistant_sync.heard == [(CLINIC, pb.CountReportsRequest(since=AT, until=until))]


async def test_a_period_may_be_left_open(room):
    assert await told(room, "GET", "/api/calls/completeness") == {"days": []}
    assert room.assistant_sync.heard == [(CLINIC, pb.CountReportsRequest())]


async def test_an_instant_that_is_none_is_refused(room):
    answer = await ask(room, "GET", "/api/calls/completeness", to="yesterday")

    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_PARAMETER")


async def test_the_administrator_has_it_compared_again_and_reads_how_it_stands(room):
    comparison = pb.Comparison(ended_at=AT, compared_until=AT, under_way=True, listed=9, nobodys=2, missing=1)
    comparison.missing_since.CopyFrom(AT)
    room.assistant_sync.answers["GetComparison"] = pb.GetComparisonResponse(comparison=comparison)
    admin = {"Authorization": f"Bearer {ADMIN_KEY}"}

    begun = await room.http.post("/api/platform/call-comparison", json={"since": "2027-03-02T15:06:40Z"}, headers=admin)
    shown = await room.http.get("/api/platform/call-comparison", headers=admin)

    assert (begun.status_code, shown.status_code) == (202, 200)
    at = "2027-03-02T15:06:40Z"
    assert begun.json() == shown.json() == {
        "ended_at": at, "compared_until": at, "under_way": True, "listed": 9, "nobodys": 2, "missing": 1,
        "missing_since": at,
    }  # fmt: skip
    assert room.assistant_sync.heard[0] == ("None", pb.StartComparisonRequest(since=AT))


async def test_before_the_first_comparison_nothing_is_told(room):
    room.assistant_sync.answers["GetComparison"] = pb.GetComparisonResponse(comparison=pb.Comparison())
    shown = await room.http.get("/api/platform/call-comparison", headers={"Authorization": f"Bearer {ADMIN_KEY}"})

    assert shown.json()["ended_at"] is None
