"""DriftService: gRPC on the outside, the use-case inside."""

from dataclasses import dataclass

from assistant_sync.domain.drift.find_drift import FindDrift
from assistant_sync.rpc.convert import drift as convert
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.assistants.v1 import drift_service_pb2 as pb
from switchboard.assistants.v1.drift_service_pb2_grpc import DriftServiceServicer


@dataclass(frozen=True, slots=True)
class DriftServicer(DriftServiceServicer):
    find: FindDrift

    async def FindDrift(self, request: pb.FindDriftRequest, context: Context) -> pb.FindDriftResponse:
        return convert.drift(await self.find(current_tenant()))
