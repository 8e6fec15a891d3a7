"""Routes are remembered for as long as they are true, and no longer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId
from tenancy_client import Changes, Evidence, Finding, Outcome, Routes, Source, TenancyClient, Whose

CLINIC = TenantId(UUID("6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"))
OTHER_CLINIC = TenantId(UUID("a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"))
LINE, OTHER_LINE = "+12065550142", "+12065550143"
ON_LINE = Evidence(called_number=LINE)
MOVED_AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class ScriptedTenancy(TenancyClient):
    """Knows numbers; can be away, and can be held before it answers."""

    def __init__(self) -> None:
        self.numbers: dict[str, Whose] = {}
        self.asked: list[Evidence] = []
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def whose(self, evidence: Evidence, *, timeout: float | None = None) -> Whose:
        self.asked.append(evidence)
        if self.is_away:
            raise RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
        answer = self.numbers.get(evidence.called_number, Whose(Outcome.UNKNOWN))
        await self.may_answer.wait()
        return answer


def belongs(number: str, organization: TenantId, outcome: Outcome = Outcome.RESOLVED, **more) -> Whose:
    finding = Finding(Source.CALLED_NUMBER, number, organization)
    return Whose(outcome, organization, (Source.CALLED_NUMBER,), findings=(finding,), reason="the number", **more)


@pytest.fixture
async def tenancy():
    return ScriptedTenancy()


@pytest.fixture
def routes(tenancy, changes):
    return Routes(tenancy, changes)


async def learn(routes, evidence=ON_LINE, **how):
    """Ask as for a verified message."""
    answer = await routes.whose(evidence, **how)
    routes.keep(answer)
    return answer


@pytest.fixture(autouse=True)
def numbers(tenancy):
    tenancy.numbers = {LINE: belongs(LINE, CLINIC), OTHER_LINE: belongs(OTHER_LINE, OTHER_CLINIC)}
    return tenancy.numbers


async def test_a_kept_route_is_not_asked_for_again(routes, tenancy):
    await learn(routes)
    answer = await routes.whose(ON_LINE)
    assert (answer.whose.organization, answer.was_remembered, len(tenancy.asked)) == (CLINIC, True, 1)


async def test_what_was_not_said_to_be_kept_is_not(routes, tenancy):
    """A message that is not verified leaves nothing."""
    await routes.whose(ON_LINE)
    await routes.whose(ON_LINE)
    assert (len(tenancy.asked), len(routes)) == (2, 0)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CONTRADICTION])
async def test_what_names_no_organization_is_never_kept(routes, numbers, outcome):
    numbers[LINE] = Whose(outcome)
    await learn(routes)
    assert len(routes) == 0


async def test_a_suspended_organizations_route_is_kept(routes, numbers):
    numbers[LINE] = belongs(LINE, CLINIC, Outcome.SUSPENDED)
    await learn(routes)
    assert (await routes.whose(ON_LINE)).whose.outcome is Outcome.SUSPENDED
    assert len(routes) == 1


async def test_a_change_of_the_number_is_asked_about(routes, changes, numbers):
    await learn(routes)
    numbers[LINE] = belongs(LINE, OTHER_CLINIC)
    changes.note(6, [LINE])
    assert (await routes.whose(ON_LINE)).whose.organization == OTHER_CLINIC


async def test_a_change_of_the_organization_is_asked_about(routes, changes, numbers):
    await learn(routes)
    numbers[LINE] = belongs(LINE, CLINIC, Outcome.SUSPENDED)
    changes.note(6, [str(CLINIC)])
    assert (await routes.whose(ON_LINE)).whose.outcome is Outcome.SUSPENDED


async def test_a_change_of_evidence_that_names_nobody_yet_is_asked_about(routes, changes, numbers):
    nobodys = Finding(Source.ASSISTANT_ID, "an assistant", None)
    known = belongs(LINE, CLINIC)
    numbers[LINE] = Whose(known.outcome, CLINIC, known.decided_by, findings=(*known.findings, nobodys))
    evidence = Evidence(called_number=LINE, assistant_ids=("an assistant",))
    await learn(routes, evidence)
    changes.note(6, ["an assistant"])
    assert not (await routes.whose(evidence)).was_remembered


async def test_a_change_is_named_in_tenancys_spelling_not_in_the_messages(routes, changes, numbers):
    as_written = Evidence(called_number="+1 (206) 555-0142")
    numbers[as_written.called_number] = belongs(LINE, CLINIC)
    await learn(routes, as_written)
    changes.note(6, [LINE])
    assert not (await routes.whose(as_written)).was_remembered


async def test_a_change_leaves_what_it_does_not_name(routes, changes):
    await learn(routes)
    await learn(routes, Evidence(called_number=OTHER_LINE))
    changes.note(6, [LINE])
    assert (await routes.whose(Evidence(called_number=OTHER_LINE))).was_remembered


async def test_a_route_that_was_asked_for_after_the_change_is_kept(routes, changes):
    changes.note(6, [LINE])
    await learn(routes)
    assert (await routes.whose(ON_LINE)).was_remembered


async def test_an_answer_that_was_asked_for_before_its_change_came_is_used_and_not_kept(routes, changes, tenancy):
    tenancy.may_answer.clear()
    asking = asyncio.create_task(learn(routes))
    while not tenancy.asked:
        await asyncio.sleep(0)
    changes.note(6, [LINE])
    tenancy.may_answer.set()
    assert (await asking).whose.organization == CLINIC
    assert len(routes) == 0


async def test_an_answer_that_was_asked_for_before_everything_was_forgotten_is_not_kept(routes, changes, tenancy):
    tenancy.may_answer.clear()
    asking = asyncio.create_task(learn(routes))
    while not tenancy.asked:
        await asyncio.sleep(0)
    changes.forget(6)
    tenancy.may_answer.set()
    await asking
    assert len(routes) == 0


async def test_a_change_that_was_missed_forgets_everything(routes, changes):
    await learn(routes)
    changes.note(7, ["something else"])
    assert len(routes) == 0


async def test_a_heartbeat_that_counts_more_than_was_told_forgets_everything(routes, changes):
    await learn(routes)
    changes.nothing_else(6)
    assert len(routes) == 0


async def test_more_changes_than_are_noted_forget_everything(tenancy, clock):
    changes = Changes(monotonic=clock, most_noted=3)
    changes.forget(0)
    routes = Routes(tenancy, changes)
    await learn(routes)
    for version, name in enumerate("abcd", start=1):
        changes.note(version, [name])
    assert len(routes) == 0
    await learn(routes)
    assert (await routes.whose(ON_LINE)).was_remembered


async def test_while_heartbeats_come_a_route_lives_on(routes, changes, clock):
    await learn(routes)
    for _ in range(10):
        clock.now += 2.9
        changes.nothing_else(5)
    assert (await routes.whose(ON_LINE)).was_remembered


async def test_without_heartbeats_a_route_lives_three_seconds(routes, clock):
    await learn(routes)
    clock.now += 2.99
    assert (await routes.whose(ON_LINE)).was_remembered
    clock.now += 0.01
    assert not (await routes.whose(ON_LINE)).was_remembered


async def test_changes_that_are_caught_up_with_do_not_prolong_a_routes_life(routes, changes, clock):
    await learn(routes)
    clock.now += 3
    changes.note(6, ["something else"])
    assert not (await routes.whose(ON_LINE)).was_remembered


async def test_for_a_call_that_began_before_the_answer_held_tenancy_is_asked(routes, numbers, tenancy):
    numbers[LINE] = belongs(LINE, CLINIC, holds_from=MOVED_AT)
    await learn(routes)
    before = Evidence(called_number=LINE, at=MOVED_AT - timedelta(microseconds=1))
    assert not (await routes.whose(before)).was_remembered
    assert (await routes.whose(Evidence(called_number=LINE, at=MOVED_AT))).was_remembered


async def test_the_answer_for_an_earlier_call_is_not_kept_for_later_ones(routes, numbers):
    numbers[LINE] = belongs(LINE, CLINIC, holds_from=MOVED_AT)
    await learn(routes, Evidence(called_number=LINE, at=MOVED_AT - timedelta(days=1)))
    assert len(routes) == 0


async def test_what_is_asked_anew_is_asked_whatever_is_remembered(routes, tenancy):
    await learn(routes)
    assert not (await routes.whose(ON_LINE, anew=True)).was_remembered
    assert len(tenancy.asked) == 2


async def test_while_tenancy_is_away_nobody_gets_an_expired_route_unasked(routes, tenancy, clock):
    await learn(routes)
    clock.now += 4
    tenancy.is_away = True
    with pytest.raises(RemoteError):
        await routes.whose(ON_LINE)


async def test_who_says_so_gets_the_last_known_good_route_while_tenancy_is_away(routes, tenancy, clock):
    await learn(routes)
    clock.now += 599
    tenancy.is_away = True
    answer = await routes.whose(ON_LINE, last_known_good=True)
    assert (answer.whose.organization, answer.was_remembered) == (CLINIC, True)


async def test_the_last_known_good_route_is_ten_minutes_old_at_most(routes, tenancy, clock):
    await learn(routes)
    clock.now += 600
    tenancy.is_away = True
    with pytest.raises(RemoteError):
        await routes.whose(ON_LINE, last_known_good=True)


async def test_while_tenancy_answers_it_is_asked_rather_than_the_last_known_good(routes, tenancy, clock):
    await learn(routes)
    clock.now += 4
    assert not (await routes.whose(ON_LINE, last_known_good=True)).was_remembered


async def test_what_is_known_to_have_changed_is_no_last_known_good(routes, changes, tenancy):
    await learn(routes)
    changes.note(6, [LINE])
    tenancy.is_away = True
    with pytest.raises(RemoteError):
        await routes.whose(ON_LINE, last_known_good=True)


async def test_the_route_that_was_longest_not_asked_for_makes_room(tenancy, changes, numbers):
    routes = Routes(tenancy, changes, most=2)
    lines = ["+12065550101", "+12065550102", "+12065550103"]
    numbers |= {line: belongs(line, CLINIC) for line in lines}
    for line in (lines[0], lines[1], lines[0], lines[2]):
        await learn(routes, Evidence(called_number=line))
    remembered = [(await routes.whose(Evidence(called_number=line))).was_remembered for line in lines]
    assert remembered == [True, False, True]


@pytest.mark.parametrize("called_number", ["+1" + "0" * 250, "+1 206 555 0142 \N{TELEPHONE RECEIVER}"])
async def test_evidence_that_is_too_large_to_hold_is_answered_and_not_kept(routes, numbers, called_number):
    numbers[called_number] = belongs(LINE, CLINIC)
    answer = await learn(routes, Evidence(called_number=called_number))
    assert (answer.whose.organization, len(routes)) == (CLINIC, 0)


async def test_a_flood_of_unknown_numbers_leaves_nothing_and_drives_nothing_out(routes, tenancy):
    await learn(routes)
    for number in range(100_000):
        await learn(routes, Evidence(called_number=f"+1{number:010}"))
        tenancy.asked.clear()
    assert len(routes) == 1
    assert (await routes.whose(ON_LINE)).was_remembered


async def test_what_is_remembered_says_what_decided(routes):
    await learn(routes)
    whose = (await routes.whose(ON_LINE)).whose
    assert (whose.outcome, whose.decided_by) == (Outcome.RESOLVED, (Source.CALLED_NUMBER,))


@pytest.mark.parametrize(("began_ago", "is_remembered"), [(0.2, False), (1.4, False), (1.6, True), (60.0, True)])
async def test_a_call_that_began_after_the_route_was_last_known_to_be_true_is_asked_about(
    tenancy, changes, clock, began_ago, is_remembered
):
    """Its number may have been moved just before it began, and the change be on its way."""
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    routes = Routes(tenancy, changes, clock=lambda: now)
    await learn(routes)
    clock.now += 0.5
    began_at = now - timedelta(seconds=began_ago)
    assert (await routes.whose(replace(ON_LINE, at=began_at))).was_remembered is is_remembered
