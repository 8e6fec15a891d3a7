"""`stack.json`: how programs outside find a running stack. Its fields are fixed; others rely on them."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from switchboard_cli.services import BACKENDS
from switchboard_cli.stack.private_file import write_private

PROCESSES = ("postgres", "gateway", *BACKENDS)
"""Whose process ids the file tells."""


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One service's database as its application role and as its owner."""

    app: str
    owner: str


@dataclass(frozen=True, slots=True)
class VapiApi:
    base_url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class SeededOrganization:
    """A demo organization, with a key of its own for the HTTP API."""

    id: str
    name: str
    timezone: str
    phone_number: str
    api_key: str
    assistant_id: str


@dataclass(frozen=True, slots=True)
class StackFile:
    """A running stack. Holds keys: never printed, never logged."""

    gateway_url: str
    admin_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    service_token: str = field(repr=False)
    grpc: dict[str, str]
    databases: dict[str, DatabaseUrls] = field(repr=False)
    vapi: VapiApi = field(repr=False)
    pids: dict[str, list[int]] = field(default_factory=dict)
    organizations: list[SeededOrganization] = field(default_factory=list, repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises FileNotFoundError while no stack is ready."""
        content: dict[str, Any] = json.loads(path.read_text())
        return cls(
            **content
            | {
                "databases": {name: DatabaseUrls(**urls) for name, urls in content["databases"].items()},
                "vapi": VapiApi(**content["vapi"]),
                "organizations": [SeededOrganization(**one) for one in content["organizations"]],
            }
        )

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    def with_pids(self, pids: dict[str, list[int]]) -> Self:
        return replace(self, pids={name: pids[name] for name in PROCESSES if name in pids})

    def with_organizations(self, organizations: list[SeededOrganization]) -> Self:
        return replace(self, organizations=organizations)
