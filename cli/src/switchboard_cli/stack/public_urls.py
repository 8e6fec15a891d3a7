"""Where a stack is reached from outside, kept in its home: another shell's environment says nothing about it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from switchboard_cli.stack.private_file import write_private


def webhook_of(base_url: str) -> str:
    """Where the gateway at this URL takes Vapi's messages."""
    return f"{base_url}/api/vapi/webhook"


@dataclass(frozen=True, slots=True)
class PublicUrls:
    backend_url: str
    webhook_url: str
    """Where assistants are pointed."""

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), indent=2))
