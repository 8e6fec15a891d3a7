"""All assistants are pointed elsewhere by two processes, while some of the requests fail; how often, and how fast."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from chassis.testing.databases import ServiceDatabase
from switchboard.assistants.v1 import rollout_service_pb2 as pb
from tests.hammer.assistants.clinics import Belongings, Figures, of, others, twins
from tests.hammer.assistants.processes import URL, Platform, Process, platform
from tests.hammer.assistants.vapi import Fault, Json, Sent, most_in_a_second, nothing_fails, patches_of_each

MOVED = "http://127.0.0.1:9000"

_CANARIES = 3
_SPEED = 500.0
_PAUSE_SECONDS = 0.1
_MIDDLE = (0.2, 0.9)
"""Of the requests: before, there is little to do until the first have it; after, only what failed is tried again."""

_COPY_AGENT = """
INSERT INTO assistant_sync.agents
SELECT (jsonb_populate_record(a, jsonb_build_object('org_id', $1::text, 'vapi_assistant_id', $2::text))).*
FROM assistant_sync.agents a WHERE a.org_id = $3
"""
_WORK = """
INSERT INTO assistant_sync.work (kind, org_id, key, due_at)
SELECT 'agent', org_id, type, clock_timestamp() + interval '1 hour' FROM assistant_sync.agents ON CONFLICT DO NOTHING
"""

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RolledOut:
    figures: Figures
    agents: int
    requests: int
    seconds: float
    patches_each: float
    """Of an assistant, on the average."""
    most_patches: int
    rate: float
    """Requests a second that are allowed."""
    most_in_a_second: int
    used: float
    """The part of the rate that was used while there was work."""


def unwatched(_: int) -> None:
    """Nobody watches."""


async def rolled_out(
    database: ServiceDatabase,
    agents: int,
    *,
    rate: float,
    plan: Callable[[int], Fault | None],
    on_progress: OnProgress = unwatched,
) -> RolledOut:
    """`plan` says what becomes of each request, from the beginning of the roll-out to its end."""
    async with platform(database) as everything:
        belongings = Belongings(everything.vapi)
        others(belongings, name="Reception", tool="bookClinicAppointment", number="+12125550199")
        await _populate(everything, belongings, agents)
        processes = [await everything.start(requests_per_second=rate) for _ in range(2)]
        await everything.until_settled()
        everything.vapi.sent.clear()
        everything.vapi.plan = plan
        state = await _roll_out(processes[0], on_progress)
        sent = list(everything.vapi.sent)
        everything.vapi.plan = nothing_fails
        await everything.until_settled()
        late = await everything.writes_of_another_look()
        figures = Figures(
            otherwise=tuple(_otherwise(everything.vapi.all("assistant"), belongings, state)),
            duplicates=twins(everything.vapi, everything.tenancy.organizations, [URL, MOVED]),
            lost=tuple(belongings.lost()),
            late_writes=late,
            complaints=tuple(everything.vapi.complaints),
        )
    patches = patches_of_each([one for one in sent if one.path.startswith("/assistant/")])
    return RolledOut(
        figures,
        agents,
        len(sent),
        sent[-1].at - sent[0].at,
        patches.total() / agents,
        max(patches.values()),
        rate,
        most_in_a_second(sent),
        _used(sent, rate),
    )


async def _populate(everything: Platform, belongings: Belongings, agents: int) -> None:
    """One is saved, the others are its copies."""
    process = await everything.start(requests_per_second=_SPEED)
    await everything.until_settled()
    first = everything.tenancy.knows(uuid4())
    await process.save(first, name="Reception", prompt="Be kind")
    await everything.until_settled()
    (template,) = of(everything.vapi, first)
    belongings.edit(template["id"])
    for _ in range(agents - 1):
        clinic = everything.tenancy.knows(uuid4())
        copy = everything.vapi.one("assistant", template["id"])
        copy["metadata"]["org_id"] = str(clinic)
        del copy["id"], copy["createdAt"], copy["updatedAt"]
        assistant_id = everything.vapi.put("assistant", copy)
        belongings.edited[assistant_id] = belongings.edited[template["id"]]
        await everything.connection.execute(_COPY_AGENT, str(clinic), assistant_id, first)
    await everything.connection.execute(_WORK)
    await process.kill()
    everything.processes.remove(process)


async def _roll_out(process: Process, on_progress: OnProgress) -> str:
    request = pb.StartRolloutRequest(backend_url=MOVED, canaries=_CANARIES)
    rollout = (await process.rollouts.StartRollout(request, timeout=10)).rollout
    under_way = (pb.Rollout.CANARY, pb.Rollout.RUNNING)
    while rollout.state in under_way:
        await asyncio.sleep(_PAUSE_SECONDS)
        rollout = (await process.rollouts.GetRollout(pb.GetRolloutRequest(), timeout=10)).rollout
        on_progress(rollout.pointed)
    return pb.Rollout.State.Name(rollout.state)


def _otherwise(assistants: list[Json], belongings: Belongings, state: str) -> Iterator[str]:
    if state != "COMPLETED":
        yield state
    ours = [one for one in assistants if ("assistant", one["id"]) not in belongings.others]
    if left := sum(one["server"]["url"] != f"{MOVED}/api/vapi/webhook" for one in ours):
        yield f"{left} post elsewhere"


def _used(sent: list[Sent], rate: float) -> float:
    first, last = (sent[int(part * (len(sent) - 1))] for part in _MIDDLE)
    requests = int(_MIDDLE[1] * (len(sent) - 1)) - int(_MIDDLE[0] * (len(sent) - 1))
    return requests / (rate * (last.at - first.at))
