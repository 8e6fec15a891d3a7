"""What Vapi told once and never arrived is found, fetched and handed on; what arrived is left alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from assistant_sync.domain.calls.comparison import Comparison, Listed
from assistant_sync.domain.calls.want_comparison import WantComparison
from assistant_sync.domain.reconciling.work import Again
from assistant_sync.domain.trouble import BookingAway, RegistryAway, VapiAway
from assistant_sync.store.work import WorkStore
from assistant_sync.vapi.calls import PAGE
from chassis.tenant import TenantId

LINE = "+12125550100"
SOON = Again(timedelta(minutes=1))
LATER = Again(timedelta(minutes=15))


def figures(days):
    return [(day.in_vapi, day.reported, day.fetched, day.missing) for day in days]


@pytest.fixture
def days(listed, tenant, clock):
    return lambda: listed.days(tenant, clock() - timedelta(days=30), clock() + timedelta(days=1))


async def test_a_report_that_never_arrived_is_fetched_and_counted(compare, account, queue, reports, tenant, days):
    here, lost = account.has_call(), account.has_call()
    reports.here.add((tenant, here))

    assert await compare() == SOON
    assert queue.ids == [lost]
    assert figures(await days()) == [(2, 1, 0, 1)]

    reports.here.add((tenant, lost))
    assert await compare() == LATER
    assert queue.ids == [lost]
    assert figures(await days()) == [(2, 2, 1, 0)]


async def test_nothing_is_fetched_where_nothing_is_missing(compare, account, queue, reports, tenant, vapi):
    reports.here.add((tenant, account.has_call()))

    assert await compare() == LATER

    assert queue.ids == []
    assert [path for _, path, _ in vapi.sent] == ["/call", "/phone-number"]
    assert vapi.complaints == []


async def test_a_call_that_lasts_or_has_just_ended_is_not_missing(compare, account, queue, clock, days):
    account.has_call(ended_ago=None)
    just_ended = account.has_call(ended_ago=timedelta(minutes=9))

    assert await compare() == LATER
    assert (queue.ids, await days()) == ([], [])

    clock.move(timedelta(minutes=2))
    await compare()
    assert queue.ids == [just_ended]


async def test_nobodys_call_is_counted_apart_and_never_fetched(compare, account, queue, comparisons, vapi, days):
    account.has_call(phoneNumberId=str(uuid4()))
    theirs = account.has_call()

    await compare()

    assert queue.ids == [theirs]
    last = await comparisons.get()
    assert (last.listed, last.nobodys) == (2, 1)
    assert figures(await days()) == [(1, 0, 0, 1)]


async def test_whose_a_call_is_is_asked_of_when_it_began(compare, account, owners):
    account.has_call(ended_ago=timedelta(hours=3), startedAt="2026-11-20T16:00:00.000Z", assistantId="assistant-1")

    await compare()

    (asked,) = owners.asked
    assert (asked.line, asked.phone_number_ids, asked.assistant_ids) == (LINE, (account.line_id,), ("assistant-1",))
    assert asked.at == datetime(2026, 11, 20, 16, tzinfo=UTC)


async def test_each_organizations_calls_are_its_own(
    compare, account, owners, vapi, reports, listed, tenant, clock, queue
):
    other = TenantId(uuid4())
    number = {"provider": "twilio", "number": "+12125550101", "twilioAccountSid": "AC0"}
    owners.of_line["+12125550101"] = other
    ours = account.has_call()
    theirs = account.has_call(phoneNumberId=vapi.simulator.store.create("phone-number", number)["id"])
    reports.here.add((tenant, theirs))  # an id of another's is no report of one's own

    await compare()

    assert sorted(queue.ids) == sorted([ours, theirs])
    since, until = clock() - timedelta(days=1), clock()
    assert figures(await listed.days(other, since, until)) == [(1, 0, 0, 1)]


async def test_a_list_of_many_pages_is_compared_to_its_end_and_each_call_once(compare, account, queue, comparisons):
    lost = {account.has_call(ended_ago=timedelta(minutes=20 + n // 3)) for n in range(2 * PAGE + 7)}

    await compare()

    assert (len(queue.ids), set(queue.ids)) == (len(lost), lost)
    assert (await comparisons.get()).listed == len(lost)


async def test_a_comparison_that_was_cut_off_goes_on_where_it_was(compare, account, queue, vapi, comparisons):
    lost = [account.has_call(ended_ago=timedelta(minutes=20 + n)) for n in range(2 * PAGE)]
    vapi.pages_left = 1
    with pytest.raises(VapiAway):
        await compare()
    vapi.pages_left = None

    await compare()

    assert set(queue.ids) == set(lost)
    assert len({query["updatedAtGt"] for query in vapi.queries}) == 1
    assert "createdAtLe" in vapi.queries[1]
    assert (await comparisons.get()).began_at is None


async def test_what_changed_before_the_last_comparison_is_asked_for_no_more_than_the_overlap(
    compare, account, vapi, clock
):
    account.has_call()
    await compare()
    began_at = clock()
    clock.move(timedelta(minutes=15))

    await compare()

    asked = datetime.fromisoformat(vapi.queries[-1]["updatedAtGt"])
    assert began_at - timedelta(hours=1, seconds=1) < asked <= began_at - timedelta(hours=1)


async def test_what_was_handed_on_and_does_not_arrive_is_fetched_again_after_an_hour(
    compare, account, queue, clock, vapi
):
    lost = account.has_call()
    await compare()
    clock.move(timedelta(minutes=59))
    await compare()
    assert queue.ids == [lost]

    clock.move(timedelta(hours=24))
    assert await compare() == SOON

    assert queue.ids == [lost, lost]
    first, second = (message["timestamp"] for _, message, _ in queue.handed_on)
    assert first < second, "the same body again would be the same message"


async def test_what_finds_no_room_is_missing_and_fetched_the_next_time(compare, account, queue, days):
    lost = account.has_call()
    queue.has_room = False
    assert await compare() == LATER
    assert figures(await days()) == [(1, 0, 0, 1)]

    queue.has_room = True
    await compare()

    assert queue.ids == [lost]


async def test_a_call_that_vapi_has_no_more_stays_missing_and_is_asked_for_no_more(
    compare, account, queue, clock, vapi, days, listed
):
    account.has_call()
    await compare()
    vapi.simulator.store._items["call"].clear()  # after Vapi's retention
    clock.move(timedelta(hours=2))

    await compare()
    asked = len(vapi.sent)
    await compare()

    assert len(vapi.sent) == asked + 1, "the list alone"
    assert figures(await days()) == [(1, 0, 0, 1)]
    assert (await listed.summary()).count == 0


@pytest.mark.parametrize("who", ["owners", "reports"])
async def test_whoever_is_away_is_waited_for_and_nothing_is_passed_over(compare, account, queue, owners, reports, who):
    lost = account.has_call()
    away = {"owners": owners, "reports": reports}[who]
    away.is_away = True
    with pytest.raises((RegistryAway, BookingAway)):
        await compare()

    away.is_away = False
    await compare()

    assert queue.ids == [lost]


@pytest.mark.parametrize("strange", [{"createdAt": ""}, {"createdAt": "yesterday"}, {"id": 7}])
async def test_a_listed_call_that_cannot_be_read_holds_up_no_other(compare, account, queue, vapi, comparisons, strange):
    lost = account.has_call()
    vapi.simulator.store._items["call"][account.has_call()].update(strange)

    assert await compare() == SOON

    assert queue.ids == [lost]
    assert (await comparisons.get()).ended_at is not None


async def test_a_missing_call_that_can_be_read_no_more_holds_up_no_other(compare, account, queue, vapi, clock):
    first, second = account.has_call(), account.has_call()
    await compare()
    vapi.simulator.store._items["call"][first]["createdAt"] = "yesterday"
    clock.move(timedelta(hours=2))

    await compare()

    assert sorted(queue.ids) == sorted([first, second, second])


async def test_how_many_are_missing_and_since_when_is_told(compare, account, listed, clock, reports, tenant):
    assert (await listed.summary()).count == 0
    first = account.has_call()
    await compare()
    found_at = clock()
    clock.move(timedelta(minutes=20))
    account.has_call(ended_ago=timedelta(minutes=15))
    await compare()
    assert (await listed.summary()).count == 2
    assert (await listed.summary()).since == found_at

    reports.here.add((tenant, first))
    await compare()

    assert ((await listed.summary()).count, (await listed.summary()).since) == (1, clock())


async def test_an_earlier_time_is_compared_again_when_somebody_wants_it(
    compare, account, queue, comparisons, owners, engine, clock, tenant
):
    owners.of_line.clear()
    lost = account.has_call()
    await compare()
    clock.move(timedelta(days=1))
    await compare()
    owners.of_line[LINE] = tenant

    await WantComparison(comparisons, WorkStore(engine))(clock() - timedelta(days=2))
    await compare()

    assert queue.ids == [lost]


async def test_what_is_wanted_while_it_is_compared_is_not_forgotten(comparisons, clock):
    under_way = Comparison(clock()).begun(clock())
    assert await comparisons.keep(under_way)
    since = clock() - timedelta(days=3)

    await comparisons.rewind(since)

    assert not await comparisons.keep(under_way.over(clock()))
    wanted = await comparisons.get()
    assert (wanted.compared_until, wanted.began_at, wanted.version) == (since, None, 1)


async def test_calls_are_forgotten_after_more_than_a_year(compare, listed, tenant, clock, days):
    await listed.note(tenant, [Listed("old", clock() - timedelta(days=401))], {"old"}, clock())

    await compare()

    assert (await listed.summary()).count == 0
