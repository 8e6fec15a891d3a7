"""An agent: our record of what an organization's assistant in Vapi shall be, at most one of each type."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict
from uuid import UUID

from assistant_sync.domain.errors import MissingName, NameTooLong

Json = Mapping[str, Any]

NAME_LIMIT = 40
"""Characters (Vapi: CreateAssistantDTO.name)."""


class AgentType(StrEnum):
    INBOUND = "inbound"
    FOLLOW_UP = "follow_up"
    OUTBOUND = "outbound"


class PendingReason(StrEnum):
    """Why Vapi does not have yet what an agent shall be. What each means is told in agent_service.proto."""

    UNFINISHED = "unfinished"
    VAPI_AWAY = "vapi_away"
    VAPI_UNAUTHORISED = "vapi_unauthorised"
    VAPI_REFUSED = "vapi_refused"
    ASSISTANT_MISSING = "assistant_missing"
    SEVERAL_ASSISTANTS = "several_assistants"
    CREATE_UNCONFIRMED = "create_unconfirmed"
    NOT_TAKEN_OVER = "not_taken_over"
    NOT_REGISTERED = "not_registered"
    ASSISTANT_TAKEN = "assistant_taken"
    ORGANIZATION_UNKNOWN = "organization_unknown"

    @property
    def vapi_is_done(self) -> bool:
        return self in (PendingReason.NOT_REGISTERED, PendingReason.ASSISTANT_TAKEN)


class Changes(TypedDict, total=False):
    """The fields that a save names; the others stay as they are. None leaves the field to Vapi."""

    name: str
    first_message: str | None
    prompt: str | None
    voice: Json | None
    model: Json | None
    vapi: Json | None


@dataclass(frozen=True, slots=True)
class Desired:
    """What the organization wants. None means that it wants nothing in particular."""

    name: str
    first_message: str | None = None
    prompt: str | None = None
    voice: Json | None = None
    model: Json | None = None
    vapi: Json | None = None
    """Further fields of Vapi's assistant, passed through."""


@dataclass(frozen=True, slots=True)
class CreateIntent:
    """A create that was begun. It is recorded before Vapi is asked, so that a lost answer never leads to a second."""

    id: UUID
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A field when it was last the same here and in Vapi."""

    value: Any
    """Without secrets."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Agent:
    type: AgentType
    desired: Desired
    unsynced: Mapping[str, int]
    """The desired fields that were saved and that Vapi is not known to have, each with the version of the save that
    named it last. Only these are pushed: what somebody changed in Vapi's dashboard since stays until a save names it.
    """
    pending: PendingReason | None
    """None when Vapi has what this agent shall be."""
    vapi_assistant_id: str | None = None
    create: CreateIntent | None = None
    version: int = 1
    """Counts saves. Whoever records an outcome names the version that it is the outcome of."""
    webhook_url: str | None = None
    """Where its assistant alone posts server messages; None: where all of this deployment's do."""
    adopt: bool = False
    """Take over an assistant of the same name instead of creating one."""
    synced: Mapping[str, Seen] = field(default_factory=dict)
    """By Vapi's dotted name of the field."""


def changed(desired: Desired | None, changes: Changes) -> Desired:
    """What is desired after a save. Raises MissingName, NameTooLong."""
    name = changes.get("name", desired.name if desired else "").strip()
    if not name:
        raise MissingName
    if len(name) > NAME_LIMIT:
        raise NameTooLong
    named: dict[str, Any] = {**changes, "name": name}
    return replace(desired or Desired(name), **named)


def everything_named(version: int) -> dict[str, int]:
    """All desired fields, as if the save of that version had named each."""
    return dict.fromkeys((one.name for one in fields(Desired)), version)


def without_assistant(agent: Agent) -> Agent:
    """As it is before its assistant exists: all that was ever saved is to be sent."""
    unsynced = {**everything_named(agent.version), **agent.unsynced}
    return replace(agent, vapi_assistant_id=None, create=None, unsynced=unsynced, synced={})


def without(now: Agent, refused: Agent, before: Agent | None) -> Agent | None:
    """The agent after the save that led from `before` to `refused` is taken out of it; None if nothing is left.

    What a later save named stays. It may have counted on the name of a first save, so that stays with it.
    """
    if before is None and now.version == refused.version:
        return None
    undone = {name for name, version in now.unsynced.items() if version == refused.version}
    if before is None:
        undone.discard("name")
    earlier: dict[str, Any] = {name: getattr(before.desired, name) if before else None for name in undone}
    earlier_unsynced = before.unsynced if before else {}
    return replace(
        now,
        desired=replace(now.desired, **earlier),
        unsynced={
            **{name: version for name, version in now.unsynced.items() if name not in undone},
            **{name: version for name, version in earlier_unsynced.items() if name in undone},
        },
        pending=before.pending if before and now.version == refused.version else now.pending,
        version=now.version + 1,
    )
