"""One organization's own things: whose they are, and how one of them is named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from switchboard_cli.administration.desk import desk

if TYPE_CHECKING:  # `--help` stays fast
    from switchboard_cli.administration.display import Display
    from switchboard_cli.administration.gateway import Gateway, Item


@dataclass(frozen=True, slots=True)
class Clinic:
    """The gateway, asked on behalf of one organization. Every method raises Refused or Unreachable."""

    gateway: "Gateway"
    display: "Display"
    id: str
    name: str

    def every(
        self, path: str, query: Mapping[str, str] = MappingProxyType({}), at_most: int | None = None
    ) -> "Iterator[Item]":
        return self.gateway.every(path, query, organization=self.id, at_most=at_most)

    def get(self, path: str, query: Mapping[str, str] = MappingProxyType({})) -> "Item":
        return self.gateway.get(path, query, organization=self.id)

    def post(self, path: str, body: "Item") -> "Item":
        return self.gateway.post(path, body, organization=self.id)

    def put(self, path: str, body: "Item") -> "Item":
        return self.gateway.put(path, body, organization=self.id)

    def patch(self, path: str, body: "Item") -> "Item":
        return self.gateway.patch(path, body, organization=self.id)

    def delete(self, path: str) -> "Item":
        return self.gateway.delete(path, organization=self.id)

    def find(self, path: str, noun: str, named: str) -> "Item":
        """The one of a list of this name, id, or beginning of an id. Raises NotOne."""
        from switchboard_cli.administration import choice

        return choice.the_one(choice.named(self.every(path), named), noun, named)


@contextmanager
def clinic(organization: str | None, home: Path | None, *, as_json: bool = False) -> Iterator[Clinic]:
    """As `desk`, for the organization of this id, beginning of an id, or name; else for the only one there is."""
    from switchboard_cli.administration.organizations import find_organization, only_organization

    with desk(home, as_json=as_json) as at:
        found = only_organization(at.gateway) if organization is None else find_organization(at.gateway, organization)
        yield Clinic(at.gateway, at.display, str(found["id"]), str(found["name"]))


def one(path: str, thing: str) -> str:
    """The path of one thing by its id, whatever was typed."""
    from switchboard_cli.administration.gateway import part

    return f"{path}/{part(thing)}"


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
