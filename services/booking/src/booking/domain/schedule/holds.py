"""Holds: a slot kept for a caller for seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks booking, and when: holds that are over by then stand in nobody's way, nor do the asker's own."""

    now: datetime
    conversation_id: str | None = None
    """Vapi's id of the call or chat, whose the hold is; None where there is none, or staff ask."""
    caller_number: str | None = None
    """The number they really call from (E.164): who rings back from it finds what was held before as theirs."""
    is_assistant: bool = False
    """Whether an assistant asks, for a caller; else staff do."""
