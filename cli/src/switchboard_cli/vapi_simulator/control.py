"""The control of live calls: which commands Vapi takes at a call's control URL, and which it was sent.

Whoever has the URL may post to it, as with Vapi's own.
"""

import re
from typing import Any

Json = dict[str, Any]

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_FIELDS = {
    "transfer": {"destination", "content"},
    "say": {"content", "endCallAfterSpoken"},
    "add-message": {"message", "triggerResponseEnabled"},
    "control": {"control"},
    "end-call": set[str](),
    "handoff": {"destination"},
}
"""What a command of each type may have beside its type."""


class LiveCalls:
    """The commands that calls were sent, by the calls' ids."""

    def __init__(self) -> None:
        self._commands: dict[str, list[Json]] = {}

    def of(self, call_id: str) -> list[Json]:
        return self._commands.get(call_id, [])

    def take(self, call_id: str, command: object) -> list[str]:
        """What is wrong with the command; it is taken if nothing is."""
        complaints = _complaints(command)
        if not complaints and isinstance(command, dict):
            self._commands.setdefault(call_id, []).append(command)
        return complaints


def _complaints(command: object) -> list[str]:
    if not isinstance(command, dict) or command.get("type") not in _FIELDS:
        return [f"type must be one of the following values: {', '.join(_FIELDS)}"]
    unknown = sorted(command.keys() - {"type"} - _FIELDS[command["type"]])
    complaints = [f"property {name} should not exist" for name in unknown]
    if command["type"] == "transfer" and not _leads_somewhere(command.get("destination")):
        complaints.append("destination must be a number in E.164 or a SIP URI")
    return complaints


def _leads_somewhere(destination: object) -> bool:
    match destination:
        case {"type": "number", "number": str(number)}:
            return bool(_E164.fullmatch(number))
        case {"type": "sip", "sipUri": str(uri)}:
            return uri.startswith(("sip:", "sips:"))
    return False
