"""What to send to Vapi so that an assistant becomes what it shall be and keeps all else that it has.

A PATCH replaces each field that it sends whole. So a field in which both we and others keep values (`model`, `server`,
`metadata`) is laid over what Vapi has, and a field that Vapi already has is not sent at all.
"""

from collections.abc import Mapping
from typing import Any

from assistant_sync.domain.agents.agent import Agent, Json

DEFAULT_MODEL = {"provider": "openai", "model": "gpt-4o"}
"""For a prompt without a model: Vapi takes none without its provider and name."""

_LAID_OVER = ("model", "server", "metadata")


def fields_to_create(agent: Agent, owned: Json) -> Json:
    """The body of the create."""
    return {name: value for name, value in _target(agent, owned, {}).items() if value is not None}


def fields_to_patch(agent: Agent, owned: Json, observed: Json) -> Json:
    """The body of the PATCH; empty if the assistant is what it shall be."""
    target = _target(agent, owned, observed)
    return {name: value for name, value in target.items() if not _has(observed, name, value)}


def _target(agent: Agent, owned: Json, observed: Json) -> dict[str, Any]:
    """The fields that we care for, as they shall be."""
    target = _desired(agent, observed)
    for name, value in owned.items():
        target[name] = _overlay(target.get(name, observed.get(name)), value)
    return target


def _desired(agent: Agent, observed: Json) -> dict[str, Any]:
    desired, unsynced = agent.desired, agent.unsynced
    target: dict[str, Any] = {}
    if "vapi" in unsynced:
        for name, value in (desired.vapi or {}).items():
            target[name] = _overlay(observed.get(name), value) if name in _LAID_OVER else value
    plain: tuple[tuple[str, str, Any], ...] = (
        ("name", "name", desired.name),
        ("first_message", "firstMessage", desired.first_message),
        ("voice", "voice", desired.voice),
    )
    target |= {name: value for field, name, value in plain if field in unsynced and value is not None}
    if unsynced.keys() & {"model", "prompt"} and (desired.model or desired.prompt is not None):
        target["model"] = _model(agent, target.get("model") or observed.get("model") or DEFAULT_MODEL)
    return target


def _model(agent: Agent, base: Json) -> Json:
    """Tools, knowledge and whatever else the base has stay, unless what is desired names them."""
    model = {**base, **(agent.desired.model or {} if "model" in agent.unsynced else {})}
    if agent.desired.prompt is not None:
        model["messages"] = _with_prompt(model.get("messages") or [], agent.desired.prompt)
    return model


def _with_prompt(messages: list[Json], prompt: str) -> list[Json]:
    """The prompt is the first system message; the others are the user's."""
    for index, message in enumerate(messages):
        if message.get("role") == "system":
            return [*messages[:index], {**message, "content": prompt}, *messages[index + 1 :]]
    return [{"role": "system", "content": prompt}, *messages]


def _overlay(under: Any, over: Any) -> Any:
    """Objects are laid over each other key by key, at every depth; anything else replaces."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: _overlay(under.get(key), value) for key, value in over.items()}}
    return over


def _has(observed: Json, name: str, value: Any) -> bool:
    present = observed.get(name)
    if name == "serverMessages" and isinstance(present, list):
        return sorted(map(str, present)) == sorted(value)  # a set to Vapi: its order says nothing
    return _covers(present, value)


def _covers(observed: Any, wanted: Any) -> bool:
    """Whether what is there has all that is wanted; what Vapi added by itself is no difference."""
    if isinstance(wanted, Mapping):
        return isinstance(observed, Mapping) and all(_covers(observed.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(observed, list) and len(observed) == len(wanted) and all(map(_covers, observed, wanted))
    return bool(observed == wanted)
