"""`/api/assistants/rollout…`: another URL for all assistants, tools and phone numbers in Vapi; the administrator's."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chassis.rpc.client import RpcClient
from gateway.http.answers import Accepted, Page, Rfc3339, Uuid, page, words
from gateway.http.bodies import Body
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Paging, Path
from gateway.http.principals import SECONDS_WITH_VAPI
from gateway.http.problems import Refused, missing_field
from gateway.routes.listing import instant_in
from switchboard.assistants.v1.agent_service_pb2 import Agent
from switchboard.assistants.v1.rollout_service_pb2 import (
    GetRolloutRequest,
    ListRolloutTargetsRequest,
    PauseRolloutRequest,
    PlanRolloutRequest,
    ResumeRolloutRequest,
    RollBackRolloutRequest,
    Rollout,
    RolloutTarget,
    StartRolloutRequest,
)
from switchboard.assistants.v1.rollout_service_pb2_grpc import RolloutServiceStub

_LATEST = "latest"


class NewRollout(Body):
    form: ClassVar[str] = (
        '{"backend_url"?: the gateway\'s public URL, "dry_run"?: true to be told what would change, "canaries"?: how'
        " many assistants go first}"
    )
    example: ClassVar = {"backend_url": "https://switchboard.example.com", "dry_run": True}

    backend_url: str | None = None
    dry_run: bool = False
    canaries: Annotated[int, Meta(ge=1, le=1000)] = 1


class Step(Body):
    form: ClassVar[str] = "{}"


class OneRollout(Path):
    id: Annotated[str, Meta(pattern=f"^({_LATEST}|[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}})$")]


class RolloutItem(Struct):
    id: Uuid
    state: Annotated[str, words(Rollout.State)]
    backend_url: str
    previous_backend_url: str
    started_at: Rfc3339 | None
    ended_at: Rfc3339 | None
    waiting: int
    pointed: int
    failed: int
    at_previous_url: int


class TargetItem(Struct):
    kind: Annotated[str, words(RolloutTarget.Kind)]
    vapi_id: str
    name: str
    organization_id: Uuid | None
    url_before: str | None
    url_after: str
    state: Annotated[str, words(RolloutTarget.State)]
    reason: Annotated[str, words(Agent.PendingReason)] | None


class Plan(Struct):
    """What a roll-out would change."""

    targets: list[TargetItem]


class RolloutRoutes:
    def __init__(self, assistant_sync: RpcClient, public_url: str | None) -> None:
        self._public_url = public_url
        self._rollouts = assistant_sync.stub(RolloutServiceStub)

    def resources(self) -> list[Resource]:
        one, who, of_one = "/api/assistants/rollouts/{id}", Who.ADMINISTRATOR, {404: ("ROLLOUT_NOT_FOUND",)}
        of_step = {**of_one, 409: ("ROLLOUT_OVER",)}
        return [
            resource(
                "/api/assistants/rollout",
                POST=operation(
                    self.start,
                    "Give all assistants, tools and numbers another URL",
                    who=who,
                    seconds=SECONDS_WITH_VAPI,
                    problems={
                        400: ("INVALID_BACKEND_URL",),
                        409: ("ROLLOUT_UNDER_WAY",),
                        503: ("VAPI_AWAY", "VAPI_UNAUTHORISED"),
                    },
                ),
            ),
            resource(one, GET=operation(self.get, "Read how a roll-out goes", who=who, problems=of_one)),
            resource(
                f"{one}/targets",
                GET=operation(self.targets, "List what a roll-out is of", who=who, problems=of_one),
            ),
            resource(f"{one}/pause", POST=operation(self.pause, "Pause a roll-out", who=who, problems=of_step)),
            resource(f"{one}/resume", POST=operation(self.resume, "Go on with a roll-out", who=who, problems=of_step)),
            resource(
                f"{one}/rollback",
                POST=operation(self.roll_back, "Have all URLs again as they were", who=who, problems=of_step),
            ),
        ]

    async def start(self, wanted: NewRollout) -> Plan | Accepted[RolloutItem]:
        """Begins with the canaries, and goes on with the rest when these have been seen to have it."""
        if not (url := wanted.backend_url or self._public_url):
            raise Refused(missing_field("backend_url", NewRollout.form))
        if wanted.dry_run:
            plan = await self._rollouts.PlanRollout(PlanRolloutRequest(backend_url=url))
            return Plan([_target(one) for one in plan.targets])
        started = await self._rollouts.StartRollout(StartRolloutRequest(backend_url=url, canaries=wanted.canaries))
        return Accepted(_item(started.rollout))

    async def get(self, rollout: OneRollout) -> RolloutItem:
        return _item(await self._named(rollout))

    async def targets(self, rollout: OneRollout, paging: Paging) -> Page[TargetItem]:
        """Those in trouble first."""
        wanted = ListRolloutTargetsRequest(
            rollout_id=await self._id(rollout), page_size=paging.limit, page_token=paging.cursor
        )
        found = await self._rollouts.ListRolloutTargets(wanted)
        return page(map(_target, found.targets), found.next_page_token)

    async def pause(self, rollout: OneRollout, _step: Step) -> RolloutItem:
        """No further target is begun until it is resumed."""
        paused = await self._rollouts.PauseRollout(PauseRolloutRequest(rollout_id=await self._id(rollout)))
        return _item(paused.rollout)

    async def resume(self, rollout: OneRollout, _step: Step) -> Accepted[RolloutItem]:
        """Targets that failed are tried again, also after the end."""
        resumed = await self._rollouts.ResumeRollout(ResumeRolloutRequest(rollout_id=await self._id(rollout)))
        return Accepted(_item(resumed.rollout))

    async def roll_back(self, rollout: OneRollout, _step: Step) -> Accepted[RolloutItem]:
        rolled_back = await self._rollouts.RollBackRollout(RollBackRolloutRequest(rollout_id=await self._id(rollout)))
        return Accepted(_item(rolled_back.rollout))

    async def _named(self, rollout: OneRollout) -> Rollout:
        rollout_id = "" if rollout.id == _LATEST else rollout.id
        return (await self._rollouts.GetRollout(GetRolloutRequest(rollout_id=rollout_id))).rollout

    async def _id(self, rollout: OneRollout) -> str:
        return (await self._named(rollout)).id if rollout.id == _LATEST else rollout.id


def _item(rollout: Rollout) -> RolloutItem:
    return RolloutItem(
        id=rollout.id,
        state=Rollout.State.Name(rollout.state).lower(),
        backend_url=rollout.backend_url,
        previous_backend_url=rollout.previous_backend_url,
        started_at=instant_in(rollout, "started_at"),
        ended_at=instant_in(rollout, "ended_at"),
        waiting=rollout.waiting,
        pointed=rollout.pointed,
        failed=rollout.failed,
        at_previous_url=rollout.at_previous_url,
    )


def _target(target: RolloutTarget) -> TargetItem:
    return TargetItem(
        kind=RolloutTarget.Kind.Name(target.kind).lower(),
        vapi_id=target.vapi_id,
        name=target.name,
        organization_id=target.organization_id or None,
        url_before=target.url_before or None,
        url_after=target.url_after,
        state=RolloutTarget.State.Name(target.state).lower(),
        reason=Agent.PendingReason.Name(target.reason).lower() if target.reason else None,
    )
