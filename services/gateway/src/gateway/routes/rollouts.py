"""`/api/assistants/rollout…`: another URL for all assistants, tools and phone numbers in Vapi; the administrator's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, read_body
from gateway.http.intake import Intake
from gateway.http.principals import SECONDS_WITH_VAPI, Principals, path_id
from gateway.http.problems import Refused, missing_field
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
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

    backend_url: str | None = None
    dry_run: bool = False
    canaries: Annotated[int, Meta(ge=1, le=1000)] = 1


class Step(Body):
    form: ClassVar[str] = "{}"


class RolloutRoutes:
    def __init__(
        self, principals: Principals, intake: Intake, assistant_sync: RpcClient, public_url: str | None
    ) -> None:
        self._principals = principals
        self._intake = intake
        self._public_url = public_url
        self._rollouts = assistant_sync.stub(RolloutServiceStub)

    def routes(self) -> list[Route]:
        one = "/api/assistants/rollouts/{id}"
        return [
            resource("/api/assistants/rollout", POST=self.start),
            resource(one, GET=self.get),
            resource(f"{one}/targets", GET=self.targets),
            resource(f"{one}/pause", POST=self.pause),
            resource(f"{one}/resume", POST=self.resume),
            resource(f"{one}/rollback", POST=self.roll_back),
        ]

    async def start(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.platform(request, seconds=SECONDS_WITH_VAPI):
            wanted = read_body(request, body, NewRollout)
            if not (url := wanted.backend_url or self._public_url):
                raise Refused(missing_field("backend_url", NewRollout.form))
            if wanted.dry_run:
                plan = await self._rollouts.PlanRollout(PlanRolloutRequest(backend_url=url))
                return JSONResponse({"targets": [_target(one) for one in plan.targets]})
            started = await self._rollouts.StartRollout(StartRolloutRequest(backend_url=url, canaries=wanted.canaries))
        return JSONResponse(_item(started.rollout), status_code=202)

    async def get(self, request: Request) -> Response:
        async with self._principals.platform(request):
            return JSONResponse(_item(await self._named(request)))

    async def targets(self, request: Request) -> Response:
        async with self._principals.platform(request):
            page = ListRolloutTargetsRequest(
                rollout_id=await self._id(request), page_size=limit_of(request), page_token=cursor_of(request)
            )
            found = await self._rollouts.ListRolloutTargets(page)
        return listed(map(_target, found.targets), found.next_page_token)

    async def pause(self, request: Request) -> Response:
        async with self._step(request) as rollout_id:
            paused = await self._rollouts.PauseRollout(PauseRolloutRequest(rollout_id=rollout_id))
        return JSONResponse(_item(paused.rollout))

    async def resume(self, request: Request) -> Response:
        async with self._step(request) as rollout_id:
            resumed = await self._rollouts.ResumeRollout(ResumeRolloutRequest(rollout_id=rollout_id))
        return JSONResponse(_item(resumed.rollout), status_code=202)

    async def roll_back(self, request: Request) -> Response:
        async with self._step(request) as rollout_id:
            rolled_back = await self._rollouts.RollBackRollout(RollBackRolloutRequest(rollout_id=rollout_id))
        return JSONResponse(_item(rolled_back.rollout), status_code=202)

    @asynccontextmanager
    async def _step(self, request: Request) -> AsyncIterator[str]:
        """What is done to a roll-out: an administrator's, of a body that says no more."""
        body = await self._intake.body_of(request)
        async with self._principals.platform(request):
            read_body(request, body, Step)
            yield await self._id(request)

    async def _named(self, request: Request) -> Rollout:
        rollout_id = "" if request.path_params["id"] == _LATEST else path_id(request)
        return (await self._rollouts.GetRollout(GetRolloutRequest(rollout_id=rollout_id))).rollout

    async def _id(self, request: Request) -> str:
        return (await self._named(request)).id if request.path_params["id"] == _LATEST else path_id(request)


def _item(rollout: Rollout) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "state": Rollout.State.Name(rollout.state).lower(),
        "backend_url": rollout.backend_url,
        "previous_backend_url": rollout.previous_backend_url,
        "started_at": instant_in(rollout, "started_at"),
        "ended_at": instant_in(rollout, "ended_at"),
        "waiting": rollout.waiting,
        "pointed": rollout.pointed,
        "failed": rollout.failed,
        "at_previous_url": rollout.at_previous_url,
    }


def _target(target: RolloutTarget) -> dict[str, Any]:
    return {
        "kind": RolloutTarget.Kind.Name(target.kind).lower(),
        "vapi_id": target.vapi_id,
        "name": target.name,
        "organization_id": target.organization_id or None,
        "url_before": target.url_before or None,
        "url_after": target.url_after,
        "state": RolloutTarget.State.Name(target.state).lower(),
        "reason": Agent.PendingReason.Name(target.reason).lower() if target.reason else None,
    }
