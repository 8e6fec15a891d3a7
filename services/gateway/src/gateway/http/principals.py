"""Who uses the HTTP API, and what for: organizations with their keys, administrators with the platform's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from chassis.actor import Actor, actor_scope
from chassis.deadline import deadline_scope
from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish, tenant_scope
from gateway.http.problems import (
    ADMINISTRATORS_ONLY,
    KEY_MISSING,
    KEY_UNKNOWN,
    NOT_FOUND,
    ORGANIZATION_NOT_FOUND,
    ORGANIZATION_NOT_NAMED,
    READ_ONLY_KEY,
    TOO_MANY_REQUESTS,
    Refused,
)
from gateway.limits.rate_limits import Limited, RateLimits
from gateway.sender.verification import SharedSecret
from switchboard.tenancy.v1.api_key_service_pb2 import WRITE, AuthenticateApiKeyRequest, AuthenticateApiKeyResponse
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.error_reason_pb2 import API_KEY_UNKNOWN, ErrorReason
from switchboard.tenancy.v1.organization_service_pb2 import GetOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub

SECONDS = 5.0
"""How long a person at a screen waits at most."""

SECONDS_WITH_VAPI = 20.0
"""The same where Vapi is asked meanwhile, no faster than its limit allows."""

IN_PATH = "organization_id"
"""The parameter of routes that are about one organization."""

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_LOOKS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Principal:
    actor: str
    """As the audit log names it: `administrator`, `platform-key:<id>`, `api-key:<id>`."""
    tenant: TenantId | None
    """The organization whose key it is, which sees itself alone; None for administrators, who see all."""
    may_change: bool
    rate_limit: int | None = None
    """The organization's own; None: what the deployment allows all."""


class Principals:
    """Opens what a request is allowed to, for as long as it is being answered."""

    def __init__(self, tenancy: RpcClient, administrator_key: str, limits: RateLimits) -> None:
        self._limits = limits
        self._administrator = SharedSecret(administrator_key)
        self._authenticate = tenancy.stub(ApiKeyServiceStub).AuthenticateApiKey
        self._get_organization = tenancy.stub(OrganizationServiceStub).GetOrganization

    @asynccontextmanager
    async def platform(self, request: Request, *, seconds: float = SECONDS) -> AsyncIterator[None]:
        """What belongs to no organization, for administrators. Raises Refused, RemoteError."""
        async with self._identified(request, seconds) as principal:
            if principal.tenant is not None:
                # What a path names is never an organization's own here, and of what is not, nothing is told.
                raise Refused(NOT_FOUND if request.path_params else ADMINISTRATORS_ONLY)
            _require_right(principal, request)
            yield

    @asynccontextmanager
    async def any_organization(self, request: Request) -> AsyncIterator[Principal]:
        """As `organization`; but an administrator may leave it open which, and then no organization is in scope."""
        async with self._identified(request) as principal:
            if principal.tenant is None and "x-organization-id" not in request.headers:
                _require_right(principal, request)
                yield principal
                return
            with tenant_scope(await self._tenant_of(principal, request)):
                _require_right(principal, request)
                yield principal

    @asynccontextmanager
    async def organization(
        self,
        request: Request,
        *,
        administrators_only: bool = False,
        is_own: Callable[[Request], Awaitable[bool]] | None = None,
        seconds: float = SECONDS,
    ) -> AsyncIterator[TenantId]:
        """The organization in the path, else in X-Organization-Id, else the key's own, is in scope.

        `is_own` tells of that organization whether it has what the path names: where a key is not allowed to change
        that, it learns no more than this. Raises Refused, RemoteError.
        """
        async with self._identified(request, seconds) as principal:
            tenant = await self._tenant_of(principal, request)
            with tenant_scope(tenant):
                if administrators_only and principal.tenant is not None:
                    raise Refused(ADMINISTRATORS_ONLY if is_own is None or await is_own(request) else NOT_FOUND)
                _require_right(principal, request)
                yield tenant

    @asynccontextmanager
    async def _identified(self, request: Request, seconds: float = SECONDS) -> AsyncIterator[Principal]:
        with deadline_scope(seconds):
            principal = await self._principal(request)
            self._require_budget(principal)
            with actor_scope(Actor(name=principal.actor, caller="gateway")):
                yield principal

    async def _principal(self, request: Request) -> Principal:
        key = _bearer_key(request)
        if self._administrator.matches(key):
            return Principal("administrator", tenant=None, may_change=True)
        try:
            answer = await self._authenticate(AuthenticateApiKeyRequest(api_key=key))
        except RemoteError as error:
            if error.kind is Kind.UNAUTHENTICATED and error.reason == ErrorReason.Name(API_KEY_UNKNOWN):
                raise Refused(KEY_UNKNOWN, _CHALLENGE) from None
            raise
        return _holder_of(answer)

    def _require_budget(self, principal: Principal) -> None:
        """Raises Refused for an organization that has asked for too much; the platform's keys have no limit."""
        if (tenant := principal.tenant) is None:
            return
        if not self._limits.take(Limited.ADMINISTRATION, tenant, own=principal.rate_limit):
            seconds = self._limits.seconds_until_more(Limited.ADMINISTRATION, tenant)
            raise Refused(TOO_MANY_REQUESTS, {"Retry-After": str(seconds)})

    async def _tenant_of(self, principal: Principal, request: Request) -> TenantId:
        """Whom the request is about. Raises Refused: what a key does not see is not there, whether or not it is."""
        if principal.tenant is not None:
            named = request.path_params.get(IN_PATH), request.headers.get("x-organization-id")
            if any(text is not None and _tenant(text) != principal.tenant for text in named):
                raise Refused(ORGANIZATION_NOT_FOUND)
            return principal.tenant
        return await self._existing(_named_by_administrator(request))

    async def _existing(self, tenant: TenantId) -> TenantId:
        await self._get_organization(GetOrganizationRequest(organization_id=str(tenant)))
        return tenant


def _holder_of(answer: AuthenticateApiKeyResponse) -> Principal:
    kind, tenant = ("platform-key", None) if answer.platform else ("api-key", establish(answer.organization_id))
    rate_limit = answer.rate_limit_per_minute if answer.HasField("rate_limit_per_minute") else None
    return Principal(f"{kind}:{answer.key_id}", tenant=tenant, may_change=answer.scope == WRITE, rate_limit=rate_limit)


def _require_right(principal: Principal, request: Request) -> None:
    if request.method not in _LOOKS and not principal.may_change:
        raise Refused(READ_ONLY_KEY)


def _named_by_administrator(request: Request) -> TenantId:
    if (in_path := request.path_params.get(IN_PATH)) is not None:
        if (tenant := _tenant(in_path)) is None:
            raise Refused(ORGANIZATION_NOT_FOUND)
        return tenant
    if (tenant := _tenant(request.headers.get("x-organization-id", ""))) is None:
        raise Refused(ORGANIZATION_NOT_NAMED)
    return tenant


def _bearer_key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(KEY_MISSING, _CHALLENGE)
    return key.strip()


def _tenant(text: str) -> TenantId | None:
    uuid = uuid_of(text.strip())
    return None if uuid is None else establish(str(uuid))


def uuid_of(text: str) -> UUID | None:
    """The UUID that is written in its usual form, in either case; None for anything else."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text.lower() else None
