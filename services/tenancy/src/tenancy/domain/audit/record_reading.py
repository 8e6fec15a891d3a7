"""Noting that somebody reads what was said in a call: before they are given it, so that nothing is read unnoted."""

from enum import StrEnum
from uuid import UUID

from tenancy.domain.ports import AuditLog
from tenancy.domain.text import label


class Reading(StrEnum):
    """By the action that the audit log names it by."""

    CALL = "call.read"
    """With its transcript."""
    RECORDING = "recording.read"
    TIMELINE = "timeline.read"
    CONTACT = "contact.exported"
    """All that is kept of a person, with their calls."""


async def record_reading(log: AuditLog, reading: Reading, *, organization_id: UUID, subject: str) -> None:
    await log.add(reading.value, organization_id=organization_id, subject=label(subject))
