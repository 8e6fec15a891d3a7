"""Keeping a message of which nobody knows whose it is."""

from uuid import UUID

from tenancy.domain.ports import Directory, Quarantine
from tenancy.domain.quarantine.message import Arrival
from tenancy.domain.routing.evidence import Outcome
from tenancy.domain.routing.resolve_tenant import resolve_tenant


async def quarantine_message(quarantine: Quarantine, directory: Directory, arrival: Arrival) -> UUID:
    """Keep it until it expires; the same body again is the same message. Raises QuarantineFull."""
    return await quarantine.keep(arrival, contradiction=await _contradiction(directory, arrival))


async def _contradiction(directory: Directory, arrival: Arrival) -> str | None:
    """Which evidence names whom, where it disagrees: that is told to the audit log."""
    if arrival.outcome is not Outcome.CONTRADICTION:
        return None
    said = [(source, text) for source, texts in arrival.said.items() for text in texts]
    return (await resolve_tenant(directory, said, at=arrival.call_started_at)).reason
