"""Roll-outs against the simulator: everything posts elsewhere, each thing is written once, and all of it comes back."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from assistant_sync.app import DOMAIN, add_services
from assistant_sync.domain.reconciling.work import Work, WorkKind
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId
from chassis.testing.servers import served
from switchboard.assistants.v1 import rollout_service_pb2 as pb
from switchboard.assistants.v1.agent_service_pb2 import Agent
from switchboard.assistants.v1.rollout_service_pb2_grpc import RolloutServiceStub

ONE, TWO = "https://switchboard.example", "https://two.example"
HOOK = "/api/vapi/webhook"


@dataclass
class Platform:
    """The service as an administrator sees it, and the account behind it."""

    client: Any
    stub: RolloutServiceStub
    vapi: Any

    async def agents(self, number: int) -> list[str]:
        """Organizations with an inbound assistant each: its ids."""
        return [await self.agent() for _ in range(number)]

    async def agent(self) -> str:
        self.client.tenant = TenantId(uuid4())
        return str((await self.client.save(name="Receptionist", prompt="Be brief.")).vapi_assistant_id)

    async def start(self, url: str = TWO, canaries: int = 1) -> pb.Rollout:
        request = pb.StartRolloutRequest(backend_url=url, canaries=canaries)
        return (await self.stub.StartRollout(request, timeout=10)).rollout

    async def roll_back(self) -> None:
        latest = await self.latest()
        await self.stub.RollBackRollout(pb.RollBackRolloutRequest(rollout_id=latest.id), timeout=10)

    async def latest(self) -> pb.Rollout:
        return (await self.stub.GetRollout(pb.GetRolloutRequest(), timeout=10)).rollout

    async def plan(self, url: str = TWO) -> list[pb.RolloutTarget]:
        request = pb.PlanRolloutRequest(backend_url=url)
        return list((await self.stub.PlanRollout(request, timeout=10)).targets)

    async def targets(self) -> list[pb.RolloutTarget]:
        request = pb.ListRolloutTargetsRequest(rollout_id=(await self.latest()).id)
        return list((await self.stub.ListRolloutTargets(request, timeout=10)).targets)

    async def work(self) -> None:
        """What the reconciler does by itself with what is due."""
        await self.client.use_cases.reconciler.until_idle()

    def urls(self) -> Counter[str]:
        return Counter(assistant["server"]["url"] for assistant in self.vapi.assistants())

    def patches(self) -> Counter[str]:
        """How often each object was written since the account was last asked for this."""
        written = Counter(path for method, path, _ in self.vapi.sent if method == "PATCH")
        self.vapi.sent.clear()
        return written


@pytest.fixture
async def platform(database, service, vapi) -> AsyncIterator[Platform]:
    superuser = await asyncpg.connect(database.superuser_url, server_settings={"search_path": "assistant_sync"})
    await superuser.execute("TRUNCATE rollouts, rollout_targets, published_tools, former_tools, vapi_numbers")
    await superuser.close()
    async with served(partial(add_services, use_cases=service.use_cases), domain=DOMAIN) as client:
        yield Platform(service, client.stub(RolloutServiceStub), vapi)


async def test_everything_posts_elsewhere_and_each_assistant_is_written_once(platform):
    await platform.agents(5)
    platform.patches()
    started = await platform.start()
    assert (started.state, started.waiting, started.previous_backend_url) == (pb.Rollout.CANARY, 5, ONE)

    await platform.work()

    rollout = await platform.latest()
    assert (rollout.state, rollout.pointed, rollout.at_previous_url) == (pb.Rollout.COMPLETED, 5, 0)
    assert platform.urls() == {TWO + HOOK: 5}
    assert set(platform.patches().values()) == {1}
    assert platform.vapi.complaints == []


async def test_a_second_one_to_the_same_url_writes_nothing(platform):
    await platform.agents(3)
    await platform.start()
    await platform.work()
    platform.patches()

    await platform.start()
    await platform.work()

    assert platform.patches() == {}
    assert (await platform.latest()).pointed == 3


async def test_nothing_is_written_twice_when_everything_is_looked_at_again(platform):
    await platform.agents(3)
    await platform.start()
    await platform.work()
    platform.patches()

    await platform.client.catch_up()

    assert platform.patches() == {}


async def test_an_assistant_that_is_saved_afterwards_posts_there_from_the_start(platform):
    await platform.start()
    await platform.work()

    await platform.agent()

    assert platform.urls() == {TWO + HOOK: 1}


async def test_it_comes_back_with_one_write_for_each_and_own_urls_too(platform):
    ids = await platform.agents(3)
    await platform.client.point(ids[2], "https://own.example/hook")
    await platform.start()
    await platform.work()
    assert platform.urls() == {TWO + HOOK: 3}
    platform.patches()

    await platform.roll_back()
    await platform.work()

    assert (await platform.latest()).state == pb.Rollout.ROLLED_BACK
    assert platform.urls() == {ONE + HOOK: 2, "https://own.example/hook": 1}
    assert set(platform.patches().values()) == {1}


async def test_tools_are_pointed_there_too_after_the_canary(platform):
    await platform.agents(2)
    await platform.client.use_cases.publish_tools()
    await platform.client.catch_up()
    tools = platform.vapi.simulator.store.list("tool", lambda _: True, 1000)
    platform.patches()

    await platform.start()
    await platform.work()

    moved = platform.vapi.simulator.store.list("tool", lambda _: True, 1000)
    assert [tool["id"] for tool in moved] == [tool["id"] for tool in tools]
    assert {tool["server"]["url"] for tool in moved} == {
        f"{TWO}/api/vapi/tools/{tool['function']['name']}" for tool in moved
    }
    assert set(platform.patches().values()) == {1}
    assert (await platform.latest()).pointed == 2 + len(tools)


async def test_a_canary_that_is_gone_halts_it_and_the_rest_is_untouched(platform):
    ids = await platform.agents(3)
    (first, *_) = [target.vapi_id for target in await _planned(platform)]
    platform.vapi.simulator.store.delete("assistant", first)
    platform.patches()

    await platform.start()
    await platform.work()

    rollout = await platform.latest()
    assert (rollout.state, rollout.failed, rollout.waiting) == (pb.Rollout.HALTED, 1, len(ids) - 1)
    (failed, *_) = await platform.targets()
    assert (failed.vapi_id, failed.reason) == (first, Agent.ASSISTANT_MISSING)
    assert platform.urls() == {ONE + HOOK: 2}
    assert platform.patches() == {}


async def _planned(platform: Platform) -> list[pb.RolloutTarget]:
    """In the order in which they have their turns."""
    await platform.start("https://nowhere.example")
    targets = await platform.targets()
    await platform.roll_back()
    await platform.work()
    return targets


async def test_a_save_in_the_middle_moves_nothing_before_its_turn(platform):
    await platform.agents(2)
    platform.vapi.fail("PATCH", "/assistant/{id}", 500, times=3)
    await platform.start()
    for _ in range(2):
        await platform.client.use_cases.reconciler.until_idle()
    assert (await platform.latest()).state == pb.Rollout.CANARY

    for target in await platform.targets():
        platform.client.tenant = TenantId(target.organization_id)
        await platform.client.save(first_message="Good day.")

    assert platform.urls() == {ONE + HOOK: 1, TWO + HOOK: 1}


async def test_a_dry_run_tells_what_is_in_vapi_and_writes_nothing(platform):
    ids = await platform.agents(3)
    platform.vapi.edit(ids[0], server={"url": TWO + HOOK})
    platform.vapi.edit(ids[1], server={"url": "http://localhost:9"})
    platform.vapi.simulator.store.delete("assistant", ids[2])
    platform.vapi.sent.clear()

    planned = {target.vapi_id: target for target in await platform.plan()}

    assert planned[ids[0]].state == pb.RolloutTarget.POINTED
    assert (planned[ids[1]].url_before, planned[ids[1]].url_after) == ("http://localhost:9", TWO + HOOK)
    assert planned[ids[2]].reason == Agent.ASSISTANT_MISSING
    assert {method for method, _, _ in platform.vapi.sent} == {"GET"}
    with pytest.raises(RemoteError):
        await platform.latest()


async def test_a_dry_run_names_first_what_would_change(platform):
    ids = await platform.agents(3)
    for there in ids[:2]:
        platform.vapi.edit(there, server={"url": TWO + HOOK})

    (first, *_) = await platform.plan()
    assert first.vapi_id == ids[2]


@pytest.mark.parametrize(("status", "reason"), [(401, "VAPI_UNAUTHORISED"), (500, "VAPI_AWAY")])
async def test_a_dry_run_without_vapi_says_so(platform, status, reason):
    await platform.agent()
    platform.vapi.fail("GET", "/assistant", status, times=50)

    with pytest.raises(RemoteError) as error:
        await platform.plan()

    assert (error.value.kind, error.value.reason) == (Kind.UNAVAILABLE, reason)


async def test_another_process_ends_what_one_began(platform, instance):
    await platform.agents(4)
    await platform.start()
    begun = await platform.client.use_cases.reconciler.queue.claim([WorkKind.ROLLOUT])
    assert begun
    await platform.client.use_cases.reconciler.handlers[WorkKind.ROLLOUT](Work(WorkKind.ROLLOUT))

    async with instance() as other:
        await other.use_cases.reconciler.queue.finish(begun, None, 0)
        await other.use_cases.reconciler.queue.want(Work(WorkKind.ROLLOUT))
        await other.use_cases.reconciler.until_idle()

    assert platform.urls() == {TWO + HOOK: 4}
    assert (await platform.latest()).state == pb.Rollout.COMPLETED


async def test_under_errors_everything_gets_there_with_few_writes(platform, monkeypatch):
    """Every tenth request is lost, or its answer, as on a bad day at Vapi."""
    number, chance, patches = 40, Random(5), Counter()
    await platform.agents(number)
    to_vapi = platform.vapi.handle_async_request

    async def unreliable(request: httpx.Request) -> httpx.Response:
        patches[request.url.path] += request.method == "PATCH"
        if (fate := chance.random()) < 0.05:
            return httpx.Response(chance.choice([429, 500, 503]), json={})
        answer = await to_vapi(request)
        return httpx.Response(504, json={}) if fate > 0.95 else answer

    monkeypatch.setattr(platform.vapi, "handle_async_request", unreliable)
    await platform.start()
    while (await platform.latest()).state != pb.Rollout.COMPLETED:
        await platform.client.catch_up()

    assert platform.urls() == {TWO + HOOK: number}
    assert sum(patches.values()) <= 1.2 * number


@pytest.mark.parametrize("step", ["pause", "resume", "roll_back"])
@pytest.mark.parametrize("wrong", ["", "7", "00000000-0000-4000-8000-000000000000"])
async def test_a_step_with_nothing_is_not_found(platform, step, wrong):
    steps = {
        "pause": (platform.stub.PauseRollout, pb.PauseRolloutRequest),
        "resume": (platform.stub.ResumeRollout, pb.ResumeRolloutRequest),
        "roll_back": (platform.stub.RollBackRollout, pb.RollBackRolloutRequest),
    }
    call, request = steps[step]
    with pytest.raises(RemoteError) as error:
        await call(request(rollout_id=wrong), timeout=10)
    assert error.value.reason == "ROLLOUT_NOT_FOUND"


@pytest.mark.parametrize("token", ["x", "-1", "9" * 19, "\N{SUPERSCRIPT TWO}"])
async def test_a_page_that_cannot_be_is_refused(platform, token):
    rollout = await platform.start()
    request = pb.ListRolloutTargetsRequest(rollout_id=rollout.id, page_token=token)
    with pytest.raises(RemoteError) as error:
        await platform.stub.ListRolloutTargets(request, timeout=10)
    assert error.value.reason == "MALFORMED_PAGE_TOKEN"


async def test_targets_are_listed_in_pages(platform):
    await platform.agents(3)
    rollout = await platform.start()

    request = pb.ListRolloutTargetsRequest(rollout_id=rollout.id, page_size=2)
    first = await platform.stub.ListRolloutTargets(request, timeout=10)
    request.page_token = first.next_page_token
    rest = await platform.stub.ListRolloutTargets(request, timeout=10)

    assert (len(first.targets), len(rest.targets), rest.next_page_token) == (2, 1, "")
