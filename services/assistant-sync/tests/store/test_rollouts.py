"""Roll-outs in a real database: whose turn it is, what became of it, and where to point before one's turn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest

from assistant_sync.domain.addresses import Addresses
from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.errors import InvalidBackendUrl, RolloutNotFound, RolloutOver, RolloutUnderWay
from assistant_sync.domain.reconciling.work import Next, Over, Rest, Work, WorkKind
from assistant_sync.domain.rollouts.change import ChangeRollout, StartRollout
from assistant_sync.domain.rollouts.conduct import ConductRollout
from assistant_sync.domain.rollouts.note import NoteTargets
from assistant_sync.domain.rollouts.rollout import Rollout, State, Target, TargetState
from assistant_sync.store.addresses import AddressStore
from assistant_sync.store.rollouts import RolloutStore
from chassis.database.engine import Database
from chassis.tenant import TenantId

ONE, TWO, OWN = "https://one.example", "https://two.example", "https://own.example/hook"
HOOK = "/api/vapi/webhook"


@dataclass
class World:
    """Agents, tools and numbers as the other rooms keep them, and the roll-outs of them."""

    superuser: asyncpg.Connection
    rollouts: RolloutStore
    addresses: AddressStore
    most_at_once: int = 10

    def __post_init__(self) -> None:
        self.start = StartRollout(self.rollouts, self.addresses)
        self.change = ChangeRollout(self.rollouts)

    async def conduct(self) -> bool:
        """Whether it goes on."""
        after = await ConductRollout(self.rollouts, self.most_at_once)(Work(WorkKind.ROLLOUT))
        return not isinstance(after, Over)

    async def agents(self, number: int, url: str | None = None) -> list[TenantId]:
        """Organizations with an inbound agent, in the order in which they are gone through."""
        tenants = sorted(TenantId(uuid4()) for _ in range(number))
        for tenant in tenants:
            await self.superuser.execute(
                "INSERT INTO agents (org_id, type, name, unsynced, version, vapi_assistant_id, webhook_url)"
                " VALUES ($1, 'inbound', 'Receptionist', '{}', 1, $2, $3)",
                tenant,
                f"asst-{tenant}",
                url,
            )
        return tenants

    async def tool(self, name: str) -> None:
        await self.superuser.execute(
            "INSERT INTO published_tools (name, vapi_tool_id, pending_reason, wanted_at) VALUES ($1, $2, NULL, now())",
            name,
            f"tool-{name}",
        )

    async def number(self, tenant: TenantId) -> None:
        await self.superuser.execute(
            "INSERT INTO vapi_numbers (org_id, number, vapi_phone_number_id) VALUES ($1, '+12125550100', $2)",
            tenant,
            f"num-{tenant}",
        )

    async def pending(self, tenant: TenantId, reason: PendingReason | None) -> None:
        await self.superuser.execute("UPDATE agents SET pending_reason = $2 WHERE org_id = $1", tenant, reason)

    async def done(self, work: Work, as_handled: Callable[[], Awaitable[object]]) -> None:
        """What the reconciler does with a piece of work."""

        async def handler(_work: Work) -> Next:
            await as_handled()
            return Rest()

        await NoteTargets(self.rollouts, handler)(work)

    async def work(self, tenant: TenantId, reason: PendingReason | None = None) -> None:
        """The same with an inbound agent, which is in sync then, or is not for a reason."""
        await self.done(Work(WorkKind.AGENT, tenant, "inbound"), lambda: self.pending(tenant, reason))

    async def webhook(
        self, tenant: TenantId | None, kind: str = "assistant", agent_type: str | None = "inbound"
    ) -> str:
        """Where something is to be pointed, by its own URL or that of its deployment."""
        own = "SELECT webhook_url FROM agents WHERE org_id = $1 AND type = $2"
        found = await self.superuser.fetchval(own, tenant, agent_type) if kind == "assistant" else None
        addresses = "SELECT webhook_url FROM addresses_for($1, $2, $3)"
        return found or await self.superuser.fetchval(addresses, kind, tenant, agent_type)

    async def at(self, tenants: list[TenantId]) -> list[str]:
        return [(await self.webhook(tenant)).removesuffix(HOOK) for tenant in tenants]

    async def due(self) -> set[tuple[str, UUID | None, str]]:
        return {tuple(row) for row in await self.superuser.fetch("SELECT kind, org_id, key FROM work")}

    async def latest(self) -> Rollout:
        found = await self.rollouts.get(None)
        assert found
        return found

    async def state(self) -> State:
        return (await self.latest()).state

    async def targets(self) -> list[Target]:
        return [placed.target for placed in await self.rollouts.targets((await self.latest()).id, -1, 1000)]


@pytest.fixture
async def world(database):
    superuser = await asyncpg.connect(database.superuser_url, server_settings={"search_path": "assistant_sync"})
    tables = "rollouts, rollout_targets, work, addresses, agents, published_tools, vapi_numbers"
    await superuser.execute(f"TRUNCATE {tables}")
    engine = Database(database.app_url, pool_size=2)
    yield World(superuser, RolloutStore(engine), AddressStore(engine, Addresses(ONE, ONE + HOOK)))
    await engine.close()
    await superuser.close()


async def nothing() -> None:
    """They were as they shall be."""


async def test_nothing_moves_before_the_canary_is_seen_to_have_it(world):
    first, *rest = tenants = await world.agents(3)
    await world.start(TWO, 1)
    await world.conduct()

    assert await world.at(tenants) == [TWO, ONE, ONE]
    assert ("agent", first, "inbound") in await world.due()
    assert not {("agent", tenant, "inbound") for tenant in rest} & await world.due()
    assert await world.state() is State.CANARY


async def test_the_rest_follows_once_the_canary_has_it(world):
    first, *rest = tenants = await world.agents(3)
    await world.start(TWO, 1)
    await world.conduct()

    await world.work(first)
    await world.conduct()

    assert await world.at(tenants) == [TWO, TWO, TWO]
    assert {("agent", tenant, "inbound") for tenant in rest} <= await world.due()
    assert await world.state() is State.RUNNING


async def test_it_is_completed_when_every_target_has_it(world):
    tenants = await world.agents(3)
    await world.start(TWO, 1)
    for tenant in tenants:
        await world.conduct()
        await world.work(tenant)

    assert not await world.conduct()
    rollout = await world.latest()
    assert (rollout.state, rollout.waiting, rollout.pointed, rollout.at_previous_url) == (State.COMPLETED, 0, 3, 0)
    assert rollout.ended_at


async def test_as_many_canaries_go_first_as_are_asked_for(world):
    tenants = await world.agents(4)
    await world.start(TWO, 2)
    await world.conduct()
    assert await world.at(tenants) == [TWO, TWO, ONE, ONE]

    await world.work(tenants[0])
    await world.conduct()
    assert await world.state() is State.CANARY


async def test_a_canary_that_fails_halts_it(world):
    first, *rest = await world.agents(3)
    await world.start(TWO, 1)
    await world.conduct()

    await world.work(first, PendingReason.ASSISTANT_MISSING)

    assert not await world.conduct()
    assert await world.state() is State.HALTED
    assert await world.at(rest) == [ONE, ONE]
    (failed, *_) = await world.targets()
    assert (failed.vapi_id, failed.state, failed.reason) == (
        f"asst-{first}", TargetState.FAILED, PendingReason.ASSISTANT_MISSING,
    )  # fmt: skip


async def test_a_halted_one_that_is_resumed_tries_the_canary_again(world):
    first, *_ = tenants = await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.work(first, PendingReason.VAPI_REFUSED)
    await world.conduct()

    await world.change.resume(started.id)
    await world.conduct()
    await world.work(first)
    await world.conduct()

    assert await world.at(tenants) == [TWO, TWO]


async def test_vapi_being_away_is_no_failure_but_a_reason_to_wait(world):
    (only,) = await world.agents(1)
    await world.start(TWO, 1)
    await world.conduct()

    await world.work(only, PendingReason.VAPI_AWAY)
    await world.conduct()

    (target,) = await world.targets()
    assert (target.state, target.reason) == (TargetState.WAITING, PendingReason.VAPI_AWAY)
    assert await world.state() is State.CANARY


async def test_work_that_began_before_the_turn_says_nothing_of_it(world):
    (only,) = await world.agents(1)

    async def meanwhile() -> None:
        await world.start(TWO, 1)
        await world.conduct()

    await world.done(Work(WorkKind.AGENT, only, "inbound"), meanwhile)

    assert (await world.latest()).waiting == 1


async def test_no_more_are_worked_on_at_once_than_may_be(world):
    tenants = await world.agents(6)
    world.most_at_once = 2
    await world.start(TWO, 1)
    await world.conduct()
    await world.work(tenants[0])
    await world.conduct()
    await world.conduct()

    assert await world.at(tenants) == [TWO, TWO, TWO, ONE, ONE, ONE]


async def test_a_paused_one_begins_nothing_and_ends_what_was_begun(world):
    first, *rest = await world.agents(3)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.change.pause(started.id)

    await world.work(first)

    assert not await world.conduct()
    assert await world.at(rest) == [ONE, ONE]
    assert (await world.latest()).pointed == 1


async def test_whoever_is_late_to_begin_something_sees_the_pause(world):
    (only,) = await world.agents(1)
    started = await world.start(TWO, 1)
    await world.change.pause(started.id)

    await world.rollouts.begin(started.id, 10)

    assert await world.at([only]) == [ONE]


@pytest.mark.parametrize("canaries_have_it", [False, True])
async def test_a_resumed_one_goes_on_where_it_was(world, canaries_have_it):
    tenants = await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()
    if canaries_have_it:
        await world.work(tenants[0])
        await world.conduct()
    before = await world.state()
    await world.change.pause(started.id)

    await world.change.resume(started.id)

    assert await world.state() is before


async def test_an_agents_own_url_gives_way_when_its_turn_comes_and_comes_back(world):
    (first,) = await world.agents(1)
    (own,) = await world.agents(1, OWN)
    await world.superuser.execute("UPDATE agents SET pending_reason = 'unfinished' WHERE org_id = $1", own)
    started = await world.start(TWO, 1)
    await world.conduct()
    assert await world.webhook(own) == OWN
    await world.work(first)
    await world.conduct()
    assert await world.webhook(own) == TWO + HOOK
    await world.work(own)
    await world.conduct()

    await world.change.roll_back(started.id)
    await world.conduct()

    assert [await world.webhook(first), await world.webhook(own)] == [ONE + HOOK, OWN]
    for tenant in (first, own):
        await world.work(tenant)
    assert not await world.conduct()
    assert [target.state for target in await world.targets()] == [TargetState.RESTORED] * 2
    assert await world.state() is State.ROLLED_BACK


async def test_what_was_never_begun_is_not_worked_on_when_it_is_taken_back(world):
    first, *rest = tenants = await world.agents(3)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.superuser.execute("DELETE FROM work")

    await world.change.roll_back(started.id)
    await world.conduct()

    assert await world.at(tenants) == [ONE] * 3
    assert {tenant for kind, tenant, _ in await world.due() if kind == "agent"} == {first}
    assert (await world.latest()).at_previous_url == len(rest)


async def test_a_target_that_failed_is_put_back_too(world):
    (only,) = await world.agents(1, OWN)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.work(only, PendingReason.NOT_TAKEN_OVER)
    await world.conduct()
    await world.change.resume(started.id)
    await world.conduct()

    await world.change.roll_back(started.id)
    await world.conduct()

    assert await world.webhook(only) == OWN
    assert ("agent", only, "inbound") in await world.due()


async def test_a_paused_way_back_stays_a_way_back(world):
    tenants = await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.work(tenants[0])
    await world.conduct()
    await world.change.roll_back(started.id)
    await world.conduct()
    await world.work(tenants[0])
    await world.change.pause(started.id)

    await world.change.roll_back(started.id)

    states = sorted(target.state for target in await world.targets())
    assert (await world.state(), states) == (State.ROLLING_BACK, [TargetState.RESTORED, TargetState.WAITING])


async def test_tools_and_numbers_wait_for_the_canary_and_then_go_with_the_rest(world):
    first, second = await world.agents(2)
    await world.tool("bookClinicAppointment")
    await world.number(second)
    await world.start(TWO, 1)
    await world.conduct()
    assert await world.webhook(None, "tool", None) == ONE + HOOK
    assert await world.webhook(second, "phone_number", None) == ONE + HOOK

    await world.work(first)
    await world.conduct()

    assert await world.webhook(None, "tool", None) == TWO + HOOK
    assert await world.webhook(second, "phone_number", None) == TWO + HOOK
    assert {("tools", None, ""), ("numbers", second, "")} <= await world.due()
    await world.done(Work(WorkKind.TOOLS), nothing)
    await world.done(Work(WorkKind.NUMBERS, second), nothing)
    await world.work(second)
    assert not await world.conduct()
    assert {target.url_after for target in await world.targets()} == {
        TWO + HOOK, f"{TWO}/api/vapi/tools/bookClinicAppointment",
    }  # fmt: skip


async def test_an_assistant_that_comes_into_being_meanwhile_is_a_target_too(world):
    (first,) = await world.agents(1)
    await world.start(TWO, 1)
    await world.conduct()
    (late,) = await world.agents(1)
    assert await world.at([late]) == [ONE]
    await world.work(first)
    await world.conduct()

    assert await world.at([late]) == [TWO]
    assert await world.state() is State.RUNNING
    await world.work(late)
    assert not await world.conduct()


async def test_it_does_not_end_before_what_came_into_being_was_looked_at(world):
    first, second = await world.agents(2)
    await world.start(TWO, 1)
    await world.conduct()
    await world.work(first)
    await world.conduct()
    (late,) = await world.agents(1)

    await world.work(second)
    assert await world.conduct()

    assert await world.state() is State.RUNNING
    await world.work(late)
    assert not await world.conduct()
    assert (await world.latest()).pointed == 3


async def test_an_object_that_is_no_longer_ours_is_no_target(world):
    first, second = await world.agents(2)
    await world.number(second)
    await world.start(TWO, 1)
    await world.conduct()
    await world.work(first)
    await world.conduct()
    await world.work(second)
    await world.done(Work(WorkKind.NUMBERS, second), lambda: world.superuser.execute("DELETE FROM vapi_numbers"))

    assert not await world.conduct()
    assert (await world.latest()).pointed == 2


async def test_a_roll_out_of_nothing_is_completed_at_once_and_moves_the_deployment(world):
    await world.start(TWO, 1)

    assert not await world.conduct()
    assert await world.state() is State.COMPLETED
    assert await world.webhook(TenantId(uuid4())) == TWO + HOOK


async def test_one_is_under_way_at_a_time(world):
    await world.agents(1)
    await world.start(TWO, 1)

    with pytest.raises(RolloutUnderWay):
        await world.start(ONE, 1)


async def test_who_runs_the_platform_overrules_it(world):
    tenants = await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()

    await world.superuser.execute("SELECT configure_addresses($1, $2)", "https://three.example", OWN)

    assert {await world.webhook(tenant) for tenant in tenants} == {OWN}
    assert not await world.conduct()
    assert await world.state() is State.COMPLETED
    with pytest.raises(RolloutOver):
        await world.change.roll_back(started.id)


async def test_the_previous_url_is_known_as_ours_from_then_on(world):
    await world.start(TWO, 1)
    await world.conduct()

    assert await world.superuser.fetchval("SELECT former_backend_urls FROM addresses") == [ONE]


async def test_an_earlier_one_cannot_be_taken_back(world):
    earlier = await world.start(TWO, 1)
    await world.conduct()
    await world.start(ONE, 1)
    await world.conduct()

    with pytest.raises(RolloutOver):
        await world.change.roll_back(earlier.id)


@pytest.mark.parametrize("step", ["pause", "resume"])
async def test_one_that_has_ended_is_neither_paused_nor_resumed(world, step):
    over = await world.start(TWO, 1)
    await world.conduct()

    with pytest.raises(RolloutOver):
        await getattr(world.change, step)(over.id)


async def test_one_that_has_ended_with_failures_can_be_resumed(world):
    first, second = await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()
    await world.work(first)
    await world.conduct()
    await world.work(second, PendingReason.NOT_TAKEN_OVER)
    await world.conduct()
    assert await world.state() is State.COMPLETED

    await world.change.resume(started.id)
    await world.conduct()

    assert (await world.latest()).waiting == 1
    assert ("agent", second, "inbound") in await world.due()


@pytest.mark.parametrize("step", ["pause", "resume", "roll_back"])
async def test_a_step_that_is_repeated_is_taken_once(world, step):
    await world.agents(2)
    started = await world.start(TWO, 1)
    await world.conduct()

    first = await getattr(world.change, step)(started.id)

    assert await getattr(world.change, step)(started.id) == first


@pytest.mark.parametrize("step", ["pause", "resume", "roll_back"])
async def test_one_that_never_was_is_not_found(world, step):
    with pytest.raises(RolloutNotFound):
        await getattr(world.change, step)(uuid4())


@pytest.mark.parametrize(
    "url", ["http://two.example", "two.example", "", "ftp://two.example", "https://", "https://a b"]
)
async def test_a_url_in_the_clear_is_refused(world, url):
    with pytest.raises(InvalidBackendUrl):
        await world.start(url, 1)
    assert await world.rollouts.get(None) is None


async def test_targets_are_listed_in_pages_those_in_trouble_first(world):
    first, second, third = await world.agents(3)
    await world.start(TWO, 1)
    await world.conduct()
    await world.work(first)
    await world.conduct()
    await world.work(second, PendingReason.VAPI_AWAY)
    await world.work(third, PendingReason.VAPI_REFUSED)
    rollout_id = (await world.latest()).id

    one, two = await world.rollouts.targets(rollout_id, -1, 2)
    (three,) = await world.rollouts.targets(rollout_id, two.place, 2)

    assert [placed.target.tenant for placed in (one, two, three)] == [third, second, first]
