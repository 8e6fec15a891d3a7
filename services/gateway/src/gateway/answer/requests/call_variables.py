"""What a call's assistant is told of the clinic, the day and the caller: variables for prompts and first messages.

Documented in docs/assistants.md. What is not known is left out: a template can ask whether a variable is there.
"""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.answer.requests.inbound_assistants import Clinic

_LONGEST = 100
"""Characters of a name that an assistant is told."""


def call_variables(clinic: Clinic | None, caller_name: str, now: datetime) -> dict[str, str]:
    """By name; none that is empty. `now` is aware."""
    variables = {"callerName": _plain(caller_name)}
    if clinic is not None:
        variables |= {"clinicName": _plain(clinic.name), "clinicTimezone": clinic.timezone, **_today(clinic, now)}
    return {name: value for name, value in variables.items() if value}


def _today(clinic: Clinic, now: datetime) -> dict[str, str]:
    """The day that it is at the clinic, in words and as tools want it."""
    try:
        there = now.astimezone(ZoneInfo(clinic.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return {}
    return {"today": f"{there:%A, %B} {there.day}, {there.year}", "todayDate": there.date().isoformat()}


def _plain(name: str) -> str:
    """A name is a name: nothing in it is a template or another line of a prompt."""
    return " ".join(name.replace("{", "").replace("}", "").split())[:_LONGEST].strip()
