"""Tool calls, and what they are answered with."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Tried(StrEnum):
    """What became of what a tool call wanted done."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence, and what it says as facts for programs."""

    say: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transfer:
    """The caller is to be put through."""

    number: str
    sip_uri: str
    """Instead of a number."""
    caller_hears: str
    callee_hears: str = field(repr=False)
    """Empty: nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    words: Words
    ends_call: bool = False
    transfer: Transfer | None = None
    """To be tried; it is not remembered."""
    otherwise: Words | None = None
    """In place of the words, unless what was tried was done. None: there is nothing to try."""
    tried: Tried | None = None
    replayed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what is said."""
        return self.otherwise is not None and self.tried is None

    @property
    def final(self) -> Words:
        return self.words if self.otherwise is None or self.tried is Tried.DONE else self.otherwise


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of one conversation; asked again, it is the same call."""

    conversation_id: str
    """Vapi's id of the call or chat."""
    tool_call_id: str
    arguments_hash: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What a tool call was answered before."""

    arguments_hash: bytes
    answer: Answer
