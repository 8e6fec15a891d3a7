"""API keys."""

from collections.abc import Mapping

from chassis.paging import Page
from switchboard.tenancy.v1 import api_key_service_pb2 as api_key_pb2
from tenancy.domain.access.api_keys import ApiKey, KeyHolder, Scope
from tenancy.rpc.convert.instants import timestamp
from tenancy.rpc.convert.paging import page_token

_SCOPES: Mapping[Scope, api_key_pb2.Scope.ValueType] = {Scope.READ: api_key_pb2.READ, Scope.WRITE: api_key_pb2.WRITE}


def scope(asked: api_key_pb2.Scope.ValueType) -> Scope:
    """WRITE if none is asked for; a scope that is not known yet is no more than READ."""
    return Scope.WRITE if asked in {api_key_pb2.SCOPE_UNSPECIFIED, api_key_pb2.WRITE} else Scope.READ


def api_key(known: ApiKey) -> api_key_pb2.ApiKey:
    return api_key_pb2.ApiKey(
        id=str(known.id),
        name=known.name,
        scope=_SCOPES[known.scope],
        created_at=timestamp(known.created_at),
        last_used_at=timestamp(known.last_used_at),
        revoked_at=timestamp(known.revoked_at),
    )


def next_page_token(page: Page[ApiKey]) -> str:
    return page_token(page.items[-1].id) if page.more else ""


def holder(found: KeyHolder) -> api_key_pb2.AuthenticateApiKeyResponse:
    return api_key_pb2.AuthenticateApiKeyResponse(
        organization_id=str(found.organization_id or ""),
        key_id=str(found.key_id),
        scope=_SCOPES[found.scope],
        platform=found.organization_id is None,
        rate_limit_per_minute=found.rate_limit_per_minute,
    )
