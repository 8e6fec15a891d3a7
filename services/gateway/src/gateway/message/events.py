"""Which messages tell of the moment and may be lost. All others are answered, or told once."""

from enum import IntEnum

from gateway.message.messages import Message, text_of


class Event(IntEnum):
    """In the order in which they are missed least."""

    SPEECH = 1
    """What is being said; the report tells it again, as a whole."""
    OTHER = 2
    """What has been said, and everything else of the moment."""


_SPEECH = frozenset({"transcript", "speech-update"})

_NEVER_LOST = frozenset(
    {
        "tool-calls",
        "function-call",
        "assistant-request",
        "transfer-destination-request",
        "handoff-destination-request",
        "knowledge-base-request",
        "end-of-call-report",
    }
)


def event_in(message: Message, message_type: str) -> Event | None:
    """None for a message that is answered, and for what frees somebody's time: the end of a call, and its report."""
    if message_type in _NEVER_LOST or (message_type == "status-update" and text_of(message.status) == "ended"):
        return None
    return Event.SPEECH if message_type in _SPEECH else Event.OTHER
