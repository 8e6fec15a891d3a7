"""A phone number, and the object in Vapi that stands for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.overlay import covers, overlay
from assistant_sync.domain.server import settable


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """One that an organization holds, as tenancy has it."""

    number: str
    """E.164."""
    vapi_id: str | None
    """Vapi's id of it, if tenancy knows one."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """What the numbers of one organization shall have in Vapi."""

    server: Json = field(repr=False)
    assistant_id: str | None
    """The inbound agent's; None leaves the number without one, so that Vapi asks the server."""
    giving_way: Collection[str] = ()
    """Assistants that we put there before, or that are another organization's: anybody else's is the user's choice."""


def find(number: PhoneNumber, observed: Sequence[Json]) -> Json | None:
    """The number in Vapi: the one that tenancy knows if it still is this one, else the oldest that is."""
    same = sorted((item for item in observed if item.get("number") == number.number), key=_age)
    return next((item for item in same if item["id"] == number.vapi_id), None) or next(iter(same), None)


def fields_to_patch(pointing: Pointing, observed: Json) -> Json:
    """The body of the PATCH; empty if the number has what it shall have."""
    target: dict[str, Any] = {"server": overlay(settable(observed.get("server")), pointing.server)}
    if pointing.assistant_id and _may_be_answered_by_ours(pointing, observed):
        target["assistantId"] = pointing.assistant_id
    fields = {name: value for name, value in target.items() if not covers(observed.get(name), value)}
    # Vapi reads the other fields by it.
    return {"provider": observed.get("provider"), **fields} if fields else {}


def is_answered_by_others(pointing: Pointing, observed: Json) -> bool:
    """Whether somebody chose that another assistant, or a squad, takes the calls."""
    return not _may_be_answered_by_ours(pointing, observed)


def _may_be_answered_by_ours(pointing: Pointing, observed: Json) -> bool:
    if observed.get("squadId") or observed.get("workflowId"):
        return False
    return observed.get("assistantId") in (None, "", pointing.assistant_id, *pointing.giving_way)


def _age(item: Json) -> tuple[str, str]:
    return str(item.get("createdAt", "")), str(item["id"])
