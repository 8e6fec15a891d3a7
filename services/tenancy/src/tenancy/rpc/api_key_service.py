"""Keys for the HTTP API: an organization's, and the platform's."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import api_key_service_pb2 as api_key_pb2
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceServicer
from tenancy.domain.access.administer_api_keys import create_api_key, list_api_keys, revoke_api_key
from tenancy.domain.access.authenticate_api_key import authenticate_api_key
from tenancy.domain.ports import ApiKeys
from tenancy.rpc.convert import api_keys as convert
from tenancy.rpc.convert.paging import page_begins_after


class ApiKeyServicer(ApiKeyServiceServicer):
    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_pb2.CreateApiKeyResponse:
        keyring = self._api_keys.of(current_tenant())
        key, made = await create_api_key(keyring, request.name, convert.scope(request.scope))
        return api_key_pb2.CreateApiKeyResponse(id=str(key.id), api_key=made.text, key=convert.api_key(key))

    async def ListApiKeys(
        self, request: api_key_pb2.ListApiKeysRequest, context: Context
    ) -> api_key_pb2.ListApiKeysResponse:
        keyring, after = self._api_keys.of(current_tenant()), page_begins_after(request.page_token)
        page = await list_api_keys(keyring, after=after, page_size=request.page_size)
        return api_key_pb2.ListApiKeysResponse(
            keys=[convert.api_key(key) for key in page.items], next_page_token=convert.next_page_token(page)
        )

    async def RevokeApiKey(
        self, request: api_key_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_key_pb2.RevokeApiKeyResponse:
        revoked = await revoke_api_key(self._api_keys.of(current_tenant()), request.id)
        return api_key_pb2.RevokeApiKeyResponse(key=convert.api_key(revoked))

    async def CreatePlatformApiKey(
        self, request: api_key_pb2.CreatePlatformApiKeyRequest, context: Context
    ) -> api_key_pb2.CreatePlatformApiKeyResponse:
        keyring = self._api_keys.of_platform()
        key, made = await create_api_key(keyring, request.name, convert.scope(request.scope))
        return api_key_pb2.CreatePlatformApiKeyResponse(api_key=made.text, key=convert.api_key(key))

    async def ListPlatformApiKeys(
        self, request: api_key_pb2.ListPlatformApiKeysRequest, context: Context
    ) -> api_key_pb2.ListPlatformApiKeysResponse:
        keyring, after = self._api_keys.of_platform(), page_begins_after(request.page_token)
        page = await list_api_keys(keyring, after=after, page_size=request.page_size)
        return api_key_pb2.ListPlatformApiKeysResponse(
            keys=[convert.api_key(key) for key in page.items], next_page_token=convert.next_page_token(page)
        )

    async def RevokePlatformApiKey(
        self, request: api_key_pb2.RevokePlatformApiKeyRequest, context: Context
    ) -> api_key_pb2.RevokePlatformApiKeyResponse:
        revoked = await revoke_api_key(self._api_keys.of_platform(), request.id)
        return api_key_pb2.RevokePlatformApiKeyResponse(key=convert.api_key(revoked))

    async def AuthenticateApiKey(
        self, request: api_key_pb2.AuthenticateApiKeyRequest, context: Context
    ) -> api_key_pb2.AuthenticateApiKeyResponse:
        return convert.holder(await authenticate_api_key(self._api_keys, request.api_key))
