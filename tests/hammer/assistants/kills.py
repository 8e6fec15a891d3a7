"""A process of assistant-sync is killed while it is at each step of a save; another one finishes what it began.

One kill meets several saves, each of another organization and each at exactly its step: Vapi or tenancy has what was
sent, and keeps whoever sent it waiting until they are dead.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from tests.hammer.assistants.clinics import Belongings, Figures, is_registered, of, others, twins
from tests.hammer.assistants.processes import URL, Platform, Process, platform
from tests.hammer.assistants.vapi import Json, Vapi

_SPEED = 500.0
"""Requests a second: nobody is to wait for the rate here."""

_ARRIVES_WITHIN = 60.0

OnStep = Callable[[], None]


class Step(StrEnum):
    BEFORE_CREATE = "before the create is sent"
    CREATE_LOST = "the create was sent, Vapi did nothing"
    CREATED = "Vapi created it, and did not answer"
    ANSWERED = "Vapi answered the create"
    BEFORE_PATCH = "before the PATCH is carried out"
    PATCHED = "Vapi carried out the PATCH, and did not answer"
    BEFORE_REGISTERING = "before tenancy is told"

    @property
    def is_of_a_later_save(self) -> bool:
        return self in (Step.BEFORE_PATCH, Step.PATCHED)


def quietly() -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Kills:
    platform: Platform
    belongings: Belongings
    clinics: dict[TenantId, Step] = field(default_factory=dict)

    async def kill(self, process: Process) -> None:
        """The process, while it is at every step at once."""
        clinics = {step: self.platform.tenancy.knows(uuid4()) for step in Step}
        for step in (Step.BEFORE_PATCH, Step.PATCHED):
            await process.save(clinics[step], name="Reception", prompt="Be kind")
            self.belongings.edit(str(of(self.platform.vapi, clinics[step])[0]["id"]))
        saves = []
        for step, clinic in clinics.items():  # the first alone: one list is as another
            arrived = self._hold(step, clinic)
            saves.append(asyncio.create_task(process.save(clinic, name="Front desk", prompt="Be brief")))
            await asyncio.wait_for(arrived.wait(), _ARRIVES_WITHIN)
        await process.kill()
        await asyncio.gather(*saves, return_exceptions=True)
        self.platform.tenancy.keeps_waiting.clear()
        self.clinics |= {clinic: step for step, clinic in clinics.items()}

    def otherwise(self) -> Iterable[str]:
        vapi, tenancy = self.platform.vapi, self.platform.tenancy
        for clinic, step in self.clinics.items():
            mine = of(vapi, clinic)
            if len(mine) != 1 or (mine[0]["name"], _prompt(mine[0])) != ("Front desk", "Be brief"):
                yield f"{step}: not as it was saved"
            elif not is_registered(tenancy, clinic, str(mine[0]["id"])):
                yield f"{step}: tenancy does not know it"

    def _hold(self, step: Step, clinic: TenantId) -> asyncio.Event:
        vapi = self.platform.vapi

        def is_his(method: str, path: str, content: bytes) -> bool:
            """The request that shows that the save is there, as far as it can be told from others'."""
            match step:
                case Step.BEFORE_CREATE:
                    return (method, path) == ("GET", "/assistant")
                case Step.CREATE_LOST | Step.CREATED:
                    return (method, path) == ("POST", "/assistant") and str(clinic).encode() in content
                case Step.ANSWERED:
                    return method == "GET" and path in _paths(vapi, clinic)
                case _:
                    return method == "PATCH" and path in _paths(vapi, clinic)

        if step is Step.BEFORE_REGISTERING:
            return self.platform.tenancy.keeps_waiting.setdefault(clinic, asyncio.Event())
        return vapi.hold(is_his, committed=step in (Step.CREATED, Step.PATCHED))


async def killed(
    database: ServiceDatabase, times: int, *, waits: bool, on_step: OnStep = quietly
) -> tuple[Figures, int]:
    """So many kills, each at every step; answers also how many saves they met. `waits`: time passes by itself."""
    async with platform(database) as everything:
        kills = Kills(everything, Belongings(everything.vapi))
        others(kills.belongings, name="Front desk", tool="bookClinicAppointment", number="+12125550199")
        process = await everything.start(requests_per_second=_SPEED)
        await everything.until_settled()
        for _ in range(times):
            await kills.kill(process)
            process = await everything.start(requests_per_second=_SPEED)
            on_step()
        if not waits:
            await everything.half_a_minute_passes()
        await everything.until_settled()
        late = await everything.writes_of_another_look()
        figures = Figures(
            otherwise=tuple(kills.otherwise()),
            duplicates=twins(everything.vapi, everything.tenancy.organizations, [URL]),
            lost=tuple(kills.belongings.lost()),
            late_writes=late,
            complaints=tuple(everything.vapi.complaints),
        )
    return figures, len(kills.clinics)


def _paths(vapi: Vapi, clinic: TenantId) -> set[str]:
    return {f"/assistant/{one['id']}" for one in of(vapi, clinic)}


def _prompt(assistant: Json) -> str:
    return str(assistant["model"]["messages"][0]["content"])
