"""What differs, told so that somebody can decide about it. Nothing of it is a secret."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from assistant_sync.domain.agents.agent import AgentType, Seen
from assistant_sync.domain.public_url import is_loopback


@dataclass(frozen=True, slots=True)
class FieldDrift:
    field: str
    """Vapi's name of it, dotted."""
    ours: Any
    theirs: Any
    last_synced: Seen | None
    """None if both never had the same."""
    is_repaired_by_itself: bool
    """Otherwise theirs stays until a save names the field."""


@dataclass(frozen=True, slots=True)
class AssistantDrift:
    type: AgentType
    vapi_assistant_id: str
    name: str
    is_missing: bool = False
    """Deleted in Vapi. It is not made anew by itself."""
    fields: Sequence[FieldDrift] = ()


class WarnedOf(StrEnum):
    ASSISTANT = "assistant"
    TOOL = "tool"
    PHONE_NUMBER = "phone_number"


class Fault(StrEnum):
    """What each means is told in drift_service.proto."""

    LOOPBACK = "loopback"
    NOT_HTTPS = "not_https"
    FOREIGN = "foreign"
    ANSWERED_BY_OTHERS = "answered_by_others"
    TWO_OF_A_NAME = "two_of_a_name"


@dataclass(frozen=True, slots=True)
class UrlWarning:
    """Something in Vapi that posts where it should not, or leads there, or keeps callers from our tools."""

    kind: WarnedOf
    name: str
    """As Vapi names it."""
    vapi_id: str
    url: str
    fault: Fault
    tool: str = ""
    """The name of which there are two."""


@dataclass(frozen=True, slots=True)
class Drift:
    assistants: Sequence[AssistantDrift]
    warnings: Sequence[UrlWarning]


def fault_of(url: str, ours: Collection[str]) -> Fault | None:
    """What is wrong with where something posts, that should post to one of ours; None if nothing is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return Fault.FOREIGN
    if is_loopback(host):
        return Fault.LOOPBACK
    if parts.scheme != "https":
        return Fault.NOT_HTTPS
    return None if url in ours else Fault.FOREIGN
