"""What an assistant knows of the clinic that it answers for: its name, its time zone, and which day it is there.

Vapi's model does not know today; a bare {{now}} is in UTC. Vapi fills in this form of it, and no other, with a zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant_sync.domain.agents.agent import Json

_FIRST_LINE = "# The clinic (kept up to date by Switchboard)"
"""By which the message is found again among the user's own."""

_TEXT = """{first_line}
You answer for {name}. Its time zone is {timezone}, and every day and time is meant there.
Today is {{{{"now" | date: "%A, %B %d, %Y", "{timezone}"}}}}.
Pass dates to tools as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Clinic:
    name: str
    timezone: str
    """IANA name."""


def with_clinic(messages: Sequence[Json], clinic: Clinic) -> list[Json]:
    """The messages with ours among them, once: where it is, else right after the prompt."""
    ours: dict[str, Any] = {"role": "system", "content": _content(clinic)}
    at = next((index for index, message in enumerate(messages) if is_clinic_message(message)), None)
    if at is None:
        at = next((index + 1 for index, message in enumerate(messages) if message.get("role") == "system"), 0)
    others = [
        [message for message in part if not is_clinic_message(message)] for part in (messages[:at], messages[at:])
    ]
    return [*others[0], ours, *others[1]]


def is_clinic_message(message: Json) -> bool:
    return message.get("role") == "system" and str(message.get("content", "")).startswith(_FIRST_LINE)


def _content(clinic: Clinic) -> str:
    # A name is a name: nothing in it is a template or another line.
    name = " ".join(clinic.name.replace("{", "").replace("}", "").split())
    return _TEXT.format(first_line=_FIRST_LINE, name=name, timezone=clinic.timezone)
