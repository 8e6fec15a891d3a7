"""Which properties a refusal of Vapi's is about.

Its 400 says `{"message": "property x should not exist"}`, or a list of such sentences. A sentence may quote what was
sent, so only the names are taken from it.
"""

import re
from collections.abc import Iterable

_PATTERNS = (
    re.compile(r"^(?:(?P<parent>[\w.\[\]-]+)\.)?property (?P<name>[\w-]+) should not exist"),
    re.compile(r"^(?:each value in )?(?P<name>[\w.\[\]-]+) (?:must|should)\b"),
)


def refused_properties(body: object) -> tuple[str, ...]:
    """Dotted names, in the order of the answer, each once."""
    message = body.get("message") if isinstance(body, dict) else None
    sentences: Iterable[object] = message if isinstance(message, list) else [message]
    names = (_name(sentence) for sentence in sentences if isinstance(sentence, str))
    return tuple(dict.fromkeys(name for name in names if name))


def _name(sentence: str) -> str | None:
    for pattern in _PATTERNS:
        if found := pattern.match(sentence):
            parts = found.groupdict()
            return ".".join(part for part in (parts.get("parent"), parts["name"]) if part)
    return None
