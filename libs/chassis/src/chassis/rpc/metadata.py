"""The metadata that travels with every RPC."""

from collections.abc import Iterable

AUTHORIZATION = "authorization"
"""`Bearer <service token>`: which service calls."""

ORGANIZATION = "x-switchboard-organization"
"""The tenant, a UUID. The only way a tenant travels between services."""

CALL = "x-switchboard-call"
"""Vapi's call id, for logs."""

Metadata = Iterable[tuple[str, str | bytes]]


def text_of(metadata: Metadata | None, key: str) -> str | None:
    """The first text value under `key`."""
    for name, value in metadata or ():
        if name == key and isinstance(value, str):
            return value
    return None
