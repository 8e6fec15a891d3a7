"""What is told of Vapi's calls: complete or not, by the day; and comparing them when somebody asks for it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from assistant_sync.domain.calls.comparison import Listed
from chassis.errors import RemoteError
from chassis.tenant import tenant_scope
from switchboard.assistants.v1 import vapi_call_service_pb2 as pb

SECONDS = 10


@pytest.fixture
def ask(service):
    async def asked(method, request):
        with tenant_scope(service.tenant):
            return await getattr(service.vapi_calls, method)(request, timeout=SECONDS)

    return asked


def at(moment: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message


async def test_completeness_is_told_by_the_day_in_utc_the_latest_first(service, ask, clock):
    late = datetime(2027, 2, 20, 23, 59, 59, tzinfo=UTC)
    listed = service.use_cases.listed_calls
    calls = [Listed("here", late), Listed("lost", late), Listed("next-day", late + timedelta(seconds=1))]
    await listed.note(service.tenant, calls, {"lost", "next-day"}, clock())
    await listed.fetched(service.tenant, "next-day", clock())
    await listed.arrived(service.tenant, {"next-day"}, clock())

    days = (await ask("CountReports", pb.CountReportsRequest())).days

    assert [(day.day, day.in_vapi, day.reported, day.fetched, day.missing) for day in days] == [
        ("2027-02-21", 1, 1, 1, 0),
        ("2027-02-20", 2, 1, 0, 1),
    ]


async def test_a_period_holds_what_began_in_it(service, ask, clock):
    noon = datetime(2027, 2, 20, 12, tzinfo=UTC)
    listed = [Listed(str(uuid4()), noon + timedelta(days=n)) for n in range(3)]
    await service.use_cases.listed_calls.note(service.tenant, listed, set(), clock())

    period = pb.CountReportsRequest(since=at(noon), until=at(noon + timedelta(days=2)))

    assert [day.day for day in (await ask("CountReports", period)).days] == ["2027-02-21", "2027-02-20"]


@pytest.mark.parametrize(
    "period",
    [
        {"since": at(datetime(2027, 2, 2, tzinfo=UTC)), "until": at(datetime(2027, 2, 1, tzinfo=UTC))},
        {"since": at(datetime(2025, 1, 1, tzinfo=UTC))},
        {"until": at(datetime(1, 1, 1, tzinfo=UTC))},
        {"since": Timestamp(seconds=2**62)},
    ],
    ids=["backwards", "too long", "before all time", "beyond all time"],
)
async def test_a_period_that_is_none_is_refused(ask, period):
    with pytest.raises(RemoteError) as refused:
        await ask("CountReports", pb.CountReportsRequest(**period))

    assert refused.value.reason == "MALFORMED_PERIOD"


async def test_a_comparison_is_begun_when_it_is_wanted_and_told_of(service, ask, vapi, clock):
    before = (await ask("GetComparison", pb.GetComparisonRequest())).comparison
    assert not before.HasField("ended_at")

    since = clock() - timedelta(days=10)
    await ask("StartComparison", pb.StartComparisonRequest(since=at(since)))
    await service.use_cases.reconciler.until_idle()

    told = (await ask("GetComparison", pb.GetComparisonRequest())).comparison
    assert told.ended_at.ToDatetime(UTC) == clock()
    assert (told.under_way, told.listed, told.nobodys) == (False, 0, 0)
    asked_after = datetime.fromisoformat(vapi.queries[0]["updatedAtGt"])
    assert asked_after == since - timedelta(hours=1)
