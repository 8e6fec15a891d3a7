"""Keys for the HTTP API."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import api_key_service_pb2 as api_key_pb2
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceServicer
from tenancy.domain.api_keys import authenticate_api_key, create_api_key
from tenancy.domain.ports import ApiKeys


class ApiKeyServicer(ApiKeyServiceServicer):
    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_pb2.CreateApiKeyResponse:
        created = await create_api_key(self._api_keys, current_tenant(), request.name)
        return api_key_pb2.CreateApiKeyResponse(id=str(created.id), api_key=created.key)

    async def AuthenticateApiKey(
        self, request: api_key_pb2.AuthenticateApiKeyRequest, context: Context
    ) -> api_key_pb2.AuthenticateApiKeyResponse:
        organization_id = await authenticate_api_key(self._api_keys, request.api_key)
        return api_key_pb2.AuthenticateApiKeyResponse(organization_id=str(organization_id))
