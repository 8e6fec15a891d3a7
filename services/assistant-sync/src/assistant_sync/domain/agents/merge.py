"""What to send to Vapi so that an assistant becomes what it shall be and keeps all else that it has.

Three sides are merged: what was saved here, what was last seen to be the same in Vapi, and what Vapi has now. What was
saved since is sent until Vapi has it; what changed in Vapi alone stays until a save names it; what we own is put right.

A PATCH replaces each field that it sends whole. So a field in which both we and others keep values (`model`, `server`,
`metadata`) is laid over what Vapi has, and a field that Vapi already has is not sent at all.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant_sync.domain.agents.agent import Agent, Desired, Json, everything_named
from assistant_sync.domain.agents.clinic import is_clinic_message, with_clinic
from assistant_sync.domain.agents.owned import Owned
from assistant_sync.domain.overlay import covers, overlay
from assistant_sync.domain.server import settable

DEFAULT_MODEL = {"provider": "openai", "model": "gpt-4o"}
"""For a prompt without a model: Vapi takes none without its provider and name."""

_LAID_OVER = ("model", "server", "metadata")

_SETS = ("serverMessages", "model.toolIds")
"""Lists whose order says nothing, and which Vapi may answer in another."""

_PLAIN = {"name": "name", "first_message": "firstMessage", "voice": "voice"}
"""Vapi's names of desired fields that are one field there."""


def fields_to_create(agent: Agent, owned: Owned) -> Json:
    """The body of the create."""
    return {name: _sendable(name, value) for name, value in target(agent, owned, {}).items() if value is not None}


def fields_to_patch(agent: Agent, owned: Owned, observed: Json) -> Json:
    """The body of the PATCH; empty if the assistant is what it shall be."""
    shall = target(agent, owned, observed)
    return {name: _sendable(name, value) for name, value in shall.items() if not has(observed.get(name), name, value)}


def target(agent: Agent, owned: Owned, observed: Json) -> dict[str, Any]:
    """The fields that are to be sent if Vapi lacks them, as they shall be."""
    shall = _desired(agent, observed)
    for name, value in owned.fields.items():
        under = shall.get(name, observed.get(name))
        shall[name] = overlay(settable(under) if name == "server" else under, value)
    model = shall.get("model", observed.get("model"))
    if (with_ours := _model_with_ours(model, owned)) != model:
        shall["model"] = with_ours
    return shall


def fields_of_interest(agent: Agent, owned: Owned, observed: Json) -> dict[str, Any]:
    """All that was ever saved, and all that is ours, as it shall be: by dotted name, laid-over objects key by key."""
    everything = everything_named(agent.version)
    of_interest: dict[str, Any] = {}
    for name, value in target(replace(agent, unsynced=everything), owned, observed).items():
        if name not in _LAID_OVER:
            of_interest[name] = value
            continue
        for key in sorted(_keys_of_interest(name, agent.desired, owned) & (value or {}).keys()):
            of_interest[f"{name}.{key}"] = value[key]
    return of_interest


def at(assistant: Json, dotted: str) -> Any:
    """The value of a field of interest; None if there is none."""
    name, _, key = dotted.partition(".")
    value = assistant.get(name)
    if not key:
        return value
    return value.get(key) if isinstance(value, Mapping) else None


def has(there: Any, name: str, wanted: Any) -> bool:
    """Whether a field, by its dotted name, has all that is wanted of it."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            has(there.get(key), f"{name}.{key}", value) for key, value in wanted.items()
        )
    if name in _SETS and isinstance(there, list) and isinstance(wanted, list):
        return sorted(map(str, there)) == sorted(map(str, wanted))
    return covers(there, wanted)


def _sendable(name: str, value: Any) -> Any:
    """Vapi takes null for a whole field only: inside a model, which it replaces whole, what is left out is cleared."""
    if name == "model" and isinstance(value, Mapping):
        return {key: one for key, one in value.items() if one is not None}
    return value


def _desired(agent: Agent, observed: Json) -> dict[str, Any]:
    desired, unsynced = agent.desired, agent.unsynced
    shall: dict[str, Any] = {}
    if "vapi" in unsynced:
        for name, value in (desired.vapi or {}).items():
            shall[name] = overlay(observed.get(name), value) if name in _LAID_OVER else value
    plain = {vapis: getattr(desired, ours) for ours, vapis in _PLAIN.items() if ours in unsynced}
    shall |= {name: value for name, value in plain.items() if value is not None}
    if unsynced.keys() & {"model", "prompt"} and (desired.model or desired.prompt is not None):
        shall["model"] = _model(agent, shall.get("model") or observed.get("model") or DEFAULT_MODEL)
    return shall


def _model(agent: Agent, base: Json) -> Json:
    """Tools, knowledge and whatever else the base has stay, unless what is desired names them."""
    model = {**base, **(agent.desired.model or {} if "model" in agent.unsynced else {})}
    if agent.desired.prompt is not None:
        model["messages"] = _with_prompt(model.get("messages") or [], agent.desired.prompt)
    return model


def _with_prompt(messages: list[Json], prompt: str) -> list[Json]:
    """The prompt is the first system message that is not ours; the others are the user's."""
    for index, message in enumerate(messages):
        if message.get("role") == "system" and not is_clinic_message(message):
            return [*messages[:index], {**message, "content": prompt}, *messages[index + 1 :]]
    return [{"role": "system", "content": prompt}, *messages]


def _model_with_ours(model: Json | None, owned: Owned) -> Json | None:
    """With our tools among the user's, and with what the assistant is told of the clinic."""
    ours: dict[str, Any] = {}
    there = model or {}
    if owned.clinic:
        ours["messages"] = with_clinic(there.get("messages") or [], owned.clinic)
    attached = there.get("toolIds") or []
    if (tool_ids := owned.tools.among(attached)) != attached:
        ours["toolIds"] = tool_ids
    return {**(model or DEFAULT_MODEL), **ours} if ours else model


def _keys_of_interest(name: str, desired: Desired, owned: Owned) -> set[str]:
    passed_through = (desired.vapi or {}).get(name)
    keys = {*owned.fields.get(name, {}), *(passed_through if isinstance(passed_through, Mapping) else ())}
    if name == "model":
        keys |= {*(desired.model or {}), "toolIds"}
        if desired.prompt is not None or owned.clinic:
            keys.add("messages")
    return keys
