"""The organization that the work at hand is for.

It travels one way only: opened as a scope by whoever established it (the gateway from evidence, a server from the
RPC's metadata), read by the client that passes it on and by the store that opens a transaction for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NewType
from uuid import UUID

from structlog.contextvars import bound_contextvars

from chassis.errors import NoTenant

TenantId = NewType("TenantId", UUID)
"""An organization's id that was established, not guessed: minted by `establish` alone."""

_current: ContextVar[TenantId | None] = ContextVar("tenant", default=None)


def establish(organization_id: str) -> TenantId:
    """Mint a tenant id from text that tenancy answered. Raises ValueError if it is no UUID."""
    return TenantId(UUID(organization_id))


@contextmanager
def tenant_scope(tenant: TenantId) -> Iterator[None]:
    token = _current.set(tenant)
    try:
        with bound_contextvars(organization_id=str(tenant)):
            yield
    finally:
        _current.reset(token)


def tenant_in_scope() -> TenantId | None:
    return _current.get()


def current_tenant() -> TenantId:
    """The tenant in scope. Raises NoTenant: forgetting the tenant is an error, never everybody's data."""
    tenant = _current.get()
    if tenant is None:
        raise NoTenant
    return tenant
