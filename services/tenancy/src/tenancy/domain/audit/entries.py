"""The audit log: who did what, when. Entries are added with what they tell of, and neither changed nor removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    """Greater than that of any entry before."""
    at: datetime
    organization_id: UUID | None
    """None for the platform's own."""
    actor: str
    caller: str
    action: str
    subject: str
    details: Mapping[str, str]
