"""Where Vapi reaches this deployment: as its settings say, until a roll-out says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    backend_url: str
    """Public base URL of the gateway."""
    webhook_url: str
    """Where assistants and phone numbers post server messages."""
    former_backend_urls: Sequence[str] = ()
    """Where the gateway was before: what posts there is ours."""
