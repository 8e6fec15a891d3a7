"""Assistant-sync as a test wants it: notes what it is asked and answers what it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chassis.rpc.server import RpcServer
from chassis.tenant import tenant_in_scope
from switchboard.assistants.v1 import (
    agent_service_pb2_grpc,
    department_service_pb2_grpc,
    drift_service_pb2_grpc,
    live_call_service_pb2_grpc,
    rollout_service_pb2_grpc,
    vapi_call_service_pb2_grpc,
)
from switchboard.assistants.v1.agent_service_pb2 import GetInboundAssistantResponse

_SERVICES = {
    "AgentService": agent_service_pb2_grpc.add_AgentServiceServicer_to_server,
    "DepartmentService": department_service_pb2_grpc.add_DepartmentServiceServicer_to_server,
    "DriftService": drift_service_pb2_grpc.add_DriftServiceServicer_to_server,
    "LiveCallService": live_call_service_pb2_grpc.add_LiveCallServiceServicer_to_server,
    "RolloutService": rollout_service_pb2_grpc.add_RolloutServiceServicer_to_server,
    "VapiCallService": vapi_call_service_pb2_grpc.add_VapiCallServiceServicer_to_server,
}


class AssistantSync:
    """Every RPC, under whatever name."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        """The organization and the request, one for each call."""
        self.seconds_left = 0.0
        self.answer: Message = Empty()
        self.answers: dict[str, Message | Callable[[Any], Message]] = {
            "GetInboundAssistant": GetInboundAssistantResponse(
                vapi_assistant_id="assistant-1", clinic={"name": "Lakeside Dental", "timezone": "America/New_York"}
            )
        }
        """By RPC, those that are not `answer`; or what makes them of the request."""
        self.hangs = False
        self.fails: Exception | None = None

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]  # as new

    def __getattr__(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        if not name[:1].isupper():
            raise AttributeError(name)
        return partial(self._answer, name)

    async def _answer(self, name: str, request: Any, context: Any) -> Any:
        self.heard.append((str(tenant_in_scope()), request))
        self.seconds_left = context.time_remaining()
        if self.fails:
            raise self.fails
        if self.hangs:
            await asyncio.Event().wait()
        answer = self.answers.get(name, self.answer)
        return answer if isinstance(answer, Message) else answer(request)

    def add_to(self, server: RpcServer) -> None:
        servicer: Any = self
        for service, add in _SERVICES.items():
            server.add(f"switchboard.assistants.v1.{service}", servicer, add)
