"""`…/api-keys`: an organization's keys, and the platform's. A key is shown once, when it is made."""

from typing import Any, ClassVar, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.api_key_service_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    CreatePlatformApiKeyRequest,
    ListApiKeysRequest,
    ListPlatformApiKeysRequest,
    RevokeApiKeyRequest,
    RevokePlatformApiKeyRequest,
    Scope,
)
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub


class NewKey(Body):
    form: ClassVar[str] = '{"name": what the key is for, "scope"?: "read" or "write" (the default)}'

    name: str
    scope: Literal["read", "write"] = "write"


class ApiKeyRoutes:
    """Of organizations."""

    def __init__(self, principals: Principals, intake: Intake, tenancy: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._tenancy = tenancy.stub(ApiKeyServiceStub)

    def routes(self) -> list[Route]:
        keys = "/api/organizations/{organization_id}/api-keys"
        return [resource(keys, GET=self.list, POST=self.create), resource(keys + "/{id}", DELETE=self.revoke)]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True):
            page = ListApiKeysRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._tenancy.ListApiKeys(page)
        return listed(map(_item, found.keys), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, administrators_only=True):
            new = read_body(request, body, NewKey)
            made = await self._tenancy.CreateApiKey(CreateApiKeyRequest(name=new.name, scope=_scope(new)))
        return _shown_once(made.key, made.api_key)

    async def revoke(self, request: Request) -> Response:
        async with self._principals.organization(request, administrators_only=True):
            await self._tenancy.RevokeApiKey(RevokeApiKeyRequest(id=path_id(request)))
        return Response(status_code=204)


class PlatformApiKeyRoutes:
    """Of the platform's administration."""

    def __init__(self, principals: Principals, intake: Intake, tenancy: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._tenancy = tenancy.stub(ApiKeyServiceStub)

    def routes(self) -> list[Route]:
        keys = "/api/platform/api-keys"
        return [resource(keys, GET=self.list, POST=self.create), resource(keys + "/{id}", DELETE=self.revoke)]

    async def list(self, request: Request) -> Response:
        async with self._principals.platform(request):
            page = ListPlatformApiKeysRequest(page_size=limit_of(request), page_token=cursor_of(request))
            found = await self._tenancy.ListPlatformApiKeys(page)
        return listed(map(_item, found.keys), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.platform(request):
            new = read_body(request, body, NewKey)
            wanted = CreatePlatformApiKeyRequest(name=new.name, scope=_scope(new))
            made = await self._tenancy.CreatePlatformApiKey(wanted)
        return _shown_once(made.key, made.api_key)

    async def revoke(self, request: Request) -> Response:
        async with self._principals.platform(request):
            await self._tenancy.RevokePlatformApiKey(RevokePlatformApiKeyRequest(id=path_id(request)))
        return Response(status_code=204)


def _scope(new: NewKey) -> Scope.ValueType:
    return Scope.Value(new.scope.upper())


def _shown_once(key: ApiKey, secret: str) -> Response:
    return JSONResponse({**_item(key), "api_key": secret}, status_code=201)


def _item(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scope": Scope.Name(key.scope).lower(),
        "created_at": instant_in(key, "created_at"),
        "last_used_at": instant_in(key, "last_used_at"),
        "revoked_at": instant_in(key, "revoked_at"),
    }
