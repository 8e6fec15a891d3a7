"""Which URLs may be asked, of those that a body tells: a URL says nothing about where it leads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import httpx

from chassis.outside.addresses import Address, Allows, is_public

HTTPS = 443
_HTTP = 80

# Nothing that any two programs read differently: no user, no escapes in the host, no other alphabet.
_AUTHORITY = r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
_NAME = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_THIS_MACHINE = re.compile(r"(?P<host>127\.0\.0\.1|localhost)(?::(?P<port>[0-9]{1,5}))?")


class Form:
    """How URLs of a kind are written."""

    def __init__(self, *, in_path: str, longest: int) -> None:
        """`in_path`: what may stand in paths and queries, as a regular expression's set of characters."""
        self._written = re.compile(f"{_AUTHORITY}(?:/[{in_path}]*)?")
        self._longest = longest

    def match(self, text: str) -> re.Match[str] | None:
        return self._written.fullmatch(text) if len(text) <= self._longest else None


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """One that may be asked, at addresses that it allows."""

    url: httpx.URL
    allows: Allows


class Hosts:
    """Hosts that may be asked: names, with all that ends in them; this machine's own while developing."""

    def __init__(self, names: Iterable[str], of_this_machine: Iterable[tuple[str, int | None]]) -> None:
        self._names = tuple(names)
        self._of_this_machine = tuple(of_this_machine)

    @classmethod
    def of(cls, setting: str) -> Self:
        """`.vapi.ai,127.0.0.1:8090`. Raises ValueError for what is no host."""
        names: list[str] = []
        local: list[tuple[str, int | None]] = []
        for entry in filter(None, (one.strip().lower() for one in setting.split(","))):
            if here := _THIS_MACHINE.fullmatch(entry):
                local.append((here["host"], int(here["port"]) if here["port"] else None))
            elif _NAME.fullmatch(entry) and not entry.rpartition(".")[2].isdecimal():
                names.append(entry.removeprefix("."))
            else:
                raise ValueError(f"{entry!r} is no host, such as .vapi.ai")
        return cls(names, local)

    def checked(self, text: str, form: Form) -> CheckedUrl | None:
        """None if it must not be asked."""
        if (written := form.match(text)) is None:
            return None
        host, port = written["host"].lower(), int(written["port"]) if written["port"] else None
        if written["scheme"] == "https":
            return _checked(text, is_public) if port in (None, HTTPS) and self._is_named(host) else None
        return _checked(text, _is_loopback) if self._is_here(host, port or _HTTP) else None

    def _is_named(self, host: str) -> bool:
        return all(host.split(".")) and any(host == name or host.endswith(f".{name}") for name in self._names)

    def _is_here(self, host: str, port: int) -> bool:
        return any(host == here and wanted in (None, port) for here, wanted in self._of_this_machine)


def _checked(text: str, allows: Allows) -> CheckedUrl | None:
    try:
        return CheckedUrl(httpx.URL(text), allows)
    except httpx.InvalidURL:
        return None


def _is_loopback(address: Address) -> bool:
    return address.is_loopback
