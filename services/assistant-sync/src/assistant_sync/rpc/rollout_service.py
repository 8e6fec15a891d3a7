"""RolloutService: gRPC on the outside, the use-cases inside."""

from dataclasses import dataclass
from functools import partial

from assistant_sync.domain.ports import Rollouts
from assistant_sync.domain.rollouts.change import ChangeRollout, StartRollout, found
from assistant_sync.domain.rollouts.plan import PlanRollout
from assistant_sync.rpc.convert import rollout as convert
from chassis.paging import page_of
from chassis.rpc.interceptors import Context
from switchboard.assistants.v1 import rollout_service_pb2 as pb
from switchboard.assistants.v1.rollout_service_pb2_grpc import RolloutServiceServicer


@dataclass(frozen=True, slots=True)
class RolloutServicer(RolloutServiceServicer):
    rollouts: Rollouts
    plan: PlanRollout
    start: StartRollout
    change: ChangeRollout

    async def PlanRollout(self, request: pb.PlanRolloutRequest, context: Context) -> pb.PlanRolloutResponse:
        planned = await self.plan(request.backend_url)
        return pb.PlanRolloutResponse(targets=[convert.target(one) for one in planned])

    async def StartRollout(self, request: pb.StartRolloutRequest, context: Context) -> pb.StartRolloutResponse:
        started = await self.start(request.backend_url, max(request.canaries, 1))
        return pb.StartRolloutResponse(rollout=convert.rollout(started))

    async def GetRollout(self, request: pb.GetRolloutRequest, context: Context) -> pb.GetRolloutResponse:
        wanted = convert.rollout_id(request.rollout_id) if request.rollout_id else None
        return pb.GetRolloutResponse(rollout=convert.rollout(await found(self.rollouts, wanted)))

    async def ListRolloutTargets(
        self, request: pb.ListRolloutTargetsRequest, context: Context
    ) -> pb.ListRolloutTargetsResponse:
        wanted = await found(self.rollouts, convert.rollout_id(request.rollout_id))
        after = convert.place(request.page_token)
        return convert.page(await page_of(partial(self.rollouts.targets, wanted.id, after), request.page_size))

    async def PauseRollout(self, request: pb.PauseRolloutRequest, context: Context) -> pb.PauseRolloutResponse:
        paused = await self.change.pause(convert.rollout_id(request.rollout_id))
        return pb.PauseRolloutResponse(rollout=convert.rollout(paused))

    async def ResumeRollout(self, request: pb.ResumeRolloutRequest, context: Context) -> pb.ResumeRolloutResponse:
        resumed = await self.change.resume(convert.rollout_id(request.rollout_id))
        return pb.ResumeRolloutResponse(rollout=convert.rollout(resumed))

    async def RollBackRollout(self, request: pb.RollBackRolloutRequest, context: Context) -> pb.RollBackRolloutResponse:
        turned = await self.change.roll_back(convert.rollout_id(request.rollout_id))
        return pb.RollBackRolloutResponse(rollout=convert.rollout(turned))
