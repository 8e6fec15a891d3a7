"""The metadata that travels with every RPC."""

from collections.abc import Iterable

AUTHORIZATION = "authorization"
"""`Bearer <service token>`: which service calls."""

ORGANIZATION = "x-switchboard-organization"
"""The tenant, a UUID. The only way a tenant travels between services."""

CALL = "x-switchboard-call"
"""Vapi's call id, for logs."""

ACTOR = "x-switchboard-actor"
"""Who has the work done, for the audit log; the caller's word, recorded beside the caller's name."""

LONGEST = 128
"""Characters of what is sent or taken for logs and accounts alone."""

Metadata = Iterable[tuple[str, str | bytes]]


def text_of(metadata: Metadata | None, key: str) -> str | None:
    """The text under `key`; None also where there are several that differ, since one of them is somebody else's."""
    values = {value for name, value in metadata or () if name == key and isinstance(value, str)}
    return values.pop() if len(values) == 1 else None


def is_sendable(text: str) -> bool:
    """Whether metadata can carry it as it is: printable ASCII, not long."""
    return 0 < len(text) <= LONGEST and text.isascii() and text.isprintable()
