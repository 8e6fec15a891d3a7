"""A call as Vapi's API shows it, and whose it is by what that says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistant_sync.domain.agents.agent import Json

_ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The same kinds as in a message; each without repetition."""

    line: str
    """The clinic's own number; empty if it is not known."""
    phone_number_ids: tuple[str, ...]
    assistant_ids: tuple[str, ...]
    metadata_org_ids: tuple[str, ...]
    at: datetime
    """When the call began: a number belongs to whoever owned it then."""


@dataclass(frozen=True, slots=True)
class VapiCall:
    id: str
    created_at: datetime
    has: Json = field(repr=False)

    @property
    def has_ended(self) -> bool:
        return self.has.get("status") == _ENDED

    @property
    def changed_last_at(self) -> datetime:
        """When it ended, as far as is told."""
        return instant_of(self.has.get("endedAt")) or instant_of(self.has.get("updatedAt")) or self.created_at

    @property
    def phone_number_id(self) -> str:
        return text_of(self.has.get("phoneNumberId"))

    def evidence(self, line: str) -> Evidence:
        assistant = object_of(self.has.get("assistant"))
        return Evidence(
            line=line,
            phone_number_ids=_distinct(self.phone_number_id),
            assistant_ids=_distinct(text_of(self.has.get("assistantId")), text_of(assistant.get("id"))),
            metadata_org_ids=_distinct(*self._claims(assistant)),
            at=instant_of(self.has.get("startedAt")) or self.created_at,
        )

    def _claims(self, assistant: Mapping[str, Any]) -> Iterator[str]:
        for holder in (assistant, object_of(self.has.get("assistantOverrides"))):
            yield text_of(object_of(holder.get("metadata")).get("org_id"))


@dataclass(frozen=True, slots=True)
class Page:
    """A part of Vapi's list of calls, the newest first."""

    calls: Sequence[VapiCall]
    created_until: datetime | None
    """From where the next one goes on; None after the last."""
    unreadable: int = 0
    """How many more there are in it, without an id or a time: those are passed over."""

    @property
    def is_last(self) -> bool:
        return self.created_until is None


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def object_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def instant_of(value: Any) -> datetime | None:
    """None for what is no date and time with its offset."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo is not None else None


def _distinct(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
