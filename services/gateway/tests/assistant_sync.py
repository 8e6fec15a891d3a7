"""Assistant-sync as a test wants it: notes what it is asked and answers what it is told to."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chassis.rpc.server import RpcServer
from chassis.tenant import tenant_in_scope
from switchboard.assistants.v1 import agent_service_pb2_grpc, drift_service_pb2_grpc, rollout_service_pb2_grpc

_SERVICES = {
    "AgentService": agent_service_pb2_grpc.add_AgentServiceServicer_to_server,
    "DriftService": drift_service_pb2_grpc.add_DriftServiceServicer_to_server,
    "RolloutService": rollout_service_pb2_grpc.add_RolloutServiceServicer_to_server,
}


class AssistantSync:
    """Every RPC, under whatever name."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        """The organization and the request, one for each call."""
        self.seconds_left = 0.0
        self.answer: Message = Empty()
        self.fails: Exception | None = None

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]  # as new

    def __getattr__(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        if not name[:1].isupper():
            raise AttributeError(name)
        return self._answer

    async def _answer(self, request: Any, context: Any) -> Any:
        self.heard.append((str(tenant_in_scope()), request))
        self.seconds_left = context.time_remaining()
        if self.fails:
            raise self.fails
        return self.answer

    def add_to(self, server: RpcServer) -> None:
        servicer: Any = self
        for service, add in _SERVICES.items():
            server.add(f"switchboard.assistants.v1.{service}", servicer, add)
