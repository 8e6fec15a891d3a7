"""Tenancy, which is told whose assistant is whose."""

from assistant_sync.domain.trouble import AssistantTaken, RegistryAway
from chassis.errors import DomainError, Kind
from chassis.rpc.client import RpcClient
from switchboard.tenancy.v1.tenancy_service_pb2 import RegisterAssistantRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub

_TIMEOUT = 3.0


class TenancyRegistry:
    def __init__(self, tenancy: RpcClient) -> None:
        self._stub = tenancy.stub(TenancyServiceStub)

    async def register(self, assistant_id: str) -> None:
        request = RegisterAssistantRequest(vapi_assistant_id=assistant_id)
        try:
            await self._stub.RegisterAssistant(request, timeout=_TIMEOUT)
        except DomainError as error:
            raise AssistantTaken if error.kind is Kind.CONFLICT else RegistryAway from error
