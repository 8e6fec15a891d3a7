"""Whose call it is: what a message says, and what the directory knows of it, weighed."""

from collections.abc import Iterable
from datetime import datetime

from tenancy.domain.ports import Directory
from tenancy.domain.routing.evidence import NOWHERE, Finding, Resolution, Source, read, weigh


async def resolve_tenant(
    directory: Directory, said: Iterable[tuple[Source, str]], *, at: datetime | None
) -> Resolution:
    """Weigh everything that a message says about whose it is. `at` is when the call began."""
    evidence = [read(source, text) for source, text in said if text]
    routes = await directory.routes(evidence, at) if evidence else {}
    return weigh([Finding(piece, routes.get(piece, NOWHERE)) for piece in evidence])
