"""Who uses the HTTP API: an organization with its key, or the platform's administrator."""

from dataclasses import dataclass

from starlette.requests import Request

from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish
from gateway.problems import FOREIGN_ORGANIZATION, KEY_MISSING, KEY_UNKNOWN, ORGANIZATION_NOT_NAMED, Refused
from gateway.verification import SharedSecret
from switchboard.tenancy.v1.api_key_service_pb2 import AuthenticateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.error_reason_pb2 import API_KEY_UNKNOWN, ErrorReason

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Organization:
    """Sees itself alone."""

    tenant: TenantId


@dataclass(frozen=True, slots=True)
class Administrator:
    """Names the organization to act for in each request."""


Principal = Organization | Administrator


class Principals:
    def __init__(self, tenancy: RpcClient, administrator_key: str) -> None:
        self._administrator = SharedSecret(administrator_key)
        self._authenticate = tenancy.stub(ApiKeyServiceStub).AuthenticateApiKey

    async def tenant_of(self, request: Request) -> TenantId:
        """The organization the request is for. Raises Refused, or RemoteError if tenancy is away."""
        named = request.headers.get("x-organization-id")
        match await self._principal(request):
            case Organization(tenant):
                if named is not None and _tenant(named) != tenant:
                    raise Refused(FOREIGN_ORGANIZATION)
                return tenant
            case Administrator():
                if named is None or (tenant_named := _tenant(named)) is None:
                    raise Refused(ORGANIZATION_NOT_NAMED)
                return tenant_named

    async def _principal(self, request: Request) -> Principal:
        key = _bearer_key(request)
        if self._administrator.matches(key):
            return Administrator()
        try:
            answer = await self._authenticate(AuthenticateApiKeyRequest(api_key=key))
        except RemoteError as error:
            if error.kind is Kind.UNAUTHENTICATED and error.reason == ErrorReason.Name(API_KEY_UNKNOWN):
                raise Refused(KEY_UNKNOWN, _CHALLENGE) from None
            raise
        return Organization(establish(answer.organization_id))


def _bearer_key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(KEY_MISSING, _CHALLENGE)
    return key.strip()


def _tenant(text: str) -> TenantId | None:
    try:
        return establish(text.strip())
    except ValueError:
        return None
