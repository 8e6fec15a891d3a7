"""What was seen to be the same here and in Vapi. Nothing of it is a secret."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assistant_sync.domain.agents.agent import Agent, Json, Seen
from assistant_sync.domain.agents.merge import at, fields_of_interest, has
from assistant_sync.domain.agents.owned import Owned

_SECRET = "(secret)"  # noqa: S105  # what is shown in place of one

_NAMES_A_SECRET = re.compile(r"secret|password|token$|api_?key|private_?key|authorization|credentials?$", re.IGNORECASE)


def seen(agent: Agent, owned: Owned, observed: Json, now: datetime) -> Mapping[str, Seen]:
    """What is the same now, and what was when it last was, field by field."""
    known = dict(agent.synced)
    of_interest = fields_of_interest(agent, owned, observed)
    for name, shall in of_interest.items():
        if has(there := at(observed, name), name, shall):
            known[name] = Seen(without_secrets(there, name), now)
    return {name: last for name, last in known.items() if name in of_interest}


def without_secrets(value: Any, name: str = "") -> Any:
    """The value as it may be kept and shown. Headers are secrets, whatever their names are."""
    if name.rpartition(".")[2] == "headers" and isinstance(value, Mapping):
        return dict.fromkeys(value, _SECRET)
    if isinstance(value, Mapping):
        return {key: without_secrets(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, name) for item in value]
    return _SECRET if isinstance(value, str) and _NAMES_A_SECRET.search(name) else value
