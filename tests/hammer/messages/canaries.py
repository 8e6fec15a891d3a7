"""Words and numbers that stand for what patients say and are, made up so that wherever they turn up is known."""

import json
import re
from itertools import count
from typing import Any
from uuid import uuid4

_WORD, _FIGURES = "vexqua", "206777"
_FOUND = re.compile(rf"{_WORD}[a-z]*|{_FIGURES}\d*".encode(), re.IGNORECASE)
_LETTERS = "bcdfghjklm"

_MEANT = frozenset({
    *("id", "type", "role", "status", "orgId", "assistantId", "phoneNumberId", "org_id", "deliveredTo", "toolCallId"),
    *("provider", "appointmentDate", "appointmentTime", "date", "toolIds", "serverMessages", "transcriptType"),
})  # fmt: skip
"""What is read for what it means: without it a message is another message, or none."""

_AN_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+Z?)?")
_NO_SECRETS = ("https://", "wss://")


class Canaries:
    """Each is another one."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def word(self) -> str:
        """Letters only, so that it can be a name too."""
        return _WORD.capitalize() + "".join(_LETTERS[int(figure)] for figure in str(next(self._numbers)))

    def number(self) -> str:
        """A possible telephone number."""
        return f"+1{_FIGURES}{next(self._numbers) % 10_000:04}"

    def planted(self, body: bytes, call_id: str) -> bytes:
        """The same message of another call, with a canary for each text that anybody wrote, said or is known by."""
        document = json.loads(body)
        message = document["message"]
        if isinstance(message.get("call"), dict):
            message["call"]["id"] = call_id
        document["message"] = self._in(message, ())
        message = document["message"]
        message.setdefault("customer", {"number": self.number()})
        if "phoneNumber" in message:
            message["phoneNumber"] |= {"twilioAuthToken": self.word(), "twilioAccountSid": self.word()}
        return json.dumps(document).encode()

    def _in(self, value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {name: self._in(inside, (*path, name)) for name, inside in value.items()}
        if isinstance(value, list):
            return [self._in(inside, path) for inside in value]
        return self._instead_of(value, path) if isinstance(value, str) else value

    def _instead_of(self, text: str, path: tuple[str, ...]) -> str:
        name = path[-1]
        is_of_a_tool = path[-2:] == ("function", "name") or (name == "name" and path[-2:-1] in _LISTS_OF_CALLS)
        if name in _MEANT or is_of_a_tool or path[:2] == ("phoneNumber", "number") or _AN_INSTANT.fullmatch(text):
            return text
        if name == "number":
            return self.number()
        if name in {"arguments", "parameters"}:
            return json.dumps(self._in(json.loads(text), path)) if text.startswith("{") else text
        if name == "patientEmail":
            return f"{self.word()}@example.org"
        prefix = next((one for one in _NO_SECRETS if text.startswith(one)), "")
        return f"{prefix}{self.word()}.vapi.ai/{self.word()}?signature={self.word()}" if prefix else self.word()


_LISTS_OF_CALLS = (("toolCallList",), ("toolCalls",), ("toolCall",), ("functionCall",))


def found_in(told: bytes) -> set[str]:
    """The canaries in it, however they are spelled."""
    return {one.decode().lower() for one in _FOUND.findall(told)}


def new_call() -> str:
    return str(uuid4())
