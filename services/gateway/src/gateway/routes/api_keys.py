"""`…/api-keys`: an organization's keys, and the platform's. A key is shown once, when it is made."""

from typing import Annotated, ClassVar, Literal

from msgspec import Struct
from msgspec.structs import asdict

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page, words
from gateway.http.bodies import Body
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.routes.listing import instant_in
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

_OF_CREATING = {409: ("TOO_MANY_LIVE_API_KEYS",)}
_OF_REVOKING = {404: ("API_KEY_NOT_FOUND",)}


class NewKey(Body):
    form: ClassVar[str] = '{"name": what the key is for, "scope"?: "read" or "write" (the default)}'
    example: ClassVar = {"name": "the front desk's screen", "scope": "read"}

    name: str
    scope: Literal["read", "write"] = "write"


class ApiKeyItem(Struct):
    id: Uuid
    name: str
    scope: Annotated[str, words(Scope)]
    created_at: Rfc3339 | None
    last_used_at: Rfc3339 | None
    revoked_at: Rfc3339 | None


class NewApiKeyItem(ApiKeyItem):
    """With the key itself, this once."""

    api_key: str


class ApiKeyRoutes:
    """Of organizations."""

    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = tenancy.stub(ApiKeyServiceStub)

    def resources(self) -> list[Resource]:
        keys, who = "/api/organizations/{organization_id}/api-keys", Who.ORGANIZATIONS_ADMINISTRATOR
        return [
            resource(
                keys,
                GET=operation(self.list, "List an organization's keys", who=who),
                POST=operation(self.create, "Make a key of an organization", who=who, problems=_OF_CREATING),
            ),
            resource(
                keys + "/{id}",
                DELETE=operation(self.revoke, "Revoke a key of an organization", who=who, problems=_OF_REVOKING),
            ),
        ]

    async def list(self, paging: Paging) -> Page[ApiKeyItem]:
        found = await self._tenancy.ListApiKeys(ListApiKeysRequest(page_size=paging.limit, page_token=paging.cursor))
        return page(map(_item, found.keys), found.next_page_token)

    async def create(self, new: NewKey) -> Created[NewApiKeyItem]:
        made = await self._tenancy.CreateApiKey(CreateApiKeyRequest(name=new.name, scope=_scope(new)))
        return _shown_once(made.key, made.api_key)

    async def revoke(self, key: Named) -> None:
        await self._tenancy.RevokeApiKey(RevokeApiKeyRequest(id=key.id))


class PlatformApiKeyRoutes:
    """Of the platform's administration."""

    def __init__(self, tenancy: RpcClient) -> None:
        self._tenancy = tenancy.stub(ApiKeyServiceStub)

    def resources(self) -> list[Resource]:
        keys, who = "/api/platform/api-keys", Who.ADMINISTRATOR
        return [
            resource(
                keys,
                GET=operation(self.list, "List the platform's keys", who=who),
                POST=operation(self.create, "Make a key of the platform", who=who, problems=_OF_CREATING),
            ),
            resource(
                keys + "/{id}",
                DELETE=operation(self.revoke, "Revoke a key of the platform", who=who, problems=_OF_REVOKING),
            ),
        ]

    async def list(self, paging: Paging) -> Page[ApiKeyItem]:
        wanted = ListPlatformApiKeysRequest(page_size=paging.limit, page_token=paging.cursor)
        found = await self._tenancy.ListPlatformApiKeys(wanted)
        return page(map(_item, found.keys), found.next_page_token)

    async def create(self, new: NewKey) -> Created[NewApiKeyItem]:
        made = await self._tenancy.CreatePlatformApiKey(CreatePlatformApiKeyRequest(name=new.name, scope=_scope(new)))
        return _shown_once(made.key, made.api_key)

    async def revoke(self, key: Named) -> None:
        await self._tenancy.RevokePlatformApiKey(RevokePlatformApiKeyRequest(id=key.id))


def _scope(new: NewKey) -> Scope.ValueType:
    return Scope.Value(new.scope.upper())


def _shown_once(key: ApiKey, secret: str) -> Created[NewApiKeyItem]:
    return Created(NewApiKeyItem(**asdict(_item(key)), api_key=secret))


def _item(key: ApiKey) -> ApiKeyItem:
    return ApiKeyItem(
        id=key.id,
        name=key.name,
        scope=Scope.Name(key.scope).lower(),
        created_at=instant_in(key, "created_at"),
        last_used_at=instant_in(key, "last_used_at"),
        revoked_at=instant_in(key, "revoked_at"),
    )
